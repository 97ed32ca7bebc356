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
# One of these before the word, in the same clause, makes it a warning: 千万不要私下转账.
_DENIED = re.compile(r"不|没|勿|别(?!人)|谨防|小心|当心|防止|禁止|严禁|拒绝|警惕|非|无法|举报")


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Words of one kind, why they are forbidden, and what to write instead."""

    name: str
    zh: str
    source: str
    cure: str
    pattern: re.Pattern[str]  # matches harmless phrases, too; a forbidden word is group "word"


def check_forbidden(subject: Subject) -> Iterator[Complaint]:
    complaints: list[Complaint] = []
    groups = read_groups(subject.root, complaints)
    yield from complaints
    for text in subject.texts:
        if text.name == "title":
            continue  # a title is a customer's question and claims nothing
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
    """The forbidden words in `text`, as (word, reason in Chinese, what to write instead)."""
    folded = fold(text)
    for group in read_groups(root, []):
        for word in dict.fromkeys(_bad(group, folded)):
            yield word, group.zh, group.cure


def held(root: Path, texts: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Which texts have a forbidden word: name → the first one.

    Args:
        texts: each as (name, text).
    """
    groups, found = read_groups(root, []), dict[str, str]()
    for name, text in texts:
        folded = fold(text)
        if word := next((one for group in groups for one in _bad(group, folded)), ""):
            found.setdefault(name, word)
    return found


def stamp(root: Path) -> float:
    """When FILE in the workspace `root` was last written, in Unix seconds; 0: there is none."""
    path = root / FILE
    return path.stat().st_mtime if path.is_file() else 0.0


def text_of(root: Path) -> str:
    """The content of FILE in the workspace `root`; of the shipped one if there is none."""
    path = root / FILE
    return (path if path.exists() else _shipped()).read_text("utf-8")


def read_groups(root: Path, complaints: list[Complaint]) -> list[Group]:
    """The groups of the workspace `root`, or the shipped ones if it has no such file.

    What is wrong with the file is appended to `complaints`; a faulty group is left out.
    """
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
    """The file that ships: in bot/_workspace of a wheel, beside bot/ in a checkout."""
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
    """The words of `group` in a folded text, without those that their clause denies."""
    for found in group.pattern.finditer(folded):
        if found["word"]:
            clause = _CLAUSE.split(folded[: found.start()])[-1]
            if not _DENIED.search(clause):
                yield found["word"]


def fold(text: str) -> str:
    """`text` as words are compared: full width or half, capital or not makes no difference."""
    return unicodedata.normalize("NFKC", text).casefold()
