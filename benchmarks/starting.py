"""How long it takes to start: the command's help, and the library beside what everybody imports for such work.

    python benchmarks/starting.py

starts each in a process of its own, in turn, after each has run once, and prints a table in Markdown. It exits with 1
where a mark is missed: the help in less than 0.3 s, the library in at most half of the time of pandas, seaborn and
statsmodels.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import time

HELP, BESIDE = 0.3, 0.5

WAYS = {
    "anchor-analysis --help": "import sys; sys.argv = ['anchor-analysis', '--help']\n"
    "from anchor_analysis.commands import command_line; command_line()",
    "import anchor_analysis": "import anchor_analysis",
    "from anchor_analysis import open_edition": "from anchor_analysis import open_edition",
    "import pandas, seaborn, statsmodels.api": "import pandas, seaborn, statsmodels.api",
    "Python alone": "pass",
}


def once(code: str) -> float:
    """How long a process with this code takes, with what is compiled kept."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, env=environment)
    return time.perf_counter() - started


def main() -> int:
    """Print the table; whether a mark was missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=9)
    runs = parser.parse_args().runs
    for code in WAYS.values():
        once(code)
    taken = {way: [] for way in WAYS}
    for _ in range(runs):
        for way, code in WAYS.items():
            taken[way].append(once(code))
    middle = {way: statistics.median(found) for way, found in taken.items()}
    whole = middle["import pandas, seaborn, statsmodels.api"]
    print("| what | fastest, s | median, s | beside pandas, seaborn, statsmodels |\n|---|--:|--:|--:|")
    for way, found in taken.items():
        print(f"| {way} | {min(found):.2f} | {middle[way]:.2f} | {middle[way] / whole:.2f} |")
    return int(middle["anchor-analysis --help"] >= HELP or middle["import anchor_analysis"] > BESIDE * whole)


if __name__ == "__main__":
    sys.exit(main())
