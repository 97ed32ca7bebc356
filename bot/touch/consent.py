"""Whether a customer says that they want no more unasked messages, or want them again. Pure.

The words are in [manners] of config/touch.toml.
"""

from typing import Literal

from bot.scripts.normalise import plain
from bot.touch.rules import Manners

Wish = Literal["out", "in", ""]
_EDGES = ".。!！,，~～?？、"


def wish_in(text: str, manners: Manners) -> Wish:
    """What `text` asks for, "out" or "in"; "" = neither."""
    if wants_no_more(text, manners):
        return "out"
    return "in" if wants_again(text, manners) else ""


def wants_no_more(text: str, manners: Manners) -> bool:
    """Whether a customer asks us to stop writing unasked.

    A word of Latin letters (TD) has to be the whole message.
    """
    said = _bare(text)
    if said in manners.opt_out:
        return True
    for phrase in manners.opt_out_unless:
        said = said.replace(phrase, "")
    return _names(said, manners.opt_out)


def wants_again(text: str, manners: Manners) -> bool:
    """Whether they take that back."""
    said = _bare(text)
    if said in manners.opt_in:
        return True
    return not any(word in said for word in manners.opt_in_unless) and _names(said, manners.opt_in)


def _bare(text: str) -> str:
    return "".join(plain(text).split()).strip(_EDGES)


def _names(said: str, words: tuple[str, ...]) -> bool:
    return any(word in said for word in words if not word.isascii())
