"""Complaints about figures that scripts promise differently: 满 99 包邮 here, 满 88 there."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from bot.errors import Complaint
from bot.scripts.checks.conditions import overlap
from bot.scripts.checks.figures import SPAN, Figure, one_form, plain, span_of
from bot.scripts.checks.subject import Subject, Text, complaint
from bot.scripts.checks.topics import (
    FIGURES,
    NEUTRAL,
    NO_NOUN,
    NO_PROMISE,
    NOT_YET,
    PRICE,
    PRICED,
    SPANS,
    SPECIAL,
    Topic,
)

_SENTENCE = re.compile(r"[。!?;\n]+|\.(?!\d)")
_CLAUSE = re.compile(r"[,、:()「」【】→]")
_NOT_LETTERS = re.compile(r"[\W\d_]+")
_NO_MODEL = re.compile(r"[\W_]+")  # digits stay: A3 and A5 are two things
# Characters: how near to a span its topic is, how far around a figure its clause is looked for.
_NEAR, _FAR = 24, 120

_Found = re.Match[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    topic: str
    of: frozenset[str]  # for what and whom; empty: everything, everybody
    figure: Figure | tuple[str, ...]
    words: str
    at_home: bool  # the script's title names the topic


def check_promises(subject: Subject) -> Iterator[Complaint]:
    made: dict[tuple[str, frozenset[str]], list[tuple[Text, Promise]]] = defaultdict(list)
    for text in subject.texts:
        for promise in promises(text.text, text.script.title):
            made[promise.topic, promise.of].append((text, promise))
    for group in made.values():
        yield from _differing(group)


def _differing(group: list[tuple[Text, Promise]]) -> Iterator[Complaint]:
    """Complain about figures other than the most frequent one; of equally frequent ones, that of
    a script whose title names the topic is taken as right."""
    spread = Counter(promise.figure for _, promise in group)
    if len(spread) == 1:
        return
    text, held = max(group, key=lambda one: (spread[one[1].figure], one[1].at_home))
    for other, promise in group:
        if promise.figure != held.figure and _comparable(text, other):
            yield complaint(
                other.script,
                other.name,
                f"{promise.words!r} here, {held.words!r} in {text.script.id}: "
                f"{promise.topic} differs",
                "Say the same in both: keep the figure once in _shared.jinja",
            )


def _comparable(text: Text, other: Text) -> bool:
    """Whether two texts have to promise the same: one text may list two figures, and customers
    with other tags, or at other times, may be promised other ones."""
    one, two = text.script.when, other.script.when
    same_place = text.script is other.script and text.name == other.name
    return not same_place and set(one.tags) == set(two.tags) and overlap(one, two)


def promises(text: str, title: str) -> Iterator[Promise]:
    """Every promise in `text`, which a script with this title says."""
    named = plain(title)
    for sentence in _SENTENCE.split(plain(text)):
        taken: list[tuple[int, int]] = []
        for topic in FIGURES:
            for found in topic.pattern.finditer(sentence):
                if not _inside(found, taken):
                    taken.append(found.span())
                    figure = tuple(map(one_form, filter(None, found.groups())))
                    yield _promise(topic, sentence, found, figure, named)
        spans = [one for one in SPAN.finditer(sentence) if not _inside(one, taken)]
        yield from _spans(sentence, spans, named)
        yield from _prices(sentence, taken, named)


def _inside(found: _Found, taken: list[tuple[int, int]]) -> bool:
    return any(start < found.end() and found.start() < end for start, end in taken)


def _spans(sentence: str, spans: list[_Found], title: str) -> Iterator[Promise]:
    """Promises of a span of time, each of the topic named next after it, or last before it."""
    floors = [0, *(one.end() for one in spans)]
    ceilings = [*(one.start() for one in spans[1:]), len(sentence)]
    for found, floor, ceiling in zip(spans, floors, ceilings, strict=False):
        before = sentence[max(floor, found.start() - _NEAR) : found.start()]
        after = sentence[found.end() : min(ceiling, found.end() + _NEAR)]
        if NO_PROMISE.search(before) or NOT_YET.match(after):
            continue
        if topic := _first(after) or _last(before):
            yield _promise(topic, sentence, found, span_of(found), title)


def _first(after: str) -> Topic | None:
    places = [(found.start(), one) for one in SPANS if (found := one.pattern.search(after))]
    return min(places, key=lambda place: place[0])[1] if places else None


def _last(before: str) -> Topic | None:
    places = [(found.end(), one) for one in SPANS for found in one.pattern.finditer(before)]
    return max(places, key=lambda place: place[0])[1] if places else None


def _prices(sentence: str, taken: list[tuple[int, int]], title: str) -> Iterator[Promise]:
    """Prices, one a clause at most; none in a clause that has a figure in one of `taken`."""
    end = -1
    for clause in _CLAUSE.split(sentence):
        start, end = end + 1, end + 1 + len(clause)
        found = PRICE.match(clause)
        if not found or any(begin < end and start < stop for begin, stop in taken):
            continue
        noun = _NO_MODEL.sub("", NEUTRAL.sub("", PRICED.sub("", found["noun"])))
        if len(noun) < 2 or NO_NOUN.search(noun):
            continue
        asked = _bare(title, PRICED) if PRICED.search(title) else ""
        more = {asked} if asked and asked not in noun and noun not in asked else set()
        kind = f"{found['label'] or ''}{found['least'] or ''}"
        yield Promise(
            topic=f"价格 price {kind}".strip(),
            of=frozenset({noun, *more}),
            figure=(one_form(found[3]),),
            words=found[0],
            at_home=bool(PRICED.search(title)),
        )


def _promise(
    topic: Topic, sentence: str, found: _Found, figure: Figure | tuple[str, ...], title: str
) -> Promise:
    before = sentence[max(0, found.start() - _FAR) : found.start()]
    clause = _CLAUSE.split(before)[-1]
    at_home = bool(topic.words.search(title))
    rest = _CLAUSE.split(sentence[found.end() : found.end() + _FAR])[0]
    said = f"{before}{found[0]}{rest} {title if at_home else ''}"
    about = set(SPECIAL.findall(topic.words.sub("", said)))
    if topic.kinds:
        about.update(topic.kinds.findall(clause + found[0]))
    else:
        about.add(_bare(clause, topic.words))
        about.add(_bare(title, topic.words) if at_home else "")
    return Promise(
        topic=topic.name,
        of=frozenset(one for one in about if len(one) > 1),
        figure=figure,
        words=found[0] if topic in FIGURES else _clause_of(sentence, found),
        at_home=at_home,
    )


def _bare(text: str, topic: re.Pattern[str]) -> str:
    """The letters of `text` without the words of `topic`, SPECIAL and NEUTRAL: what it is of."""
    return _NOT_LETTERS.sub("", NEUTRAL.sub("", SPECIAL.sub("", topic.sub("", text))))


def _clause_of(sentence: str, found: _Found) -> str:
    before = _CLAUSE.split(sentence[max(0, found.start() - _FAR) : found.start()])[-1]
    after = _CLAUSE.split(sentence[found.end() : found.end() + _FAR])[0]
    return before + found[0] + after
