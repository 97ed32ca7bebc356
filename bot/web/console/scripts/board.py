"""Unanswered questions in clusters, kept until something changes."""

import asyncio
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from zoneinfo import ZoneInfo

from bot.scripts.edition import Edition
from bot.scripts.misses import Cluster, Miss, cluster, is_missed, offered
from bot.scripts.normalise import normalise
from bot.scripts.script import Facts
from bot.store.scripts.asked import Asked
from bot.store.scripts.unanswered import LONGEST

KEPT = 3  # boards: one for each span of days on the page
MOST = 3000  # questions, the newest
AT_ONCE = 100  # decided in one turn of the event loop
CANDIDATES = 4
PLAUSIBLE = 0.08  # a probability; less likely scripts are no help


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """One cluster, and what could be done about it."""

    cluster: Cluster
    channels: Mapping[str, int]  # channel → times
    candidates: Sequence[str]  # ids of scripts to which it may belong


@dataclass(slots=True, kw_only=True)
class Board:
    """What was found last, and from which questions and edition."""

    found: dict[int, Sequence[Topic]] = field(default_factory=dict)
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    def keep(self, key: int, topics: Sequence[Topic]) -> Sequence[Topic]:
        self.found[key] = topics
        while len(self.found) > KEPT:
            del self.found[next(iter(self.found))]
        return topics


def missed(
    asked: Sequence[Asked], edition: Edition, zone: ZoneInfo, aside: Collection[str]
) -> Callable[[], list[tuple[Asked, Miss]] | None]:
    """Questions that today's scripts do not answer either; each call looks at AT_ONCE of them, and
    returns None when there are no more."""
    left = iter(asked)
    matcher = edition.matcher

    def some() -> list[tuple[Asked, Miss]] | None:
        these = list(islice(left, AT_ONCE))
        found = []
        for one in these:
            if normalise(one.text)[:LONGEST] in aside:
                continue
            facts = Facts(channel=one.channel, now=one.at.astimezone(zone))
            decision = matcher.decide(one.text, facts=facts)
            if is_missed(decision):
                found.append((one, Miss(text=one.text, at=one.at, offered=offered(decision))))
        return found if these else None

    return some


def topics(found: Sequence[tuple[Asked, Miss]], edition: Edition) -> list[Topic]:
    """The biggest cluster first; for a thread."""
    library, matcher = edition.library, edition.matcher
    known = [example for script in library for example in script.examples]
    channels: dict[str, Counter[str]] = {}
    for asked, _ in found:
        channels.setdefault(asked.text, Counter())[asked.channel] += 1
    made = []
    for one in cluster([miss for _, miss in found], known):
        counted: Counter[str] = Counter()
        for text in one.questions:
            counted.update(channels.get(text, {}))
        near = [one.nearest] if one.nearest else []
        for example in one.examples[:2]:
            ranked = matcher.rank(example, CANDIDATES)
            near += [match.script_id for match in ranked if match.score >= PLAUSIBLE]
        candidates = [each for each in dict.fromkeys(near) if each in library][:CANDIDATES]
        made.append(Topic(cluster=one, channels=dict(counted), candidates=candidates))
    return made
