"""Fuzzing: bytes that nobody thought of, for every reader of a file and every parser of a definition.

`make fuzz` hands each target of `tests/fuzz_targets.py` what a coverage-guided fuzzer (atheris, which is libFuzzer for
Python) makes of its seeds, for a given time; `tests/test_faults_fuzz.py` does a little of that in every run, with what
hypothesis draws. A finding is

- an exception that is not UserError, a crash or an exit of the process;
- more than SECONDS, or more than BYTES of memory, for so small an input;
- a value of a column on persons in a message.

    make fuzz                                       # a minute for each target
    make fuzz ARGS="--seconds 600 boundaries"       # ten minutes for one

Findings are kept in `.cache/fuzz-findings/TARGET`, each once, as the bytes and what came of them; each becomes a line
of `tests/test_faults_fuzz.py`. What reached new code is kept in `.cache/fuzz-corpus` and tried first the next time.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.fuzz_targets import Target

ROOT = Path(__file__).resolve().parents[1]
FINDINGS, CORPUS = ROOT / ".cache" / "fuzz-findings", ROOT / ".cache" / "fuzz-corpus"

#: More than this for so small an input is a finding.
SECONDS, BYTES = 5.0, 500 << 20

#: No input is larger: what is found is found small, and tried often.
LONGEST = 20_000

#: So long may one input take before the process is ended, in seconds, and so much may it hold, in MB.
_ENDED, _MOST = 60, 4000

#: What is instrumented, so that the fuzzer sees which lines and branches an input reaches.
_INSTRUMENTED = ["anchor_analysis", "xlrd", "tests.fuzz_targets"]


#: What no reader likes, and every fuzzer should try.
NASTY = [
    b"-1", b"1e999", b"nan", b"1" * 400, b"null", b"[[[[", b"{{{{", b"&a [*a]", b"2024-02-30", b"\xef\xbb\xbf",
    b"\xff\xfe", b"\xed\xa0\x80", b"\\ud800", b"<!DOCTYPE a [<!ENTITY b 'c'>]>", b"&b;", b'""', b'"', b"\r\n", b"\r",
    b"\0", b"", b"\xc2\x85", b"=1+1", b"!!int x", b"\n", b"\x0b",
]  # fmt: skip


@dataclass(frozen=True)
class Finding:
    """What must not come of an input: its kind, the line of the library from which it came, and all of it."""

    what: str
    place: str
    told: str

    @property
    def key(self) -> str:
        return re.sub(r"[^\w.-]+", "_", f"{self.what}-{self.place}")[:120]


def judged(
    target: Target, folder: Path, data: bytes, private: tuple[str, ...] = (), seconds: float = SECONDS
) -> Finding | None:
    """What a target makes of an input, if it is a finding.

    `private` is what no message may hold, `seconds` how much of the processor's time it may take.
    """
    from anchor_analysis.problems import UserError

    _forget_the_peak()
    held, begun, said = _memory("VmRSS"), time.process_time(), ""
    try:
        target.run(folder, data)
    except UserError as error:
        said = str(error)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        return Finding(type(error).__name__, _place(error), traceback.format_exc())
    took, more = time.process_time() - begun, _memory("VmHWM") - held
    if took > seconds:
        return Finding("slow", target.name, f"took {took:.1f} s")
    if more > BYTES:
        return Finding("large", target.name, f"took {more >> 20:,} MB")
    for value in private:
        if value in said:
            return Finding("told", target.name, f"{value} stands in: {said}")
    try:
        said.encode()
    except UnicodeEncodeError:
        return Finding("unprintable", target.name, repr(said[:2000]))
    return None


def _place(error: BaseException) -> str:
    """The innermost line of the library that an error came through."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "anchor_analysis/" in frame.filename] or frames
    return f"{Path(ours[-1].filename).name}:{ours[-1].lineno}"


def _forget_the_peak() -> None:
    """Begin to measure the most memory anew, where the system can (Linux)."""
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        return


def _memory(name: str) -> int:
    """What this process holds (VmRSS), or has held at most (VmHWM), in bytes; nothing where the system does not say."""
    try:
        found = re.search(rf"^{name}:\s+(\d+)", Path("/proc/self/status").read_text(), re.MULTILINE)
    except OSError:
        return 0
    return int(found[1]) << 10 if found else 0


# --- the coverage-guided fuzzer, a process for each target ---


def fuzz(name: str, seconds: int, seed: int) -> None:
    """Fuzz one target until the time is over; ends the process."""
    import atheris  # type: ignore[import-not-found]

    with atheris.instrument_imports(include=_INSTRUMENTED):
        from tests import fuzz_targets

    target = next(one for one in fuzz_targets.target_list() if one.name == name)
    kept = FINDINGS / _folder(name)
    seeds = Path(tempfile.mkdtemp(prefix="anchor-seeds-"))
    for at, data in enumerate(target.seeds()):
        (seeds / str(at)).write_bytes(data)
    folder = Path(tempfile.mkdtemp(prefix="anchor-fuzz-", dir="/dev/shm" if os.path.isdir("/dev/shm") else None))

    def one_input(data: bytes) -> None:
        found = judged(target, folder, fuzz_targets.prepared(target, data))
        if found and not (kept / f"{found.key}.txt").exists():
            kept.mkdir(parents=True, exist_ok=True)
            (kept / found.key).write_bytes(data)
            (kept / f"{found.key}.txt").write_text(found.told, encoding="utf-8", errors="backslashreplace")

    corpus = CORPUS / _folder(name)
    corpus.mkdir(parents=True, exist_ok=True)
    kept.mkdir(parents=True, exist_ok=True)
    words = seeds.with_suffix(".words")
    words.write_text(dictionary(target.seeds()), encoding="utf-8")
    options = {
        "max_total_time": seconds, "max_len": LONGEST, "timeout": _ENDED, "rss_limit_mb": _MOST, "seed": seed,
        "print_final_stats": 1, "verbosity": 1, "dict": words, "artifact_prefix": f"{kept}/ended-",
    }  # fmt: skip
    atheris.Setup([sys.argv[0], *(f"-{name}={value}" for name, value in options.items()), str(corpus), str(seeds)],
                  one_input)  # fmt: skip
    atheris.Fuzz()


def dictionary(seeds: list[bytes]) -> str:
    """The words of the seeds, and what no reader likes, as the fuzzer takes them."""
    words = {word for seed in seeds for word in re.findall(rb"[A-Za-z_:]{3,30}", seed)}
    words = [word for word in [*sorted(words)[:400], *NASTY] if 0 < len(word) <= 60]  # it takes no longer ones
    escaped = ("".join(f"\\x{byte:02x}" for byte in word) for word in words)
    return "".join(f'"{word}"\n' for word in escaped)


def _folder(name: str) -> str:
    return re.sub(r"[^\w.-]+", "-", name)


@dataclass(frozen=True)
class Outcome:
    """What came of fuzzing one target: how often it was tried, what was found, and how its process ended."""

    name: str
    executions: int
    findings: list[str]
    ended: int


def fuzzed(name: str, seconds: int, seed: int) -> Outcome:
    """Fuzz one target in a process of its own, which may crash."""
    command = [sys.executable, "-m", "tests.fuzzing", "--one", name, "--seconds", str(seconds), "--seed", str(seed)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, errors="replace")
    counts = re.findall(r"number_of_executed_units: (\d+)|^#(\d+)\s", done.stderr, re.MULTILINE)
    executions = max((int(one or other) for one, other in counts), default=0)
    kept = FINDINGS / _folder(name)
    (kept / "log").write_text(done.stderr[-200_000:], encoding="utf-8") if kept.is_dir() else None
    found = sorted(path.name.removesuffix(".txt") for path in kept.glob("*.txt"))
    found += sorted(path.name for path in kept.glob("ended-*"))
    return Outcome(name, executions, found, done.returncode)


def main(arguments: list[str]) -> int:
    """Fuzz the targets that are named, or all, and print what came of each; 1 where anything was found."""
    parser = argparse.ArgumentParser(prog="make fuzz", description="Fuzz readers and parsers of definitions.")
    parser.add_argument("targets", nargs="*", help="targets by name; all if none is named")
    parser.add_argument("--seconds", type=int, default=60, help="how long each target is fuzzed")
    parser.add_argument("--seed", type=int, default=1, help="from which chance begins")
    parser.add_argument("--one", metavar="TARGET", help=argparse.SUPPRESS)
    asked = parser.parse_args(arguments)
    if asked.one:
        fuzz(asked.one, asked.seconds, asked.seed)
    from tests import fuzz_targets

    known = [target.name for target in fuzz_targets.target_list()]
    if strange := [name for name in asked.targets if name not in known]:
        parser.error(f"there is no target {', '.join(strange)}; there are {', '.join(known)}")
    outcomes = []
    for name in asked.targets or known:
        outcome = fuzzed(name, asked.seconds, asked.seed)
        outcomes.append(outcome)
        ended = "" if outcome.ended == 0 else f", ended with {outcome.ended}"
        print(f"{name}: {outcome.executions:,} executions, {len(outcome.findings)} findings{ended}", flush=True)
        for finding in outcome.findings:
            print(f"    {finding}", flush=True)
    print(f"Findings are in {FINDINGS.relative_to(ROOT)}.")
    return int(any(outcome.findings or outcome.ended for outcome in outcomes))


def replayed(target: Target, data: bytes) -> Any:
    """What a target makes of an input of the fuzzer, in a folder of its own."""
    from tests import fuzz_targets

    with tempfile.TemporaryDirectory() as folder:
        return judged(target, Path(folder), fuzz_targets.prepared(target, data))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
