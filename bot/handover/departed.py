"""Finds members who were removed from WeCom's address book: no callback is sure to tell of it.

They are switched off, as on the page 人员, so that their to-dos go to their leader, or to whoever
is on duty.
"""

import logging
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from bot.clock import Clock
from bot.desk import Desk
from bot.errors import Refused
from bot.store.desk import audit, staff
from bot.store.desk.audit import Changed, Deed
from bot.store.sql import Database
from bot.wecom.app_details import see_member
from bot.wecom.client import WeComClient
from bot.wecom.patience import patiently

log = logging.getLogger(__name__)

WECOM, WHY = "企业微信", "通讯录里已经没有这个账号"  # for the page that shows who did what
UNKNOWN = 60111  # nobody has this userid; 60011 would be a member whom the app may not see


class Departed:
    def __init__(self, client: WeComClient, database: Database, desk: Desk, clock: Clock) -> None:
        self._client, self._database = client, database
        self._desk, self._clock = desk, clock

    async def sweep(self) -> None:
        """Of all who have something to do, switch off those whom WeCom no longer knows.

        If it knows none of them, nor of those on duty, we are asking about another company:
        nothing is done.
        """
        asked = sorted(await staff.with_todos(self._database))
        if not asked:
            return
        gone = [one for one in asked if not await self._is_there(one)]
        there = len(gone) < len(asked) or await self._anybody(self._desk.settings.duty.members)
        if not gone or not there:
            return
        for who in gone:
            await self._switch_off(who)
        await self._desk.refresh(self._database)
        for who in gone:
            heir = self._desk.heir(who)
            await staff.hand_on(self._database, who, heir)
            log.warning(
                "a member is not in WeCom any more: what they had to do goes to somebody else",
                extra={"action": "staff.departed", "member": who, "heir": heir},
            )

    async def _switch_off(self, who: str) -> None:
        known = await staff.find(self._database, who) or staff.newcomer(who)
        now = self._clock.timestamp()
        await staff.put(self._database, replace(known, active=False), now)
        changes = [Changed("active", "yes", "no")]
        deed = Deed(
            who=WECOM, act="staff.put", subject=known.id, why=WHY, details=known.name,
            changes=changes,
        )  # fmt: skip
        await audit.note(self._database, [deed], now)

    async def _anybody(self, members: Sequence[str]) -> bool:
        for one in members:
            if await self._is_there(one):
                return True
        return False

    async def _is_there(self, member: str) -> bool:
        try:
            await patiently(self._clock, partial(see_member, self._client, member))
        except Refused as error:
            return error.errcode != UNKNOWN
        return True
