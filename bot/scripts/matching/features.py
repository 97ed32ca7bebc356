"""A message beside a candidate, as numbers. NAMES and NONE_NAMES say what each one is."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from math import log

from rapidfuzz import fuzz
from rapidfuzz.distance import Hamming, LCSseq

from bot.scripts.matching.index import Index, Measured, Profile, Wanted
from bot.scripts.matching.terms import FAMILIES

_RATIO = 3 * len(FAMILIES)  # place of the first value of rapidfuzz
_SMALL = 48  # scripts; the model has seen no library with fewer
_COMPARED = 3  # examples of one script that are compared closely
_PHRASED = FAMILIES.index("phrased")
NAMES = (
    # the nearest example: likeness, how much of the message it covers, and the other way round
    *(f"{what}_{family}" for family in FAMILIES for what in ("like", "of_text", "of_example")),
    *("ratio", "part", "sound"),  # rapidfuzz
    # the best of any example
    *(f"best_{what}_{family}" for family in FAMILIES for what in ("like", "of_example")),
    *("best_ratio", "best_sound", "second", "mean", "alike"),
    # the script as a whole
    *(f"{what}_{family}" for family in FAMILIES for what in ("centre", "covered")),
    *("subject", "subject_mass", "elsewhere_mass", "of_subject", "core", "reply"),
    # signs by which questions with the same words differ
    *(
        "negated",
        "refused",
        "opposite",
        "swapped",
        "crossed",
        "asked",
        "asked_other",
        "asked_never",
    ),
    *("fails_only_here", "fails_only_there", "how_fails", "number", "latin"),
    *("length", "longer", "examples", "exact", "keyword"),
    # how far behind the best candidate
    *(f"behind_like_{family}" for family in FAMILIES),
    *("behind_centre_worded", "behind_centre_sounded", "behind_centre_phrased"),
    "behind_centre_hinted",
    *("behind_covered_worded", "behind_covered_phrased"),
    "behind_covered_hinted",
    *("behind_ratio", "behind_sound", "behind_alike", "behind_subject", "behind_subject_mass"),
    *("behind_core", "behind_of_subject"),
)
_PLACE = {name: place for place, name in enumerate(NAMES)}
_NOTHING = [0.0] * (_RATIO + 3)
_BEST = (
    *(3 * family + at for family in range(len(FAMILIES)) for at in (0, 2)), _RATIO, _RATIO + 2
)  # fmt: skip
_BEHIND = tuple(
    (_PLACE[name], _PLACE[name.removeprefix("behind_")])
    for name in NAMES
    if name.startswith("behind_")
)
NONE_NAMES = (  # of the message itself: what speaks for none of the candidates
    *("unknown_typed", "unknown_worded", "unknown_phrased"),
    *("unknown_sign_typed", "unknown_sign_worded", "unknown_sign_phrased"),
    *("size", "tiny", "short", "library", "asks_nothing", "lead", "top", "most_covered"),
)


def compare(
    index: Index, wanted: Wanted, numbers: Sequence[int], keywords: Mapping[int, float]
) -> list[tuple[list[float], str]]:
    """A row of NAMES for each of the candidates, and its nearest example."""
    compared = [_row(index, wanted, index.profile(n), keywords.get(n, 0.0)) for n in numbers]
    for behind, name in _BEHIND:
        most = max([row[name] for row, _ in compared], default=0.0)
        for row, _ in compared:
            row[behind] = row[name] - most
    return compared


def _row(
    index: Index, wanted: Wanted, profile: Profile, keyword: float
) -> tuple[list[float], str]:
    compared = [_nearness(wanted, one) for one in _chosen(profile, wanted.sets[1])]
    if len(compared) > 1:
        compared.sort(key=_alike, reverse=True)
    alike, nearest, example = compared[0] if compared else (0.0, _NOTHING, wanted)
    row = list(nearest)
    row += _best_of([one[1] for one in compared]) if len(compared) > 1 else _best(nearest)
    row.append(compared[1][0] if len(compared) > 1 else 0.6 * alike)
    row.append(sum([one[0] for one in compared]) / (len(compared) or 1))
    row.append(alike)
    row += _whole(wanted, profile, nearest)
    row += _subject(index, wanted, profile, example)
    row += _differences(wanted, profile, example)
    longer = log((wanted.utterance.length + 1) / (example.utterance.length + 1))
    row += [
        abs(longer),
        max(0.0, longer),
        log(len(profile.examples) or 1),
        float(bool(compared) and wanted.utterance.text == example.utterance.text),
        keyword,
    ]
    row += [0.0] * len(_BEHIND)
    return row, example.utterance.source if compared else ""


def _alike(compared: tuple[float, list[float], Measured]) -> float:
    return compared[0]


def _best(nearest: Sequence[float]) -> list[float]:
    return [nearest[place] for place in _BEST]


def _best_of(rows: Sequence[Sequence[float]]) -> list[float]:
    return [max([row[place] for row in rows]) for place in _BEST]


def _chosen(profile: Profile, worded: frozenset[str]) -> Sequence[Measured]:
    """The examples worth a closer look."""
    if len(profile.examples) <= _COMPARED:
        return profile.examples
    shared = [
        (len(worded.intersection(example.terms[1])) / (len(example.terms[1]) + 6), -place)
        for place, example in enumerate(profile.examples)
    ]
    return [profile.examples[-place] for _, place in sorted(shared, reverse=True)[:_COMPARED]]


def _nearness(wanted: Wanted, example: Measured) -> tuple[float, list[float], Measured]:
    """How near one example is, as one number and in detail."""
    row: list[float] = []
    each = zip(
        wanted.sets, wanted.weighed, wanted.lengths, wanted.sums,
        example.terms, example.lengths, example.sums, strict=True,
    )  # fmt: skip
    for terms, weighed, length, whole, others, other_length, other_whole in each:
        common = [weighed[term] for term in terms.intersection(others)]
        if not common:
            row += (0.0, 0.0, 0.0)
            continue
        total = sum(common)
        square = sum([one * one for one in common])
        row += (square / (length * other_length), total / whole, total / other_whole)
    mine, theirs = wanted.utterance, example.utterance
    ratio = fuzz.ratio(mine.text, theirs.text) / 100
    short = len(mine.text) < 2 or len(theirs.text) < 2
    part = 0.0 if short else fuzz.partial_ratio(mine.text, theirs.text) / 100
    sound = LCSseq.normalized_similarity(mine.sounds, theirs.sounds)
    row += (ratio, part, sound)
    alike = (row[0] + row[3] + row[6] + ratio + sound + (row[4] + row[5]) / 2) / 6
    return alike, row, example


def _whole(wanted: Wanted, profile: Profile, nearest: Sequence[float]) -> list[float]:
    """Beside the script as a whole: per family, likeness and how much of the message it covers."""
    if not profile.centres:
        return [nearest[3 * family + at] for family in range(len(FAMILIES)) for at in (0, 1)]
    found: list[float] = []
    for family, centre in enumerate(profile.centres):
        weighed = wanted.weighed[family]
        common = centre.keys() & wanted.sets[family]
        dot = sum([centre[term] * weighed[term] for term in common])
        found.append(dot / (profile.lengths[family] * wanted.lengths[family]))
        found.append(sum([weighed[term] for term in common]) / wanted.sums[family])
    return found


def _subject(index: Index, wanted: Wanted, profile: Profile, example: Measured) -> list[float]:
    """What both are about, apart from the frame of the question."""
    weights = index.weights[_PHRASED]
    centre = profile.centres[_PHRASED] if profile.centres else example.terms[_PHRASED]
    hit = elsewhere = replied = 0.0
    for token in wanted.content:
        weight = weights[token]
        if token in centre:
            hit += weight
        else:
            if weights.knows(token):
                elsewhere += weight
            if token in profile.reply:
                replied += weight
    tokens = frozenset(wanted.utterance.tokens)
    told = sum([weights[token] for token in example.content if token in tokens])
    core = profile.core
    return [
        hit / wanted.content_sum,
        min(3.0, hit / 8),
        min(2.0, elsewhere / 8),
        told / example.content_sum,
        sum([core[t] for t in tokens if t in core]) / (sum(core.values()) or 1e-9),
        replied / wanted.content_sum,
    ]


def _differences(wanted: Wanted, profile: Profile, example: Measured) -> list[float]:
    mine, theirs = wanted.utterance.marks, example.utterance.marks
    asked = mine.asked
    fails = "fail" in asked
    return [
        float(mine.negated != theirs.negated),
        float(mine.refused != theirs.refused),
        float(any((number, not side) in theirs.sides for number, side in mine.sides)),
        _swapped(wanted.utterance.sounds, example.utterance.sounds),
        _crossed(wanted, example),
        _share(asked, theirs.asked),
        float(bool(asked) and bool(theirs.asked) and not asked & theirs.asked),
        1.0 - max((_share(asked, other) for other in profile.asked), default=0.0),
        float(fails and not any("fail" in other for other in profile.asked)),
        float(not fails and bool(profile.asked) and all("fail" in o for o in profile.asked)),
        float("how" in asked and not fails and "fail" in theirs.asked),
        float(bool(mine.numbers | theirs.numbers) and not mine.numbers & theirs.numbers),
        float(bool(mine.latin ^ theirs.latin) and not mine.latin & theirs.latin),
    ]


def _share(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / len(one | other) if one or other else 0.0


def _swapped(mine: str, theirs: str) -> float:
    """One or two sounds stand for others and all else is the same: 有没有大码, 有没有小码."""
    if len(mine) != len(theirs) or len(mine) < 4:
        return 0.0
    return float(1 <= Hamming.distance(mine, theirs) <= 2)


def _crossed(wanted: Wanted, example: Measured) -> float:
    """How many of the common tokens stand the other way round: 银行转证券, 证券转银行."""
    places = {token: place for place, token in enumerate(example.utterance.tokens)}
    order = [places[t] for t in dict.fromkeys(wanted.utterance.tokens) if t in places]
    if len(order) < 2:
        return 0.0
    return sum(left > right for left, right in pairwise(order)) / (len(order) - 1)


def none_of(index: Index, wanted: Wanted, rows: Sequence[Sequence[float]]) -> list[float]:
    """NONE_NAMES."""
    values: list[float] = []
    signs: list[float] = []
    for family in (0, 1, 3):
        weights = index.weights[family]
        unknown = sign_unknown = sign_sum = 0.0
        for term in wanted.terms[family]:
            weight, known = weights[term], weights.knows(term)
            if not known:
                unknown += weight
            if " " not in term:
                sign_sum += weight
                if not known:
                    sign_unknown += weight
        values.append(unknown / wanted.sums[family])
        signs.append(sign_unknown / (sign_sum or 1e-9))
    alike = [row[_PLACE["alike"]] for row in rows]
    ranked = sorted([*alike, 0.0, 0.0], reverse=True)
    length = wanted.utterance.length
    return [
        *values,
        *signs,
        log(length + 1),
        float(length <= 2),
        float(length <= 4),
        log(max(_SMALL, len(index.entries))),
        float(not wanted.utterance.marks.asked),
        ranked[0] - ranked[1],
        ranked[0],
        max((row[_PLACE["covered_worded"]] for row in rows), default=0.0),
    ]
