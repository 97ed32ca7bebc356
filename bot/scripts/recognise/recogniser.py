"""Evidence for each kind, added up; and small talk, which must fill the whole message."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from bot.scripts.recognise.cue import EDGES
from bot.scripts.recognise.cues import ASKING, Certainty, Cues, Group, read_cues
from bot.scripts.recognise.text import FACE, fold, is_wordless

SURE, LIKELY = 1.0, 0.6  # sums of evidence
LONGEST_SMALL_TALK = 40  # characters
_TILE_RANK = ("particle", "address", "acknowledgement", "greeting", "thanks", "bye")


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


@dataclass(frozen=True, slots=True)
class _Hit:
    start: int
    end: int
    group: Group


def recognise(text: str) -> Recognised | None:
    """Whether `text` is not ours to answer, and of what kind; None is the ordinary case."""
    cues = _cues()
    folded = fold(text)
    if is_wordless(folded):
        return _told(cues, "acknowledgement", (FACE,), "unless_matched")
    said = folded.replace(FACE, "") if FACE in folded else folded
    if small_talk := _small_talk(cues, said):
        return small_talk
    likely: Recognised | None = None
    weighed = _weigh(list(_hits(cues, said)), said)
    for kind in cues.kinds:
        total, evidence = weighed.get(kind, (0.0, ()))
        if total >= SURE and cues.kinds[kind].surest == "sure":
            return _told(cues, kind, evidence, "sure")
        if total >= LIKELY and likely is None:
            likely = _told(cues, kind, evidence, "unless_matched")
    return likely


@cache
def _cues() -> Cues:
    return read_cues()


def _told(cues: Cues, name: str, evidence: tuple[str, ...], certainty: Certainty) -> Recognised:
    kind = cues.kinds[name]
    shown = "、".join(evidence)
    return Recognised(
        kind=name,
        evidence=evidence,
        certainty=certainty,
        zh=f"{kind.zh}：{shown}",
        en=f"{kind.en}: {', '.join(evidence)}",
    )


def _hits(cues: Cues, said: str) -> Iterator[_Hit]:
    index = cues.index
    for at in range(1, len(said) - 1):
        for start in (said[at : at + 2], said[at]):
            for cue, group in index.get(start, ()):
                if match := cue.pattern.match(said, at):
                    yield _Hit(at, match.end(), group)


def _weigh(hits: list[_Hit], said: str) -> dict[str, tuple[float, tuple[str, ...]]]:
    """Per kind the sum over its groups, and what was said."""
    if not hits:
        return {}
    harmless = [hit for hit in hits if hit.group.unless]
    meant = [hit for hit in hits if not any(_begins_in(hit, other) for other in harmless)]
    asking = {_clause(said, hit.start) for hit in meant if hit.group.kind == ASKING}
    best: dict[tuple[str, str], tuple[float, _Hit]] = {}
    for hit in meant:
        group = hit.group
        if group.kind == ASKING:
            continue
        end = _clause(said, hit.start)
        weight = group.asked if said[end] == "?" or end in asking else group.weight
        key = (group.kind, group.name)
        if key not in best or weight > best[key][0]:
            best[key] = (weight, hit)
    sums: dict[str, tuple[float, tuple[str, ...]]] = {}
    for (kind, _), (weight, hit) in best.items():
        total, evidence = sums.get(kind, (0.0, ()))
        if weight > 0:
            evidence = (*evidence, said[hit.start : hit.end])
        sums[kind] = (total + weight, evidence)
    return sums


def _begins_in(hit: _Hit, other: _Hit) -> bool:
    same = hit.group.kind == other.group.kind
    return same and other.start <= hit.start < other.end


def _clause(said: str, at: int) -> int:
    """Where the clause ends that holds `at`."""
    return min(end for edge in EDGES if (end := said.find(edge, at)) >= 0)


def _small_talk(cues: Cues, said: str) -> Recognised | None:
    """Small talk if its words, in any order, fill the whole message."""
    if len(said) > LONGEST_SMALL_TALK:
        return None
    ranks: dict[int, int] = {0: -1}  # how far the words reach → the highest rank among them
    for at in range(len(said)):
        rank = ranks.pop(at, None)
        if rank is None:
            continue
        if said[at] in EDGES or said[at] == " ":
            ranks[at + 1] = max(rank, ranks.get(at + 1, -1))
            continue
        for end in range(at + 1, min(len(said), at + cues.longest_tile) + 1):
            if name := cues.tiles.get(said[at:end]):
                ranks[end] = max(rank, _TILE_RANK.index(name), ranks.get(end, -1))
    rank = ranks.get(len(said), -1)
    if rank < 1:
        return None
    kind = "greeting" if _TILE_RANK[rank] == "address" else _TILE_RANK[rank]
    return _told(cues, kind, (said.strip(EDGES),), "unless_matched")
