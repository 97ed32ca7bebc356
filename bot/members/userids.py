"""Userids of members. WeCom does not mind their case, and tells some in lower case: a file, a
table and a callback may each spell one otherwise."""

from collections.abc import Iterable


def folded(userid: str) -> str:
    """The same for every spelling of one member: for the keys of a mapping."""
    return userid.casefold()


def same(one: str, other: str) -> bool:
    return folded(one) == folded(other)


def among(userid: str, some: Iterable[str]) -> bool:
    return folded(userid) in map(folded, some)
