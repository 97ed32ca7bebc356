"""Corrects typed userids to the spelling that our tables have, and warns of unknown ones."""

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
    """The typed userids in the spelling of our tables: WeCom ignores the case, our tables do not.

    An unknown one is kept as it is, with a warning on stderr: it may be a new colleague's.
    """
    seen = ask_store(settings, lambda: staff.seen(opened()))
    some = (*settings.duty.members, *settings.members, *sorted(seen))
    known = {folded(one): one for one in some}
    warn(Complaint(one, "*", UNKNOWN, CURE) for one in typed if folded(one) not in known)
    return [one if one in seen else known.get(folded(one), one) for one in typed]


def one_as_spelled(settings: Settings, typed: str) -> str:
    """The same for a single userid that may be left out: "" stays ""."""
    return as_spelled(settings, typed)[0] if typed else ""
