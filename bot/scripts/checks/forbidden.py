"""Words that must not be said: config/forbidden.toml, which operators extend."""

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.errors import Complaint
from bot.files.textfile import parse_toml, read_text
from bot.scripts.checks.subject import Subject, complaint
from bot.scripts.entry import are_texts, unknown

FILE = "config/forbidden.toml"
_KEYS = ("zh", "en", "source", "cure", "words", "unless")
_CLAUSE = re.compile(r"[，。；、！？,;!?\n：:…]")
# Before the word in the same clause, they deny it: 千万不要私下转账.
_DENIED = re.compile(r"不|没|勿|别(?!人)|谨防|小心|当心|防止|禁止|严禁|拒绝|警惕|非|无法|举报")


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Words of one kind, why they are forbidden, and what to write instead."""

    name: str
    zh: str
    source: str
    cure: str
    pattern: re.Pattern[str]  # harmless phrases come first; a word is the group "word"


def check_forbidden(subject: Subject) -> Iterator[Complaint]:
    complaints: list[Complaint] = []
    groups = read_groups(subject.root, complaints)
    yield from complaints
    for text in subject.texts:
        if text.name == "title":
            continue  # a customer's question, it claims nothing
        folded = fold(text.text)
        for group in groups:
            if word := next(_bad(group, folded), ""):
                yield complaint(
                    text.script,
                    text.name,
                    f"{word!r} is forbidden: {group.zh} [{group.name}], {group.source}",
                    group.cure,
                )


def forbidden_in(root: Path, text: str) -> Iterator[tuple[str, str, str]]:
    """Words of a text that must not be said, each with why and with what to write instead."""
    folded = fold(text)
    for group in read_groups(root, []):
        for word in dict.fromkeys(_bad(group, folded)):
            yield word, group.zh, group.cure


def held(root: Path, texts: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Of texts, each behind its name: the names of those with a forbidden word, with the first."""
    groups, found = read_groups(root, []), dict[str, str]()
    for name, text in texts:
        folded = fold(text)
        if word := next((one for group in groups for one in _bad(group, folded)), ""):
            found.setdefault(name, word)
    return found


def stamp(root: Path) -> float:
    """Another one whenever the words of the workspace `root` have changed."""
    path = root / FILE
    return path.stat().st_mtime if path.is_file() else 0.0


def text_of(root: Path) -> str:
    """Of the workspace's file, or of that which ships where it has none."""
    path = root / FILE
    return (path if path.exists() else _shipped()).read_text("utf-8")


def read_groups(root: Path, complaints: list[Complaint]) -> list[Group]:
    """The groups of the workspace `root`, or those that ship where it has no such file."""
    path = root / FILE
    if not path.exists():
        path = _shipped()
    if (text := read_text(path, FILE, complaints)) is None:
        return []
    try:
        tables = parse_toml(text)
    except tomllib.TOMLDecodeError as error:
        complaints.append(Complaint(FILE, "syntax", str(error), "Mend this place; TOML, in UTF-8"))
        return []
    return [group for name, table in tables.items() if (group := _group(name, table, complaints))]


def _shipped() -> Path:
    """In the wheel beside bot/, in a checkout above it."""
    bot = Path(__file__).parents[2]
    packed = bot / "_workspace"
    return (packed if packed.is_dir() else bot.parent) / FILE


def _group(name: str, table: Any, complaints: list[Complaint]) -> Group | None:
    before = len(complaints)

    def complain(key: str, problem: str, cure: str) -> None:
        complaints.append(Complaint(FILE, f"{name}.{key}".rstrip("."), problem, cure))

    if not isinstance(table, dict):
        complain("", "not a table", f"Write [{name}] on a line of its own")
        return None
    for key in [one for one in table if one not in _KEYS]:
        complain(key, *unknown(key, _KEYS))
    for key in ("words", "unless"):
        if not are_texts(table.get(key, [])):
            complain(key, "not a list of texts", f'Write {key} = ["…", "…"]')
    for key in ("zh", "en", "source", "cure"):
        if not isinstance(table.get(key, ""), str):
            complain(key, "not a text", f'Write {key} = "…"')
    if not table.get("words"):
        complain("words", "no words", 'Write words = ["…", "…"], or take the group out')
    if len(complaints) > before:
        return None
    return Group(
        name=name,
        zh=table.get("zh") or name,
        source=table.get("source") or f"{FILE} [{name}]",
        cure=table.get("cure") or "Take it out",
        pattern=_pattern(table["words"], table.get("unless", [])),
    )


def _pattern(words: Sequence[str], unless: Sequence[str]) -> re.Pattern[str]:
    harmless, bad = (
        "|".join(re.escape(fold(one)) for one in sorted(some, key=len, reverse=True) if one)
        for some in (unless, words)
    )
    return re.compile(f"{harmless}|(?P<word>{bad})" if harmless else f"(?P<word>{bad})")


def _bad(group: Group, folded: str) -> Iterator[str]:
    for found in group.pattern.finditer(folded):
        if found["word"]:
            clause = _CLAUSE.split(folded[: found.start()])[-1]
            if not _DENIED.search(clause):
                yield found["word"]


def fold(text: str) -> str:
    """As words are compared: full width and capitals make no other word."""
    return unicodedata.normalize("NFKC", text).casefold()
