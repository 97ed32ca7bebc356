"""Complaints about scripts in words for those who write them, in both languages."""

import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from bot.errors import Complaint
from bot.web.words import Language

_FILE = Path(__file__).with_name("complaints.toml")
_ID = r"[\w/-]+"
_COLUMN = re.compile(r"row (\d+)(?:, column ([A-Z]+))?|line (\d+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Chinese:
    told: re.Pattern[str]  # what is said in English
    zh: str
    cure: str


@cache
def _chinese() -> tuple[_Chinese, ...]:
    tables = tomllib.loads(_FILE.read_text("utf-8"))["complaint"]
    return tuple(
        _Chinese(
            told=re.compile(f"(?:{one['told'].replace('ID', _ID)})", re.DOTALL),
            zh=one["zh"],
            cure=one["cure"],
        )
        for one in tables
    )


def words(complaint: Complaint, language: Language) -> tuple[str, str]:
    """Problem and cure."""
    if language == "zh":
        for one in _chinese():
            if found := one.told.fullmatch(complaint.problem):
                quoted = [part or "" for part in found.groups()]
                return one.zh.format(*quoted), one.cure.format(*quoted)
    return complaint.problem, complaint.cure


def teller(language: Language) -> Callable[[Complaint], tuple[str, str]]:
    """For templates."""
    return lambda complaint: words(complaint, language)


def cell(complaint: Complaint) -> tuple[int, str]:
    """The row or line of a file, and the letters of the column; 0 and "": the whole of it."""
    found = _COLUMN.search(complaint.key)
    if not found:
        return 0, ""
    return int(found[1] or found[3]), found[2] or ""
