"""The small language that cues are written in.

    投诉            these characters; spaces and signs between them are gone by then
    (投|头)诉       one or the other; an empty choice makes it optional: 我(要|)投诉
    {you}           one of a named set
    …               up to ten characters of the same clause
    _  ^  $         a clause begins (in front) or ends here; the message begins; it ends
    ~               a space or none, between Latin letters
    *               at the end: the Latin word may go on; without it words match whole

Most cues say a few phrases and become just these. The others become expressions in which every
repetition is bounded, so a message is read in time proportional to its length.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from math import prod

GAP = 10  # characters
EDGES = ",?!"  # what folding leaves of punctuation
MOST_PHRASES = 200  # of one cue; beyond it becomes an expression

_WHOLE = "(?:(?<![a-z0-9])|(?![a-z0-9]))"  # not in the middle of a Latin word or a number
_HEADS = {"": "", "_": f"(?<=[{EDGES}])", "^": r"(?<=\A,)"}
_TAILS = {"": _WHOLE, "*": "", "$": f"{_WHOLE}(?=[{EDGES}]*\\Z)"}
_SIGNS = {"…": f"[^{EDGES}]{{0,{GAP}}}?", "~": " ?", "_": f"(?=[{EDGES}])"}
_SET = re.compile(r"\{(\w+)\}")
_FOREIGN = re.compile(rf"[{EDGES}A-Z\s\\\[\].，。！？、%*^$]")

_Sequence = list["str | _Choices"]
_Choices = list[_Sequence]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cue:
    """One way of saying something: phrases, or an expression where they would be too many."""

    head: str  # "", "_" or "^"
    phrases: tuple[str, ...]  # with "_" behind one that ends its clause
    tail: str  # "", "*" or "$"
    expression: str  # "" of phrases
    # first two characters of all that the expression matches; one, if the second is open
    starts: frozenset[str]


def read_cue(source: str, sets: Mapping[str, str]) -> Cue:
    """Raises `ValueError`, with what is wrong."""
    said = _SET.sub(partial(_choices_of, sets), source)
    head = said[0] if said[:1] in ("_", "^") else ""
    tail = said[-1] if said[-1:] in ("*", "$") else ""
    body = said[len(head) : len(said) - len(tail)]
    if foreign := _FOREIGN.search(body):
        raise ValueError(f"{foreign[0]!r} cannot stand there")
    choices = _parse(iter(body), nested=False)
    phrases: tuple[str, ...] = ()
    expression = ""
    starts = frozenset[str]()
    if tail == "$" or "…" in body or _count(choices) > MOST_PHRASES:
        expression = _HEADS[head] + _WHOLE + _expression(choices) + _TAILS[tail]
        starts = frozenset(start.strip("…") for start in _starts(choices))
    else:
        phrases = tuple(dict.fromkeys(_phrases(choices)))
        if any("_" in phrase[:-1] for phrase in phrases):
            raise ValueError("_ stands only where a clause begins or ends")
    if "" in starts or not all(phrase.strip("_") for phrase in phrases):
        raise ValueError("it may match nothing, or begin with anything")
    return Cue(head=head, phrases=phrases, tail=tail, expression=expression, starts=starts)


def _choices_of(sets: Mapping[str, str], name: re.Match[str]) -> str:
    if name[1] not in sets:
        raise ValueError(f"there is no set {name[1]}")
    return f"({sets[name[1]]})"


def _parse(signs: Iterator[str], *, nested: bool) -> _Choices:
    choices: _Choices = [[]]
    for sign in signs:
        if sign == "(":
            choices[-1].append(_parse(signs, nested=True))
        elif sign == "|":
            choices.append([])
        elif sign != ")":
            choices[-1].append(sign)
        elif nested:
            return choices
        else:
            raise ValueError("a bracket closes that never opened")
    if nested:
        raise ValueError("a bracket never closes")
    return choices


def _count(choices: _Choices) -> int:
    return sum(prod(map(_count_of, sequence)) for sequence in choices)


def _count_of(node: "str | _Choices") -> int:
    return _count(node) if isinstance(node, list) else 1 + (node == "~")


def _phrases(choices: _Choices) -> Iterator[str]:
    for sequence in choices:
        said = [""]
        for node in sequence:
            more = _spellings(node)
            said = [phrase + end for phrase in said for end in more]
        yield from said


def _spellings(node: "str | _Choices") -> list[str]:
    if isinstance(node, list):
        return list(_phrases(node))
    return ["", " "] if node == "~" else [node]


def _starts(choices: _Choices) -> set[str]:
    """The first two signs of all that may be said; "…" ends the known part."""
    found: set[str] = set()
    for sequence in choices:
        starts = {""}
        for node in sequence:
            short = {start for start in starts if len(start) < 2}
            if not short:
                break
            if isinstance(node, list):
                more = _starts(node)
            else:
                more = {"", " "} if node == "~" else {node.strip("_")}
            starts -= short
            starts |= {
                start if "…" in start else (start + end)[:2] for start in short for end in more
            }
        found |= starts
    return found


def _expression(choices: _Choices) -> str:
    sequences = ("".join(map(_expression_of, sequence)) for sequence in choices)
    return f"(?:{'|'.join(sequences)})"


def _expression_of(node: "str | _Choices") -> str:
    if isinstance(node, list):
        return _expression(node)
    return _SIGNS.get(node) or re.escape(node)
