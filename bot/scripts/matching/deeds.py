"""What a customer says is done: 已申请退款, 退货寄出了. data/signs.toml has the words."""

import re

from bot.scripts.matching.hanzi import expression, signs

_SIGNS = signs()["deeds"]
_ACTS = _SIGNS["acts"]
_ACT = re.compile(f"(?:{'|'.join(f'({act})' for act in _ACTS)})(?!中)")  # 付款中 is a state
_ANY = f"(?:{'|'.join(_ACTS)})"
_DONE = expression(
    f"{_SIGNS['told']}|(?P<open>{_SIGNS['before']})?(?:{_SIGNS['done']})".replace("ACT", _ANY)
)
_BESIDES = expression(_SIGNS["besides"].replace("ACT", _ANY))
_SOUGHT = re.compile(_SIGNS["sought"].replace("ACT", _ANY))
_PAST = re.compile(r"[了已过后完的被]|成功|好\W*$")  # what is done has one of them


def acts_in(text: str) -> int:
    """Which acts it speaks of, as bits."""
    acts = 0
    for found in _ACT.finditer(text):
        acts |= 1 << (found.lastindex or 0)
    return acts


def done_in(text: str) -> tuple[int, int]:
    """Which acts are done, and which it then asks for; none if it asks about something else."""
    done = sought = 0
    if _PAST.search(text) and not _BESIDES.search(text):
        for found in _DONE.finditer(text):
            if not found["open"]:
                done |= acts_in(found[0])
        for found in _SOUGHT.finditer(text) if done else ():
            sought |= acts_in(found[0])
    return done, sought
