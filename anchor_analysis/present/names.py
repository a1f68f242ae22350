"""Names that are completed: of metrics, of tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from anchor_analysis.problems import did_you_mean


class Names(Mapping[str, str]):
    """Ids with their titles. `names.staff` is the id "staff", so that a tab completes it; `names["staff"]` its title.

    An id that is not there raises what Python raises for that, with the nearest ones.
    """

    def __init__(self, kind: str, titles: Mapping[str, str]):
        self._kind, self._titles = kind, dict(titles)

    def __getitem__(self, name: str) -> str:
        if name not in self._titles:
            raise KeyError(self._not_there(name))
        return self._titles[name]

    def __getattr__(self, name: str) -> str:
        if name.startswith("_") or name not in self._titles:
            raise AttributeError(name if name.startswith("_") else self._not_there(name))
        return name

    def _not_there(self, name: str) -> str:
        return f'"{name}" is not a {self._kind} that is known here. {did_you_mean(name, self._titles, self._kind)}'

    def __iter__(self) -> Iterator[str]:
        return iter(self._titles)

    def __len__(self) -> int:
        return len(self._titles)

    def __contains__(self, name: object) -> bool:
        return name in self._titles

    def __dir__(self) -> list[str]:
        return [*self._titles]

    def _ipython_key_completions_(self) -> list[str]:
        return [*self._titles]

    def __repr__(self) -> str:
        width = max(map(len, self._titles), default=0)
        return "\n".join(f"{name:<{width}}  {title}" for name, title in self._titles.items())
