"""A message compared with a candidate, as numbers. NAMES and NONE_NAMES say what each one is."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import pairwise
from math import log
from operator import itemgetter

from rapidfuzz import fuzz
from rapidfuzz.distance import Hamming, LCSseq

from bot.scripts.matching.index import Index, Measured, Profile, Wanted
from bot.scripts.matching.terms import FAMILIES, HINTED, SOUNDED, TYPED
from bot.scripts.matching.weights import summed

_SMALL = 48  # scripts; the model has seen no library with fewer
_COMPARED = 3  # examples of one script that are compared closely
# How alike the first candidate is → the share of its score that another must have.
_CLEAR = ((0.6, 0.7), (0.4, 0.5))
_VERY_CLEAR = _CLEAR[0][1]
NAMES = (
    # the nearest example: likeness, how much of the message it covers; the last two by rapidfuzz
    *("like_typed", "of_text_typed", "like_hinted", "of_text_hinted", "ratio", "sound"),
    *("second", "mean", "alike"),  # how near the second one is, all of them, the nearest
    # the script as a whole
    *(f"{what}_{family}" for family in FAMILIES for what in ("centre", "covered")),
    *("subject", "subject_mass", "elsewhere_mass", "core", "reply"),
    # signs by which questions with the same words differ
    *("negated", "refused", "done", "opposite", "swapped", "crossed"),
    *("asked", "asked_other", "asked_never", "number", "latin"),
    *("longer", "examples", "keyword"),
)
_PLACE = {name: place for place, name in enumerate(NAMES)}
_ALIKE = _PLACE["alike"]
# The most that any candidate has: one behind the best is less likely.
_MOST = tuple(
    name
    for name in NAMES
    if name.startswith(("like_", "centre_", "covered_", "subject"))
    or name in ("ratio", "sound", "alike", "core")
)
_most_of = itemgetter(*[_PLACE[name] for name in _MOST])
NONE_NAMES = (  # of the message itself: what speaks against all candidates
    *("unknown_typed", "unknown_sign", "unknown_token", "unknown_hinted"),
    *("size", "tiny", "short", "library", "asks_nothing", "lead"),
    *(f"most_{name}" for name in _MOST),
)
_Nearness = tuple[float, Measured, float, float, float, float, float, float]


def compare(
    index: Index, wanted: Wanted, candidates: Mapping[int, float], keywords: Mapping[int, float]
) -> list[tuple[int, list[float], str]]:
    """Number, row of NAMES and nearest example of those candidates that come near the first.

    Args:
        candidates: see Index.candidates.
        keywords: what those strengths are that fired; these are all compared, unless they hold
            little of the message and the first holds nearly all.
    """
    found: list[tuple[int, list[float], str]] = []
    floor = 0.0
    for number, share in candidates.items():
        if share >= floor or number in keywords:
            row, example = _row(wanted, index.profile(number), keywords.get(number, 0.0))
            if not found:
                floor = next((least for alike, least in _CLEAR if row[_ALIKE] >= alike), 0.0)
            found.append((number, row, example))
    for number, strength in keywords.items():
        if number not in candidates and floor < _VERY_CLEAR:
            found.append((number, *_row(wanted, index.profile(number), strength)))
    return found


def _row(wanted: Wanted, profile: Profile, keyword: float) -> tuple[list[float], str]:
    compared = [_nearness(wanted, one) for one in _chosen(profile, wanted.typed)]
    if len(compared) > 1:
        compared.sort(key=_alike, reverse=True)
    elif not compared:
        return _without_example(wanted, profile, keyword), ""
    alike, example, *nearest = compared[0]
    many = len(compared)
    second = compared[1][0] if many > 1 else 0.6 * alike
    longer = log((wanted.utterance.length + 1) / (example.utterance.length + 1))
    row = [
        *nearest,
        second,
        summed([one[0] for one in compared]) / many,
        alike,
        *(_whole(wanted, profile) if profile.centres else _alone(wanted, example, nearest)),
        *_subject(wanted, profile),
        *_differences(wanted, profile, example),
        max(0.0, longer),
        log(len(profile.examples)),
        keyword,
    ]
    return row, example.utterance.source


def _alike(compared: _Nearness) -> float:
    return compared[0]


def _without_example(wanted: Wanted, profile: Profile, keyword: float) -> list[float]:
    """The row of a script that was found only by its keywords or its title."""
    row = [0.0] * len(NAMES)
    row[_WHOLE : _SUBJECT + 5] = (
        *(_whole(wanted, profile) if profile.centres else [0.0] * 2 * len(FAMILIES)),
        *_subject(wanted, profile),
    )
    row[-1] = keyword
    return row


_WHOLE, _SUBJECT = _PLACE["centre_typed"], _PLACE["subject"]


def _chosen(profile: Profile, typed: frozenset[str]) -> Sequence[Measured]:
    """The examples worth a closer look."""
    if len(profile.examples) <= _COMPARED:
        return profile.examples
    shared = [
        (len(typed.intersection(terms)) / (len(terms) + 6), -place)
        for place, terms in enumerate([one.utterance.families[TYPED] for one in profile.examples])
    ]
    shared.sort(reverse=True)
    return [profile.examples[-place] for _, place in shared[:_COMPARED]]


def _nearness(wanted: Wanted, example: Measured) -> _Nearness:
    """How near one example is, as one number and in detail."""
    like_typed, of_text_typed = _likeness(wanted, example, TYPED)
    like_hinted, of_text_hinted = _likeness(wanted, example, HINTED)
    mine, theirs = wanted.utterance, example.utterance
    ratio = fuzz.ratio(mine.text, theirs.text) / 100
    sound = LCSseq.normalized_similarity(mine.sounds, theirs.sounds)
    alike = (2 * like_typed + of_text_typed + ratio + sound) / 5
    return alike, example, like_typed, of_text_typed, like_hinted, of_text_hinted, ratio, sound


def _likeness(wanted: Wanted, example: Measured, family: int) -> tuple[float, float]:
    """The cosine of both, and how much of the message the example covers."""
    weighed = wanted.weighed[family]
    dot = covered = 0.0
    for term in example.utterance.families[family]:
        if term in weighed:
            weight = weighed[term]
            dot += weight * weight
            covered += weight
    if not dot:
        return 0.0, 0.0
    return dot / (wanted.lengths[family] * example.lengths[family]), covered / wanted.sums[family]


def _whole(wanted: Wanted, profile: Profile) -> list[float]:
    """Compared with the whole script: per family, likeness and share of the message covered."""
    found: list[float] = []
    for weighed, length, whole, centre, other_length in zip(
        wanted.weighed, wanted.lengths, wanted.sums, profile.centres, profile.lengths, strict=True
    ):
        dot = covered = 0.0
        for term, weight in weighed.items():
            if term in centre:
                dot += weight * centre[term]
                covered += weight
        found += (dot / (length * other_length), covered / whole)
    return found


def _alone(wanted: Wanted, example: Measured, nearest: Sequence[float]) -> Sequence[float]:
    """The same of a script that is nothing but this question."""
    like_typed, of_text_typed, like_hinted, of_text_hinted, *_ = nearest
    sounded = _likeness(wanted, example, SOUNDED)
    return like_typed, of_text_typed, *sounded, like_hinted, of_text_hinted


def _subject(wanted: Wanted, profile: Profile) -> tuple[float, ...]:
    """What both are about, the frame of the question aside."""
    hit = elsewhere = replied = core = 0.0
    tokens, reply, said = profile.tokens, profile.reply, wanted.tokens
    for token, weight, known in wanted.content:
        if token in tokens:
            hit += weight
        else:
            if known:
                elsewhere += weight
            if token in reply:
                replied += weight
    for token, weight in profile.core.items():
        if token in said:
            core += weight
    whole = wanted.content_sum
    return (
        hit / whole,
        hit / 8 if hit < 24 else 3.0,
        elsewhere / 8 if elsewhere < 16 else 2.0,
        core / profile.core_sum,
        replied / whole,
    )


def _differences(wanted: Wanted, profile: Profile, example: Measured) -> tuple[float, ...]:
    mine, theirs = wanted.utterance.marks, example.utterance.marks
    asked, other = mine.asked, theirs.asked
    opposite = mine.sides and any((one, not side) in theirs.sides for one, side in mine.sides)
    return (
        1.0 if mine.negated != theirs.negated else 0.0,
        1.0 if mine.refused != theirs.refused else 0.0,
        1.0 if mine.done and mine.is_done(theirs) else 0.0,
        1.0 if opposite else 0.0,
        _swapped(wanted.utterance.sounds, example.utterance.sounds),
        _crossed(wanted, example),
        _share(asked, other),
        1.0 if asked and other and not asked & other else 0.0,
        _never(asked, profile.asked),
        _apart(mine.numbers, theirs.numbers),
        _apart(mine.latin, theirs.latin),
    )


def _share(one: int, other: int) -> float:
    """Of two sets of bits, how much of both is in both."""
    if one == other:
        return 1.0 if one else 0.0
    return (one & other).bit_count() / ((one | other).bit_count() or 1)


def _never(asked: int, ways: Collection[int]) -> float:
    """How unlike it is to the ways in which people ask for this script."""
    if not asked:
        return 1.0
    return 0.0 if asked in ways else 1.0 - max([_share(asked, one) for one in ways])


def _apart(mine: frozenset[str], theirs: frozenset[str]) -> float:
    """They have nothing in common, and are not both empty."""
    return 1.0 if (mine or theirs) and mine.isdisjoint(theirs) else 0.0


def _swapped(mine: str, theirs: str) -> float:
    """One or two sounds are replaced and all else is the same: 有没有大码, 有没有小码."""
    if len(mine) != len(theirs) or len(mine) < 4:
        return 0.0
    return float(1 <= Hamming.distance(mine, theirs) <= 2)


def _crossed(wanted: Wanted, example: Measured) -> float:
    """How many of the common tokens are in reverse order: 银行转证券, 证券转银行."""
    places = example.utterance.places
    order = [places[token] for token in wanted.tokens if token in places]
    if len(order) < 2:
        return 0.0
    return sum([left > right for left, right in pairwise(order)]) / (len(order) - 1)


def none_of(index: Index, wanted: Wanted, rows: Sequence[Sequence[float]]) -> list[float]:
    """NONE_NAMES."""
    weighed = wanted.weighed[TYPED]
    unknown = index.weights[TYPED].unknown(weighed)
    topics = wanted.weighed[HINTED]
    strange = index.weights[HINTED].unknown(topics)
    signs = [weight for term, weight in weighed.items() if " " not in term]
    alike = sorted([0.0, 0.0, *[row[_ALIKE] for row in rows]])
    length = wanted.utterance.length
    return [
        summed([weighed[term] for term in unknown]) / wanted.sums[TYPED],
        summed([weighed[term] for term in unknown if " " not in term]) / (summed(signs) or 1e-9),
        summed([weight for _, weight, known in wanted.content if not known]) / wanted.content_sum,
        summed([topics[topic] for topic in strange]) / wanted.sums[HINTED],
        log(length + 1),
        float(length <= 2),
        float(length <= 4),
        log(max(_SMALL, len(index.entries))),
        float(not wanted.utterance.marks.asked),
        alike[-1] - alike[-2],
        *_most(rows),
    ]


def _most(rows: Sequence[Sequence[float]]) -> Iterable[float]:
    """Of each feature of _MOST the highest value."""
    if len(rows) > 1:
        return map(max, *map(_most_of, rows))
    return _most_of(rows[0]) if rows else [0.0] * len(_MOST)
