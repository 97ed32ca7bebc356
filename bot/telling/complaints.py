"""Complaints in words for those who write scripts, plans and settings, in both languages."""

import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from bot.errors import BotError, Complaint, ConfigError, Declined
from bot.scripts.library import Library
from bot.telling.words import Language

_FILE = Path(__file__).with_name("complaints.toml")
_PHRASES = Path(__file__).with_name("phrases.toml")
_ID = r"[\w/-]+"
_NAMED = re.compile(r"(?<![\w-])[\w-]++(?:/[\w-]++)+", re.ASCII)
_PART = re.compile(r"(?:.* )?(?:row|line) \d|column ")  # of several sheets the name comes first
_SHEET = re.compile(r"(.+) row \d+")
_AT = re.compile(r"\b(?:row|line) (\d+)(?:, column ([A-Z]+))?")
_COLUMN = re.compile(r"row (\d+)(?:, column ([A-Z]+)(?: ([^\[(.,]+))?)?|line (\d+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Chinese:
    told: re.Pattern[str]  # what is said in English
    zh: str
    cure: str = ""  # "": that of the complaint, by the phrases

    def fill(self, text: str, found: re.Match[str]) -> str:
        """`text` with what was quoted, which may be a phrase itself."""
        return text.format(*(_phrase(part or "") for part in found.groups()))


@cache
def _scripts() -> tuple[_Chinese, ...]:
    tables = tomllib.loads(_FILE.read_text("utf-8"))["complaint"]
    return tuple(_made(one["told"], one["zh"], one.get("cure", "")) for one in tables)


@cache
def _phrases() -> tuple[_Chinese, ...]:
    table = tomllib.loads(_PHRASES.read_text("utf-8"))["phrases"]
    return tuple(_made(told, zh) for told, zh in table.items())


def _made(told: str, zh: str, cure: str = "") -> _Chinese:
    return _Chinese(told=re.compile(f"(?:{told.replace('ID', _ID)})", re.DOTALL), zh=zh, cure=cure)


def _phrase(text: str) -> str:
    """The phrase in Chinese, or as it is where nobody has translated it."""
    for one in _phrases() if text else ():
        if found := one.told.fullmatch(text):
            return one.fill(one.zh, found)
    return text


def words(complaint: Complaint, language: Language) -> tuple[str, str]:
    """Problem and cure."""
    if language == "en":
        return complaint.problem, complaint.cure
    for one in _scripts():
        if found := one.told.fullmatch(complaint.problem):
            cure = one.fill(one.cure, found) if one.cure else _phrase(complaint.cure)
            return one.fill(one.zh, found), cure
    return _phrase(complaint.problem), _phrase(complaint.cure)


def line(complaint: Complaint, language: Language) -> str:
    """The whole of it in one line, with its place."""
    problem, cure = words(complaint, language)
    key = complaint.key
    if language == "zh":  # a file may be called product line 2.xlsx
        key = _AT.sub(lambda at: f"第 {at[1]} 行{f' {at[2]} 列' if at[2] else ''}", key)
    place = " ".join(part for part in (complaint.file, key) if part not in ("", "*"))
    if language == "en":
        return f"{place}: {problem}. {cure}"
    cure = cure if not cure or cure.endswith(("。", "？")) else f"{cure}。"
    return f"{place}：{problem}。{cure}"


def both(complaint: Complaint, zh: str = "", en: str = "") -> str:
    """For a terminal: in Chinese, and below it in English; `zh` and `en` stand before them."""
    english = f"{en}{complaint}"
    if words(complaint, "zh") == words(complaint, "en"):  # nobody has put it into Chinese
        return english
    return f"{zh}{line(complaint, 'zh')}\n  {english}"


def told_in_both(error: BotError) -> str:
    """For a terminal: what `told` says."""
    if isinstance(error, ConfigError):
        return "\n".join(map(both, error.complaints))
    return "\n  ".join(dict.fromkeys((told(error, "zh"), told(error, "en"))))


def told(error: BotError, language: Language) -> str:
    """What a page says of an error, in a line for each mistake."""
    match error:
        case ConfigError():
            return "\n".join(line(one, language) for one in error.complaints)
        case Declined():
            return error.zh if language == "zh" else error.en
    return _phrase(str(error)) if language == "zh" else str(error)


def teller(
    language: Language, scripts: Library | None = None
) -> Callable[[Complaint], tuple[str, str]]:
    """For templates.

    Args:
        scripts: those that are named are told with their titles, by which people know them.
    """

    def called(found: re.Match[str]) -> str:
        script = scripts.get(found[0]) if scripts else None
        return f"{script.title} {script.id}" if script and script.title else found[0]

    def tell(complaint: Complaint) -> tuple[str, str]:
        problem, cure = words(complaint, language)
        return _NAMED.sub(called, problem), cure

    return tell


def field_in(complaint: Complaint) -> str:
    """The key of the row's field that it is about, as the file calls it; "": the whole row, or a
    column that `cell` tells."""
    parts = complaint.key.partition(" (")[0].split(", ")
    return next((one.partition("[")[0] for one in parts if one and not _PART.match(one)), "")


def cell(complaint: Complaint) -> tuple[int, str, str]:
    """The row or line of a file, the letters of the column and its title; 0 and "": the whole of
    it, or a column without one."""
    found = _COLUMN.search(complaint.key)
    if not found:
        return 0, "", ""
    return int(found[1] or found[4]), found[2] or "", (found[3] or "").strip()


def sheet(complaint: Complaint) -> str:
    """The name of the sheet, where a file has several; "": of the only one."""
    found = _SHEET.match(complaint.key)
    return found[1] if found else ""
