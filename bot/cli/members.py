"""Userids that somebody types: corrected to our spelling, with a warning if unknown."""

from bot.cli.plain import warn
from bot.cli.records import ask_store
from bot.errors import Complaint
from bot.members.userids import folded
from bot.settings import Settings
from bot.store.database import opened
from bot.store.desk import staff

UNKNOWN = "nobody here has heard of this member"
CURE = "Is it the 账号 that 通讯录 shows? That of a new colleague may be right"


def as_spelled(settings: Settings, *typed: str) -> list[str]:
    """WeCom ignores the case of a userid, our tables do not. An unknown one gets a warning and is
    taken as it is: it may be a new colleague's."""
    seen = ask_store(settings, lambda: staff.seen(opened()))
    some = (*settings.duty.members, *settings.members, *sorted(seen))
    known = {folded(one): one for one in some}
    warn(Complaint(one, "*", UNKNOWN, CURE) for one in typed if folded(one) not in known)
    return [one if one in seen else known.get(folded(one), one) for one in typed]


def one_as_spelled(settings: Settings, typed: str) -> str:
    """The same for an optional one: "" if it is left out."""
    return as_spelled(settings, typed)[0] if typed else ""
