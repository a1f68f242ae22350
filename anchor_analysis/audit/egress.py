"""What every byte that would be shared is looked through for: what names a person, a machine or a secret.

What is found is told by its place and its kind, and never by itself. How files are opened is `unpacking`'s.

The forms are those of their publishers: postcodes as Royal Mail writes them; National Insurance numbers by HM Revenue
and Customs' manual NIM39110, with the prefixes that are never given out; keys and tokens by the prefixes under which
Amazon, GitHub, Slack and others issue them, RFC 7468 for private keys and RFC 7519 for JSON Web Tokens.
"""

from __future__ import annotations

import getpass
import re
import socket
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from anchor_analysis.audit.unpacking import Text, readings, texts_of

# Each form begins with a letter or a sign of its own and only then looks back, which finds the same several times as
# quickly as \b before all.

#: A UK postcode as people write it.
POSTCODE = re.compile(r"[A-Z](?<!\w.)[A-Z]?[0-9][0-9A-Z]? ?[0-9][ABD-HJLNP-UW-Z]{2}\b")

_FORMS = {
    "a postcode": POSTCODE,
    "an e-mail address": re.compile(r"@(?<=[A-Za-z0-9._%+-].)[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,24}\b"),
    "a National Insurance number": re.compile(
        r"[A-CEGHJ-PR-TW-Z](?<!\w.)[A-CEGHJ-NPR-TW-Z](?<!BG|GB|KN|NK|NT|TN|ZZ) ?\d{2} ?\d{2} ?\d{2} ?[A-D]\b"
    ),
    "a path of somebody's machine": re.compile(
        r"(?:/home/|/Users/|/root/|:(?<=[A-Za-z].)\\{1,2}Users\\)[A-Za-z0-9._-]"
    ),
    "a key or a token": re.compile(
        r"A(?<!\wA)[KS]IA[0-9A-Z]{16}\b|gh[pousr]_[A-Za-z0-9]{36}|github_pat_\w{22}|xox[abeprs]-[A-Za-z0-9-]{10}"
        r"|s(?<!\ws)k-[A-Za-z0-9_-]{20}|-----BEGIN [A-Z ]*PRIVATE KEY-----"
        r"|eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8}|:(?<=[a-z]:)//[^/\s:@\"']+:[^/\s:@\"']+@"
    ),
}

#: Names of accounts and machines that say nothing of anybody, and stand in texts of all kinds.
_OF_NOBODY = {
    "root", "user", "admin", "runner", "ubuntu", "debian", "localhost", "jovyan", "vagrant", "build", "nobody",
    "daemon", "guest",
}  # fmt: skip


class Finding(NamedTuple):
    """Where something is that must not leave, and what kind of thing it is."""

    place: str
    kind: str


def findings(path: Path, name: str, allowed: Sequence[str] = ()) -> list[Finding]:
    """What of a file must not leave, as `findings_in` has it."""
    return findings_in(texts_of(path.read_bytes(), name), allowed)


def findings_in(texts: Iterable[Text], allowed: Sequence[str] = ()) -> list[Finding]:
    """What of some texts must not leave, each kind once for each place; texts that are `allowed` are none.

    What could not be opened is a finding, since nobody has seen what it holds.
    """
    found: dict[Finding, None] = {}
    forms = _forms()
    for place, text in texts:
        if text is None:
            found[Finding(place, "something that cannot be opened to be looked through")] = None
            continue
        for read in readings(text):
            for permitted in allowed:
                read = read.replace(permitted, "")
            found |= {Finding(place, kind): None for kind, form in forms.items() if form.search(read)}
    return list(found)


def _forms() -> dict[str, re.Pattern[str]]:
    names = {_of_machine(getpass.getuser), _of_machine(socket.gethostname)} - _OF_NOBODY
    names = {re.escape(name) for name in names if len(name) > 3}
    if not names:
        return _FORMS
    return _FORMS | {"the name of an account or a machine": re.compile(rf"(?<![\w-])(?:{'|'.join(names)})(?![\w-])")}


def _of_machine(ask) -> str:  # type: ignore[no-untyped-def]
    try:
        return str(ask())
    except (OSError, KeyError):  # a machine without one
        return ""
