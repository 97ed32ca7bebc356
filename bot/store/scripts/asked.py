"""Finds the questions that were not answered in rows of events. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any

import orjson

from bot.clock import moment


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A whole question, of one message or several."""

    text: str
    at: datetime
    channel: str


def asked_of(rows: Iterable[Mapping[str, Any]]) -> list[Asked]:
    """The questions in these events, the oldest first.

    Args:
        rows: of table event, sorted by conversation and seq.
    """
    # The pieces of a question were settled together, with one decision.
    questions = groupby(rows, key=itemgetter("conversation", "done_at", "decision"))
    asked = [one for key, pieces in questions for one in _asked(key[2], list(pieces))]
    return sorted(asked, key=lambda one: (one.at, one.text))


def _asked(decision: str, rows: list[Mapping[str, Any]]) -> Iterator[Asked]:
    kept = orjson.loads(decision)
    why = kept.get("handed_over", "")
    left = kept["match"].get("left", ())
    if not (left or kept["match"]["zh"].startswith(why)):
        return  # called for another reason, whatever was asked
    bodies = [orjson.loads(row["body"]) for row in rows]
    texts = [text for body in bodies if (text := str(body.get("text", "")).strip())]
    at, channel = moment(rows[0]["received_at"]), str(bodies[0].get("channel", ""))
    for text in left or filter(None, ["\n".join(texts)]):
        yield Asked(text=text, at=at, channel=channel)
