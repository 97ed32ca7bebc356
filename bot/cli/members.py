"""Userids that somebody types: taken as they are spelled here, and told of where unknown."""

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
    """WeCom does not mind the case of a userid, our tables do. Of whom nothing was heard is told
    in a warning, and taken as it is: it may be a new colleague."""
    seen = ask_store(settings, lambda: staff.seen(opened()))
    some = (*settings.duty.members, *settings.members, *sorted(seen))
    known = {folded(one): one for one in some}
    warn(Complaint(one, "*", UNKNOWN, CURE) for one in typed if folded(one) not in known)
    return [one if one in seen else known.get(folded(one), one) for one in typed]


def one_as_spelled(settings: Settings, typed: str) -> str:
    """The same of an option that may be left out: then ""."""
    return as_spelled(settings, typed)[0] if typed else ""
