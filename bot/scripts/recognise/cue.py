"""The small language that cues are written in, and its translation into expressions.

    投诉            these characters; spaces and signs between them are gone by then
    (投|头)诉       one or the other; an empty choice makes it optional: 我(要|)投诉
    {you}           one of a named set
    …               up to eight characters of the same clause
    _  ^  $         a clause begins (in front) or ends here; the message begins; it ends
    ~               a space or none, between Latin letters
    *               at the end: the Latin word may go on; without it words match whole

Every repetition is bounded, so a message is read in time proportional to its length.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

GAP = 8  # characters
EDGES = ",?!"  # what folding leaves of punctuation
_WHOLE = "(?:(?<![a-z0-9])|(?![a-z0-9]))"  # not in the middle of a Latin word or a number
_HEADS = {"_": f"(?<=[{EDGES}])", "^": r"(?<=\A,)"}
_TAILS = {"$": rf"(?=[{EDGES}]*\Z)", "*": ""}
_PARTS = {
    "(": "(?:",
    ")": ")",
    "|": "|",
    "…": rf"[^{EDGES}]{{0,{GAP}}}?",
    "~": " ?",
    "_": f"(?=[{EDGES}])",
}
_LATIN = re.compile("[a-z0-9]")
_FOREIGN = re.compile(rf"[{EDGES}A-Z\s\\\[\].，。！？、%]")
_SET = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Cue:
    """One way of saying something, ready to be looked for."""

    pattern: re.Pattern[str]
    starts: frozenset[str]  # first two characters of all it matches; one, if the second is open


def compile_cue(source: str, sets: Mapping[str, str]) -> Cue:
    """Raises `ValueError`, with what is wrong."""
    said = _with_sets(source, sets)
    if foreign := _FOREIGN.search(said):
        raise ValueError(f"a folded message has no {foreign[0]!r}")
    head = said[0] if said[:1] in _HEADS else ""
    tail = said[-1] if said[-1:] in _TAILS else ""
    body = said[len(head) : len(said) - len(tail)]
    if "*" in body:
        raise ValueError("* stands only at the end")
    prefixes, end = _prefixes(body, 0)
    starts = frozenset(prefix.removesuffix("…") for prefix in prefixes)
    if "" in starts:
        raise ValueError("it may match nothing, or begin with anything")
    if end < len(body):
        raise ValueError("a bracket closes that never opened")
    expression = "".join(_PARTS.get(sign) or re.escape(sign) for sign in body)
    if _LATIN.search(body):
        expression = _WHOLE + expression + ("" if tail == "*" else _WHOLE)
    pattern = re.compile(_HEADS.get(head, "") + f"(?:{expression})" + _TAILS.get(tail, ""))
    return Cue(pattern, starts)


def _with_sets(source: str, sets: Mapping[str, str]) -> str:
    def choices(name: re.Match[str]) -> str:
        if name[1] not in sets:
            raise ValueError(f"there is no set {name[1]}")
        return f"({_with_sets(sets[name[1]], sets)})"

    return _SET.sub(choices, source)


def _prefixes(body: str, at: int) -> tuple[set[str], int]:
    """The first two characters of all that `body` matches from `at` on, and where it ends."""
    found: set[str] = set()
    here = {""}
    while at < len(body) and body[at] != ")":
        sign = body[at]
        at += 1
        if sign == "|":
            found |= here
            here = {""}
            continue
        following = {sign}
        if sign == "_":
            following = {""}
        elif sign == "~":
            following = {"", " "}
        elif sign == "(":
            following, at = _prefixes(body, at)
            if at == len(body):
                raise ValueError("a bracket never closes")
            at += 1
        here = {
            prefix if len(prefix) == 2 or "…" in prefix else (prefix + more)[:2]
            for prefix in here
            for more in following
        }
    return found | here, at
