"""Prints, as JSON, how long one tool takes to find a script among N, and what it needs for that.

`python -m benchmarks.matching_one TOOL SCRIPTS`. Times are CPU time: nothing here waits, so on a
core of its own a call takes as long. Memory is what the process grew by while the index was built.
"""

import gc
import json
import re
import sys
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from benchmarks.figures import percentile
from benchmarks.many_questions import Asked, library, questions

MOST_ASKED, LEAST_ASKED, MOST_S = 1000, 2, 12.0
_WARM = 20  # scripts, and questions before the clock starts
_MB = 1024

Entry = Mapping[str, Any]
Find = Callable[[str], str]  # a message → the id of the likeliest script, "" = none


def huashu(entries: Sequence[Entry]) -> Find:
    """The whole decision: what is not ours to answer, the search, the bars."""
    from bot.scripts.evaluation import script_of
    from bot.scripts.library import Library
    from bot.scripts.matcher import Matcher

    decide = Matcher(Library(map(script_of, entries))).decide

    def find(text: str) -> str:
        candidates = decide(text).candidates
        return candidates[0].script_id if candidates else ""

    return find


def rapidfuzz_ratio(entries: Sequence[Entry]) -> Find:
    from rapidfuzz import fuzz

    return _extract_one(entries, fuzz.ratio)


def rapidfuzz_wratio(entries: Sequence[Entry]) -> Find:
    from rapidfuzz import fuzz

    return _extract_one(entries, fuzz.WRatio)


def _extract_one(entries: Sequence[Entry], scorer: Callable[..., float]) -> Find:
    from rapidfuzz import process

    owners, examples = _flat(entries)

    def find(text: str) -> str:
        found = process.extractOne(text, examples, scorer=scorer)
        return owners[found[2]] if found else ""

    return find


def bm25s(entries: Sequence[Entry]) -> Find:
    """BM25 over characters and their pairs."""
    import bm25s as bm25

    owners, examples = _flat(entries)
    retriever = bm25.BM25()
    retriever.index([_characters(text) for text in examples], show_progress=False)

    def find(text: str) -> str:
        found, scores = retriever.retrieve([_characters(text)], k=1, show_progress=False)
        return owners[found[0, 0]] if scores[0, 0] > 0 else ""

    return find


def _characters(text: str) -> list[str]:
    signs = re.findall(r"\w", text)
    return [*signs, *map("".join, pairwise(signs))]


def chatterbot(entries: Sequence[Entry]) -> Find:
    """BestMatch over SQLite in memory, comparing by its LevenshteinDistance.

    Its own tagger wants a language model that has to be downloaded; without it every statement is
    compared. The indexed search looks for a whole message inside a statement: in Chinese, which
    has no spaces, it finds next to nothing.
    """
    from chatterbot import ChatBot, languages
    from chatterbot.conversation import Statement
    from chatterbot.tagging import NoOpTagger

    bot = ChatBot(
        "bench",
        storage_adapter="chatterbot.storage.SQLStorageAdapter",
        database_uri="sqlite://",
        tagger=NoOpTagger,
        tagger_language=languages.CHI,
        logic_adapters=[
            {
                "import_path": "chatterbot.logic.BestMatch",
                "search_algorithm_name": "text_search",
            }
        ],
        read_only=True,
    )
    bot.storage.create_many(
        Statement(
            text=owner,
            search_text=owner,
            in_response_to=example,
            search_in_response_to=example,
            conversation="training",
        )
        for owner, example in zip(*_flat(entries), strict=True)
    )
    return lambda text: str(bot.get_response(text).text)


TOOLS = (huashu, rapidfuzz_ratio, rapidfuzz_wratio, bm25s, chatterbot)


def _flat(entries: Sequence[Entry]) -> tuple[list[str], list[str]]:
    """Each example, and beside it whose it is."""
    owners = [entry["id"] for entry in entries for _ in entry["examples"]]
    return owners, [example for entry in entries for example in entry["examples"]]


def measured(build: Callable[[Sequence[Entry]], Find], scripts: int) -> dict[str, float]:
    entries, asked = library(scripts), questions(scripts, MOST_ASKED + _WARM)
    build(entries[:_WARM])(asked[0].text)  # what is imported and read is not what is measured
    gc.collect()
    before, started = _resident_mb(), time.process_time()
    find = build(entries)
    find(asked[0].text)
    built = time.process_time() - started
    grown = _resident_mb() - before
    for one in asked[1:_WARM]:
        if time.process_time() - started - built < MOST_S:
            find(one.text)
    return {"build s": built, "grown MB": grown, **_asked(find, asked[_WARM:])}


def _asked(find: Find, asked: Sequence[Asked]) -> dict[str, float]:
    spent: list[float] = []
    right = answerable = 0
    started = time.process_time()
    for one in asked:
        before = time.thread_time()
        found = find(one.text)
        spent.append((time.thread_time() - before) * 1000)
        answerable += bool(one.script)
        right += bool(one.script) and found == one.script
        if len(spent) >= LEAST_ASKED and time.process_time() - started > MOST_S:
            break
    return {
        "p50 ms": percentile(spent, 0.5),
        "p99 ms": percentile(spent, 0.99),
        "found": right / (answerable or 1),
        "asked": len(spent),
    }


def _resident_mb() -> float:
    """Linux tells what is resident now; elsewhere the most that ever was."""
    status = Path("/proc/self/status")
    if status.exists():
        (line,) = re.findall(r"VmRSS:\s+(\d+) kB", status.read_text("ascii"))
        return int(line) / _MB
    import psutil

    return float(psutil.Process().memory_info().rss) / _MB**2


if __name__ == "__main__":
    warnings.simplefilter("ignore")  # of the peers
    tool = next(one for one in TOOLS if one.__name__ == sys.argv[1])
    print(json.dumps(measured(tool, int(sys.argv[2]))))
