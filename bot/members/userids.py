"""Userids of members. WeCom does not mind their case, and tells some in lower case: a file, a
table and a callback may each spell one otherwise."""

from collections.abc import Iterable
from itertools import chain
from unicodedata import normalize


def folded(userid: str) -> str:
    """The same for every spelling of one member: for the keys of a mapping."""
    return half_width(userid).casefold()


def half_width(userid: str) -> str:
    """As WeCom has it: a Chinese keyboard may write ｌｉｍｉｎｇ."""
    return userid if userid.isascii() else normalize("NFKC", userid)


def same(one: str, other: str) -> bool:
    return folded(one) == folded(other)


def among(userid: str, some: Iterable[str]) -> bool:
    return folded(userid) in map(folded, some)


def each(*some: Iterable[str]) -> list[str]:
    """Every member once, as the first of them spells it."""
    known: dict[str, str] = {}
    for one in chain(*some):
        known.setdefault(folded(one), one)
    return [*known.values()]
