"""Keywords and replies for WeCom's own group assistant (自动回复), which takes them by hand."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import datetime
from fnmatch import fnmatchcase
from pathlib import Path

from bot.scripts.library import Library
from bot.scripts.renderer import Renderer
from bot.settings import Company
from bot.sheets.sheet import ENDINGS, opened

HEAD = ("关键词 keyword", "回复 reply", "话术 script")
SHORT = 10  # characters of an example that serves as a keyword
FORMATS = (*ENDINGS, ".txt")
PRIVATE = ("system/", "chat/", "greeting", "welcome/", "group/", "care/", "holiday/")


def replies(
    library: Library, company: Company, allowed: Sequence[str], now: datetime
) -> Iterator[tuple[str, str, str]]:
    """Keywords, reply and id of each script that always holds and is the same for everybody.

    Args:
        allowed: patterns of the scripts that a kind of group is meant to hear; empty: all.
        now: in the company's zone.
    """
    renderer = Renderer({"company": asdict(company)})
    values = {"customer": {"name": "", "tags": []}, "member": {"name": ""}, "question": ""}
    for one in library:
        meant = not allowed or any(fnmatchcase(one.id, pattern) for pattern in allowed)
        if one.id.startswith(PRIVATE) or not meant or one.when.weight or not one.say:
            continue
        words = ["".join(some) for some in one.keywords if len(some) == 1]
        words += [example for example in one.examples if len(example) <= SHORT]
        known = {**values, "now": now, "persona": one.persona}
        if words:
            text = renderer.fill(one, one.say[0], known)
            yield "、".join(dict.fromkeys(words)), text, one.id


def write(path: Path, rows: Sequence[tuple[str, str, str]]) -> None:
    """As its ending says: .xlsx, .csv or .txt.

    WeCom has no import for these and a person copies them: out of .xlsx and .txt letter by letter;
    in .csv a quote (') that is not part of the reply stands before what Excel would calculate.
    """
    if path.suffix == ".txt":
        told = (f"关键词：{words}\n回复：{text}\n" for words, text, _ in rows)
        path.write_text("\n".join(told), "utf-8")
        return
    with opened(path, "自动回复") as sheet:
        for row in (HEAD, *rows):
            sheet.add(row)
