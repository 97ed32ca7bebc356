"""Joins scripts that answer a text and scripts in which it occurs into one list to choose from."""

from collections.abc import Callable, Iterable, Sequence

from msgspec.structs import replace

from bot.scripts.decision import Hit, Match
from bot.scripts.search import is_unfinished

_LIKELY = 0.1  # a probability from which on a candidate is no accident
_STANDS = 0.8  # a hit scores so much if the whole text occurs as it is
_SEARCHED = 0.1  # the score of a match that is only a hit of 1.0


def join(
    text: str, asked: Sequence[Match], hits: Iterable[Hit], factor: Callable[[str], float]
) -> list[Match]:
    """The matches and hits for a text in one order.

    For a whole message, scripts that answer it come before those in which it only occurs. For a
    text that may be unfinished both scores count together, after the likeliest answer.

    Args:
        asked: the scripts that a matcher has found, the best first.
        hits: the scripts that the search has found, the best first.
        factor: by how much a script's score is multiplied (`Boosts`), by its id.
    """
    found = {hit.script_id: hit for hit in hits}
    unfinished = is_unfinished(text) or any(hit.score >= _STANDS for hit in found.values())
    matches = [replace(match, hit=found.pop(match.script_id, None)) for match in asked]
    rest = [_searched(hit) for hit in found.values()]

    def likely(match: Match) -> float:
        return match.score * factor(match.script_id)

    matches.sort(key=likely, reverse=True)
    if not unfinished:
        return [*matches, *rest]
    first = matches[:1] if matches and matches[0].score >= _LIKELY else []

    def worth(match: Match) -> float:
        stands = match.hit.score if match.hit else 0.0
        return (match.score + stands) * factor(match.script_id)

    return [*first, *sorted([*matches[len(first) :], *rest], key=worth, reverse=True)]


def _searched(hit: Hit) -> Match:
    score = _SEARCHED * hit.score
    return Match(script_id=hit.script_id, score=score, tier="search", example=hit.text, hit=hit)
