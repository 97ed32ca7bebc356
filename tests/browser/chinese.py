"""Finds Chinese of our own on an English page: what people wrote stands there as they wrote it."""

import re
from collections.abc import Iterable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import orjson

from bot.store.sql import Database
from bot.store.tables import lines, tables

RUN = re.compile("[\u3400-\u9fff]+")
# The brand's sign, the language's own name, and dates in what Chinese customers get.
OWN = frozenset({"话", "中文", "月", "日"})
IN_BRACKETS = re.compile(r"[(（][^()（）]*[)）]")  # WeCom's own word beside ours
LISTED = re.compile(r": [^:]*$")  # words of a message, after why they matter
SHOWN = ("aria-label", "placeholder", "title", "alt")
SILENT = ("script", "style", "textarea")
# What the program itself keeps in Chinese, and has to tell in the page's language.
OURS = frozenset({"zh", "en", "stage_zh", "stage_en", "details", "why", "reason", "told"})
# What the sample's people wrote, or call a tag or a field, in the words of a label of ours.
ALIKE = frozenset({"退订", "怎么退货", "转给同事", "门店", "生日", "到期", "来源"})
LABEL = re.compile(
    r"""("[^"\n]*[\u3400-\u9fff][^"\n]*"|'[^'\n]*[\u3400-\u9fff][^'\n]*')\s*[,:]\s*(?:en=)?["'][^"']"""
)
THEIRS = frozenset({"audit", "brake_step", "complaint_case", "handover"})  # a person said why


class Said(HTMLParser):
    """What a page shows or has read out: `pieces`, one of each text and attribute."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.pieces: list[str] = []
        self._silent = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.pieces += [value for name, value in attrs if name in SHOWN and value]
        if tag in SILENT:
            self._silent = tag

    def handle_endtag(self, tag: str) -> None:
        if tag == self._silent:
            self._silent = ""

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.pieces.append(data)


class Written:
    """All runs of Chinese that people wrote.

    Args:
        folders: with the company's TOML files.
        ours: with our own templates and Python; the demo's words are a shop's.
    """

    def __init__(self, folders: Iterable[Path], ours: Path) -> None:
        self._runs = set(OWN)
        sources = (
            path
            for path in ours.rglob("*.*")
            if path.suffix in (".html", ".py") and "demo" not in path.parts
        )
        found = (label for path in sources for label in LABEL.findall(path.read_text("utf-8")))
        self._labels = {label[1:-1] for label in found} - ALIKE
        for path in (path for folder in folders for path in folder.rglob("*.toml")):
            said = [one for one in path.read_text("utf-8").splitlines() if one[:3] != "zh "]
            self._runs.update(RUN.findall("\n".join(said)))

    async def add(self, database: Database) -> None:
        for table in tables():
            async for page in lines(database, table):
                for line in page:
                    for text in _texts(orjson.loads(line), table.name in THEIRS):
                        self._runs.update(RUN.findall(text))

    def untold(self, page: str) -> list[str]:
        """The pieces of an English page that are a label of ours in Chinese, or hold Chinese that
        nobody wrote."""
        return [
            piece.strip()
            for piece in Said(page).pieces
            if piece.strip() in self._labels
            or not all(self._wrote(run, piece) for run in RUN.findall(IN_BRACKETS.sub("", piece)))
        ]

    def _wrote(self, run: str, piece: str) -> bool:
        """Also two runs of them side by side, as where a script was filled in; the beginning of
        one that is cut off; and their words, taken apart and listed."""
        if run in self._runs:
            return True
        if any({run[:n], run[n:]} <= self._runs for n in range(1, len(run))):
            return True
        if re.search(re.escape(run) + r"(…|\.\.\.)", piece):
            return any(one.startswith(run) for one in self._runs)
        listed = LISTED.search(piece)
        return bool(listed and run in listed[0]) and any(run in one for one in self._runs)


def _texts(value: Any, theirs: bool) -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            if name not in OURS or (theirs and name in ("why", "reason")):
                yield from _texts(inner, theirs)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner, theirs)
    elif isinstance(value, str):
        try:
            yield from _texts(orjson.loads(value), theirs) if value[:1] in "{[" else (value,)
        except orjson.JSONDecodeError:
            yield value
