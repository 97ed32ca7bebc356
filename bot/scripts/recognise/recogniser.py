"""Adds up the evidence for each kind; small talk has to fill the whole message."""

from dataclasses import dataclass
from typing import NamedTuple

from bot.scripts.recognise.cue import EDGES
from bot.scripts.recognise.cues import ASKING, Certainty, Cues, Group, all_cues
from bot.scripts.recognise.text import FACE, fold, is_wordless

SURE, LIKELY = 1.0, 0.6  # sums of evidence
LONGEST_SMALL_TALK = 40  # characters
_SMALL_TALK = ("particle", "address", "acknowledgement", "greeting", "thanks", "bye", "person")

_Weighed = dict[str, tuple[float, tuple[str, ...]]]  # kind → sum, what was said


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognised:
    """A message that no script should answer.

    `sure`: whatever the scripts say. `unless_matched`: only if no script is a very sure match.
    """

    kind: str
    evidence: tuple[str, ...]  # the pieces of the folded message that told it
    certainty: Certainty
    zh: str
    en: str


class _Hit(NamedTuple):
    start: int
    end: int
    group: Group


def recognise(text: str) -> Recognised | None:
    """Whether `text` is not ours to answer, and of what kind; None is the ordinary case."""
    cues = all_cues()
    folded = fold(text)
    if is_wordless(text, folded):
        return _told(cues, "acknowledgement", (text[:10].strip(),), "unless_matched")
    said = folded.replace(FACE, "") if FACE in folded else folded
    if small_talk := _small_talk(cues, said):
        return small_talk
    weighed = _weigh([_Hit(*heard) for heard in cues.heard(said)], said)
    if not weighed:
        return None
    for name, kind in cues.kinds.items():
        total, evidence = weighed.get(name, (0.0, ()))
        if total >= SURE and kind.surest == "sure":
            return _told(cues, name, evidence, "sure")
    for name in cues.kinds:
        total, evidence = weighed.get(name, (0.0, ()))
        if total >= LIKELY:
            return _told(cues, name, evidence, "unless_matched")
    return None


def _told(cues: Cues, name: str, evidence: tuple[str, ...], certainty: Certainty) -> Recognised:
    kind = cues.kinds[name]
    # Several groups may hear one piece, or a part of it: 服务太差, 太差.
    pieces = tuple(
        one
        for one in dict.fromkeys(evidence)
        if not any(one != other and one in other for other in evidence)
    )
    return Recognised(
        kind=name,
        evidence=pieces,
        certainty=certainty,
        zh=f"{kind.zh}：{'、'.join(pieces)}",
        en=f"{kind.en}: {', '.join(pieces)}",
    )


def _weigh(hits: list[_Hit], said: str) -> _Weighed:
    """For each kind, the sum over its groups, each counting with its heaviest cue."""
    if all(hit.group.support or hit.group.kind == ASKING for hit in hits):
        return {}
    harmless = {
        (hit.group.kind, at)
        for hit in hits
        if hit.group.unless
        for at in range(hit.start, hit.end)
    }
    meant = [hit for hit in hits if (hit.group.kind, hit.start) not in harmless]
    asking = {_clause_end(said, hit) for hit in meant if hit.group.kind == ASKING}
    questions = bool(asking) or "?" in said
    best: dict[Group, tuple[float, _Hit]] = {}
    for hit in meant:
        end = _clause_end(said, hit)
        asked = said[end] == "?" or end in asking
        group = hit.group
        weight = group.asked if asked else group.beside if questions else group.weight
        if weight > best.get(group, (0.0, hit))[0]:
            best[group] = (weight, hit)
    told = {group.kind for group in best if not group.support} - {ASKING}
    sums: _Weighed = {}
    for group, (weight, hit) in best.items():
        if group.kind in told:
            total, evidence = sums.get(group.kind, (0.0, ()))
            sums[group.kind] = (total + weight, (*evidence, said[hit.start : hit.end]))
    return sums


def _clause_end(said: str, hit: _Hit) -> int:
    return min(end for edge in EDGES if (end := said.find(edge, hit.start)) >= 0)


def _small_talk(cues: Cues, said: str) -> Recognised | None:
    """Small talk if its words, in any order, fill the whole message."""
    if len(said) > LONGEST_SMALL_TALK:
        return None
    ranks: dict[int, int] = {0: -1}  # how far the words reach → the highest rank among them
    for at, sign in enumerate(said):
        if not ranks:
            return None
        if at not in ranks:
            continue
        rank = ranks.pop(at)
        if sign in EDGES or sign == " ":
            ranks[at + 1] = max(rank, ranks.get(at + 1, -1))
            continue
        if sign not in cues.tile_starts:
            continue
        for end in range(at + 1, min(len(said), at + cues.longest_tile) + 1):
            if name := cues.tiles.get(said[at:end]):
                ranks[end] = max(rank, _SMALL_TALK.index(name), ranks.get(end, -1))
    rank = ranks.get(len(said), -1)
    if rank <= 0:
        return None
    kind = _SMALL_TALK[rank] if rank > 1 else "greeting"
    return _told(cues, kind, (said.strip(EDGES),), "unless_matched")
