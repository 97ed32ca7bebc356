"""One script as a line or a worksheet's row holds it, on its way to a [[script]] table."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from bot.errors import Complaint

NEEDED = ("id", "category", "title", "say")


@dataclass(slots=True, kw_only=True)
class Row:
    """A script that is being read: `table` gets what can be used, `complaints` what is wrong."""

    file: str
    place: str  # "line 3"; "" if the file holds nothing else
    names: Mapping[str, str]  # key of a [[script]], "say" or "say[1]" → what its writer calls it
    table: dict[str, Any] = field(default_factory=dict)
    complaints: list[Complaint] = field(default_factory=list)
    off: bool = False  # not in use, as a column of its sheet says: counted, but not imported
    told: set[str] = field(default_factory=set)  # keys of a [[script]] that have a complaint

    def complain(self, key: str, problem: str, cure: str, name: str = "") -> None:
        """Add a complaint.

        Args:
            key: of a [[script]] table, or as the writer wrote it; "": the whole row.
            name: what the writer calls it, where several columns have the key; "": by `names`.
        """
        self.complaints.append(self.named(Complaint(self.file, key, problem, cure), name))
        self.told.add(key)

    def named(self, told: Complaint, name: str = "") -> Complaint:
        """The same complaint with its place as the file's writer knows it: row, column, id."""
        place = ", ".join(filter(None, (self.place, name or self._name(told.key))))
        script_id = self.table.get("id")
        known = f"({script_id})" if isinstance(script_id, str) and script_id else ""
        key = " ".join(filter(None, (place, known)))
        return replace(told, file=self.file, key=key)

    def need(self) -> None:
        """Complain about keys that every script needs and this one lacks."""
        for key in NEEDED:
            if key not in self.table and key not in self.told:
                self.complain(key, "missing or empty", "Fill it in")

    def take(self, told: Iterable[Complaint]) -> None:
        """Add complaints about the table as such about the row, except on keys that have one."""
        before = frozenset(self.told)
        for one in told:
            key = one.key
            for start in (self.table.get("id"), "script 0"):
                if isinstance(start, str) and start and key.startswith(start):
                    key = key[len(start) :].removeprefix(".")
                    break
            if before.isdisjoint(_owners(key)):
                self.complain(key, one.problem, one.cure)

    def _name(self, key: str) -> str:
        for owner in _owners(key):
            if owner in self.names:
                return self.names[owner] + key[len(owner) :]
        return key


def _owners(key: str) -> list[str]:
    """The key, then those that it is a part of: "when.until", "when"; "say[1]", "say"."""
    ends = [place for place, sign in enumerate(key) if sign in ".["]
    return [key, *(key[:place] for place in reversed(ends))]
