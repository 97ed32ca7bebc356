"""A library of any size, of scripts that differ: what many shops together would have."""

from collections.abc import Iterator
from itertools import islice, product
from pathlib import Path

from benchmarks.workspace import WORDS

A_FILE = 1000  # scripts
MAKERS = [
    first + second for first, second in product("云山海松竹梅星禾安远", "朵川岸间里影辰田然航")
]
ASKED = (
    "{maker}{thing}{topic}",
    "你们{maker}的{thing}{topic}",
    "{topic},{maker}{thing}",
    "想问{maker}{thing}{topic}",
)
SCRIPT = """
[[script]]
id = "bench/s{number}"
title = "{maker}{thing}{topic}"
category = "faq"
ask = [{ask}]
say = ["{greeting}{maker}{thing},{topic}:答复 {number}。"]
"""
GREETING = "{{ customer.name or '您' }}好,"  # in one of ten, as it has to be compiled


def write_library(folder: Path, scripts: int) -> None:
    folder.mkdir(exist_ok=True)
    made = all_scripts()
    for first in range(0, scripts, A_FILE):
        text = "".join(islice(made, min(A_FILE, scripts - first)))
        (folder / f"bench{first // A_FILE:03}.toml").write_text(text, "utf-8")


def edit_one(folder: Path) -> None:
    file = folder / "bench000.toml"
    file.write_text(file.read_text("utf-8").replace("答复 7。", "新的答复 7。"), "utf-8")


def all_scripts() -> Iterator[str]:
    """100,000 of them."""
    known = product(MAKERS, WORDS["things"], WORDS["topics"])
    for number, (maker, thing, topic) in enumerate(known):
        told = {"maker": maker, "thing": thing, "topic": topic}
        ask = ", ".join(f'"{asked.format(**told)}"' for asked in ASKED)
        greeting = GREETING if number % 10 == 0 else ""
        yield SCRIPT.format(number=number, ask=ask, greeting=greeting, **told)
