"""One script as a line or a row holds it, on its way to a [[script]] table."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.errors import Complaint

NEEDED = ("id", "category", "title", "say")
_PART = re.compile(r"(\w+)(.*)", re.DOTALL)


@dataclass(slots=True, kw_only=True)
class Row:
    """`table` is filled with what can be used, `complaints` with what cannot."""

    file: str
    place: str  # "line 3"; "" if the file holds nothing else
    names: Mapping[str, str]  # key of a [[script]] → what the writer of this file calls it
    table: dict[str, Any] = field(default_factory=dict)
    complaints: list[Complaint] = field(default_factory=list)
    told: set[str] = field(default_factory=set)  # keys of a [[script]] that have a complaint

    def complain(self, key: str, problem: str, cure: str, *, part: str = "") -> None:
        """`key` is one of a [[script]] table, or the writer's own; "" is the whole row."""
        name = self.names.get(key, key) + part
        place = ", ".join(filter(None, (self.place, name)))
        script_id = self.table.get("id")
        known = f"({script_id})" if isinstance(script_id, str) and script_id else ""
        told = " ".join(filter(None, (place, known)))
        self.complaints.append(Complaint(file=self.file, key=told, problem=problem, cure=cure))
        self.told.add(key)

    def need(self) -> None:
        """Complain about what every script has and this one has not."""
        for key in NEEDED:
            if key not in self.table and key not in self.told:
                self.complain(key, "missing or empty", "Fill it in")

    def take(self, told: Iterable[Complaint]) -> None:
        """Complaints about the table, told as ones about the row; known ones are left out."""
        before = frozenset(self.told)
        for one in told:
            key = one.key
            for start in (self.table.get("id"), "script 0"):
                if isinstance(start, str) and start and key.startswith(start):
                    key = key[len(start) :].removeprefix(".")
                    break
            name, part = found.groups() if (found := _PART.fullmatch(key)) else ("", "")
            if name not in before:
                self.complain(name, one.problem, one.cure, part=part)
