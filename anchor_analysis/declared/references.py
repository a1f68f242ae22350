"""Reference data as declared: the files that publishers give out, and codes of areas that took the place of others."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Literal

from pydantic import Field

from anchor_analysis.declared.ids import Id
from anchor_analysis.declared.model import Declared, Fault

ReferenceKind = Literal["postcodes", "deprivation", "recodes", "benchmark", "lookup", "boundaries", "deflator"]

#: Where the hash of a file would come from that nobody has taken yet.
NEEDED = "needed"


class ReferenceSource(Declared):
    """A file that a publisher gives out, one per file of `definitions/references`.

    `page` is where people find it, `url` the file itself if it has an address of its own. `issue` tells files of one
    title apart. `source` says where its hash was taken; `sha256` is blank while that is `needed`.
    """

    id: Id
    title: str
    kind: ReferenceKind
    vintage: str
    publisher: str
    licence: str
    page: str
    url: str = ""
    issue: str = ""
    note: str = ""
    sha256: str = Field("", pattern=r"^([0-9a-f]{64})?$")
    source: str
    source_status: Literal["verified", "unverified"]

    def faults(self) -> Iterator[Fault]:
        if bool(self.sha256) == (self.source == NEEDED):
            yield Fault(("sha256",), f'a sha256 needs its source; without one the source is "{NEEDED}"')
        for field, address in (("page", self.page), ("url", self.url)):
            if address and not address.startswith("https://"):
                yield Fault((field,), "addresses begin with https://")


class Recode(Declared):
    """A code of an area that took the place of another; the first of a month where only the month is known.

    `geometry_changed` is missing where it is not known whether the area itself changed.
    """

    from_code: str
    to_code: str
    date: date
    geometry_changed: bool | None = None
    source: str = ""


class Recodes(Declared):
    """The recodes of a place, one list per file of `definitions/recodes`, all of one source."""

    id: Id
    title: str
    source: str
    source_status: Literal["verified", "unverified"]
    note: str = ""
    recodes: list[Recode]

    @property
    def sourced(self) -> list[Recode]:
        """Each with the source of the list."""
        return [recode.model_copy(update={"source": recode.source or self.source}) for recode in self.recodes]
