"""Complaints about a question or keyword entry that two scripts claim at the same time."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, starmap

from bot.errors import Complaint
from bot.scripts.checks.conditions import covers, rivals
from bot.scripts.checks.subject import Subject, complaint
from bot.scripts.checks.wording import canonical
from bot.scripts.normalise import fold, normalise
from bot.scripts.script import Script

_CURE = "Keep it in one of them, or tell them apart by when"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Claim:
    script: Script
    name: str  # its key in the script: "ask[0]"
    text: str


def check_collisions(subject: Subject) -> Iterator[Complaint]:
    asked = [
        _Claim(script=script, name=f"ask[{number}]", text=example)
        for script in subject.scripts
        for number, example in enumerate(script.examples)
        if normalise(example)
    ]
    keyed = [
        _Claim(script=script, name=f"keywords[{number}]", text=" ".join(entry))
        for script in subject.scripts
        for number, entry in enumerate(script.keywords)
    ]
    same = dict(_pairs(asked, lambda claim: normalise(claim.text)))
    shared = defaultdict[tuple[str, str], list[tuple[_Claim, _Claim]]](list)
    for claim, other in _pairs(keyed, lambda claim: frozenset(map(fold, claim.text.split()))):
        shared[claim.script.id, other.script.id].append((claim, other))
    for claim, other in same.items():
        problem = f"{other.script.id} has the same question {_both(claim, other)}"
        if pairs := shared.pop((claim.script.id, other.script.id), None):  # of one script, once
            problem += f", and the same keywords {', '.join(starmap(_both, pairs))}"
        yield _told(claim, problem, _CURE)
    for claim, other in _pairs(asked, lambda claim: canonical(claim.text)):
        if claim not in same:
            problem = f"{other.script.id} asks the same in other words: {_both(claim, other)}"
            yield _told(claim, problem, _CURE)
    for claim, other in chain.from_iterable(shared.values()):
        problem = f"{other.script.id} has the same keywords {_both(claim, other)}"
        yield _told(claim, problem, "Keep them in one of them, or add a word")
    yield from _check_taken(asked, keyed)
    yield from _check_counter(subject)
    yield from _check_shadowed(subject)


def _pairs(
    claims: list[_Claim], key: Callable[[_Claim], Hashable]
) -> Iterator[tuple[_Claim, _Claim]]:
    """Each claim with the first earlier one of the same key by a rival of its script."""
    known: dict[Hashable, list[_Claim]] = defaultdict(list)
    for claim in claims:
        earlier = known[key(claim)]
        for other in earlier:
            if other.script is not claim.script and rivals(other.script.when, claim.script.when):
                yield claim, other
                break
        earlier.append(claim)


def _both(claim: _Claim, other: _Claim) -> str:
    texts = dict.fromkeys((claim.text, other.text))
    return " and ".join(map(repr, texts))


def _told(claim: _Claim, problem: str, cure: str) -> Complaint:
    return complaint(claim.script, claim.name, problem, cure)


def _check_taken(asked: list[_Claim], keyed: list[_Claim]) -> Iterator[Complaint]:
    """Complain about keyword entries that are a whole question of another script."""
    questions: dict[str, list[_Claim]] = defaultdict(list)
    for claim in asked:
        questions[normalise(claim.text)].append(claim)
    for claim in keyed:
        found = questions.get(fold(claim.text), [])
        if any(other.script is claim.script for other in found):
            continue  # its own question, too: told as a collision of questions
        for other in found:
            if rivals(other.script.when, claim.script.when):
                problem = f"{claim.text!r} is a whole question of {other.script.id}"
                yield _told(claim, problem, "Add a word to the keywords, or move the question")
                break


def _check_counter(subject: Subject) -> Iterator[Complaint]:
    """Complain about questions that a script has in `ask` and, in any wording, in `not_for`."""
    for script in subject.scripts:
        own = set(map(canonical, script.examples)) if script.not_for else ()
        for number, text in enumerate(script.not_for):
            if canonical(text) in own:
                problem = f"{text!r} is among its questions too"
                yield complaint(script, f"not_for[{number}]", problem, "Keep it in one of them")


def _check_shadowed(subject: Subject) -> Iterator[Complaint]:
    """Complain about scripts without keywords that can never be the answer.

    Each of their questions belongs to a heavier script, too, which may be said whenever they may.
    """
    owners: Mapping[str, list[Script]] = defaultdict(list)
    for script in subject.scripts:
        for text in dict.fromkeys(map(normalise, script.examples)):
            owners[text].append(script)
    for script in subject.scripts:
        taken = [
            next((one for one in owners[text] if _beats(one, script, subject)), None)
            for text in dict.fromkeys(map(normalise, script.examples))
        ]
        winners = dict.fromkeys(one.id for one in taken if one)
        if script.keywords or not taken or not all(taken):
            continue
        yield complaint(
            script,
            "ask",
            f"can never win: {', '.join(winners)} takes all its questions whenever it may speak",
            "Give it questions of its own, narrow the other's when, or take it out",
        )


def _beats(one: Script, other: Script, subject: Subject) -> bool:
    """Whether `one` is said instead of `other` for a question of both, whenever `other` may be.

    Two scripts of equal weight are no case for this: `_pairs` finds them.
    """
    heavier = one.when.weight > other.when.weight
    return heavier and covers(one.when, other.when, subject.today)
