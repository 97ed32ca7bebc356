"""A script as the database keeps it: an edit that somebody made, never changed afterwards."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    WORDS = "words"  # a script; it lies over that of the files
    RETIRED = "retired"  # no script: that of the files is hidden
    FILE = "file"  # nothing: that of the files shows again


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    script: str  # the id
    number: int  # 1 is the first of this id
    kind: Kind = Kind.WORDS
    content: str = ""  # one line of JSON Lines, as it is imported and exported

    @property
    def place(self) -> str:
        """What complaints name instead of a file: "database:faq/refund@3"."""
        return f"database:{self.script}@{self.number}"
