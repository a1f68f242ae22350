"""The files for schedulers call commands and options that there are, and know the exit codes that they treat apart."""

from __future__ import annotations

import shlex
from configparser import ConfigParser
from pathlib import Path

import pytest
import typer
import yaml

from anchor_analysis.commands.app import app
from anchor_analysis.problems import BusyError

ROOT = Path(__file__).resolve().parents[1]
SCHEDULES = ROOT / "docs" / "schedules"


def of_systemd(name: str) -> ConfigParser:
    unit = ConfigParser(interpolation=None)
    unit.optionxform = str  # type: ignore[assignment, method-assign]
    unit.read_string((SCHEDULES / name).read_text(encoding="utf-8"))
    return unit


def workflow() -> dict:
    return yaml.safe_load((SCHEDULES / "run-due.yml").read_text(encoding="utf-8"))


def calls() -> dict[str, str]:
    """The line of each file that calls the command line."""
    crontab = (SCHEDULES / "anchor-analysis.crontab").read_text(encoding="utf-8").splitlines()
    steps = "\n".join(step.get("run", "") for step in workflow()["jobs"]["due"]["steps"]).splitlines()
    [of_cron] = [line for line in crontab if line and not line.startswith("#") and "=" not in line.split()[0]]
    [of_github] = [line for line in steps if "anchor-analysis" in line]
    return {
        "cron": of_cron.split(maxsplit=5)[5],
        "systemd": of_systemd("anchor-analysis-due.service")["Service"]["ExecStart"],
        "github": of_github.partition(">")[0],
    }


@pytest.mark.parametrize("name", ["cron", "systemd", "github"])
def test_a_schedule_calls_a_command_with_options_that_there_are(name):
    words = shlex.split(calls()[name])
    at = next(n for n, word in enumerate(words) if word.endswith("/anchor-analysis"))
    command = typer.main.get_command(app).commands[words[at + 1]]  # type: ignore[attr-defined]
    given = command.make_context(words[at + 1], words[at + 2 :]).params
    assert given["due"] and not given["year"]


def test_what_waits_for_somebody_else_fails_nowhere():
    busy = str(BusyError.exit_code)
    assert of_systemd("anchor-analysis-due.service")["Service"]["SuccessExitStatus"] == busy
    assert f'"$code" -eq {busy}' in calls_of_github()


def calls_of_github() -> str:
    return "\n".join(step.get("run", "") for step in workflow()["jobs"]["due"]["steps"])


def test_no_page_of_a_member_or_of_the_analyst_is_kept_where_others_read_it():
    kept = [
        step["with"]["path"].split()[0] for step in workflow()["jobs"]["due"]["steps"] if "path" in step.get("with", {})
    ]
    assert kept == ["outputs/*/*/r*/"]


def test_every_file_stands_in_the_how_to_and_is_begun_at_one_time():
    told = (ROOT / "docs" / "scheduling.md").read_text(encoding="utf-8")
    assert [path.name for path in SCHEDULES.iterdir() if f"(schedules/{path.name})" not in told] == []
    crontab = (SCHEDULES / "anchor-analysis.crontab").read_text(encoding="utf-8")
    assert "\n17 2 * * * " in crontab and workflow()[True]["schedule"] == [{"cron": "17 2 * * *"}]
    assert of_systemd("anchor-analysis-due.timer")["Timer"]["OnCalendar"] == "*-*-* 02:17:00"
