"""Turns a customer's words into an example of a script, without anything personal."""

import re
from collections.abc import Iterable

LEAST = 2  # characters of a name; a shorter one occurs in too many words
# An order, a parcel, an identity card, a phone with or without hyphens; 2024 and 尾号1234 stay.
_NUMBER = re.compile(
    r"(?:\+?86[ -]?)?1[3-9]\d[ -]?\d{4}[ -]?\d{4}(?!\d)|(?:0\d{2,3}[ -])?\d{6,}[Xx]?"
)
_ADDRESS = re.compile(
    r"https?://[!-~]+|(?<![A-Za-z0-9._+-])[A-Za-z0-9._+-]++(?:@[A-Za-z0-9._+-]++)+"
)


def numberless(text: str) -> str:
    """`text` on one line, without long numbers, links and mail addresses, which never tell what is
    asked."""
    return " ".join(_NUMBER.sub(" ", _ADDRESS.sub(" ", text)).split())


def impersonal(text: str, names: Iterable[str]) -> str:
    """`text` as `numberless` makes it, also without these names of whoever wrote it."""
    for name in names:
        if len(name) >= LEAST:
            text = text.replace(name, " ")
    return numberless(text)
