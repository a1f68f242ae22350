"""The page of docs/ that lists every command with what it takes, made from the command line itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from typer.main import get_command

NAME = "anchor-analysis"


def command_blocks() -> Iterator[str]:
    """The page in Markdown, block by block, without its title: commands in the order of the command line's help."""
    from anchor_analysis.commands.app import app

    yield (
        "Each command takes `--help`. Exit codes: 0 done, 1 something failed, 2 something for you to mend, 3 held for "
        "somebody's answer, 4 somebody else is at work on it. Commands work on the workspace that the environment "
        "variable `ANCHOR_WORKSPACE` names, or else on the nearest folder upward that holds `networks/`. Its canonical "
        "rows stand in the store that `ANCHOR_STORE` names, if it names one (docs/scale.md)."
    )
    for name, command in get_command(app).commands.items():  # type: ignore[attr-defined]
        inner = getattr(command, "commands", {})
        yield f"## {name}"
        if inner:
            yield _words(command.help)
        else:
            yield from _command(name, command)
        for sub, one in inner.items():
            yield f"### {name} {sub}"
            yield from _command(f"{name} {sub}", one)


def _command(name: str, command: Any) -> Iterator[str]:
    """How a command is called, what it does, and each thing that it takes."""
    yield f"```text\n{' '.join([NAME, name, *(_usage(one) for one in command.params)])}\n```"
    yield _words(command.help)
    told = [f"- `{_called(one)}`: {_about(one)}" for one in command.params if _about(one)]
    if told:
        yield "\n".join(told)


def _usage(parameter: Any) -> str:
    called = _called(parameter)
    return called if parameter.required else f"[{called}]"


def _called(parameter: Any) -> str:
    """An argument in capitals; an option by its longest name, with what it takes if it is no switch."""
    if parameter.param_type_name == "argument":
        return str(parameter.metavar or parameter.name.upper())
    longest: str = max(parameter.opts, key=len)
    value = "" if parameter.is_flag else f" {parameter.metavar or longest.strip('-').upper()}"
    return longest + value


def _about(parameter: Any) -> str:
    """What is said of a parameter: its help, its short name, and what it is if it is not given."""
    short = [option for option in getattr(parameter, "opts", []) if option.startswith("-") and len(option) == 2]
    longest = max(parameter.opts, key=len)
    also = f"Short: `{short[0]}`." if short and short[0] != longest else ""
    default = parameter.default
    unless = f"{default} if not given." if isinstance(default, int | float) and not isinstance(default, bool) else ""
    return " ".join(filter(None, [_words(parameter.help), unless, also]))


def _words(text: str | None) -> str:
    return " ".join((text or "").split())
