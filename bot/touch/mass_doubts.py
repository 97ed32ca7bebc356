"""Mass messages that WeCom may or may not have: left by a crash, or never made.

WeCom does not recognise a repeated add_msg_template. So each is marked before the call, and if
that was interrupted, WeCom's own list is read before anything is decided.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Any

import orjson

from bot.clock import Clock, moment
from bot.events import Event
from bot.members.userids import folded
from bot.store.models import EventState, MessageState
from bot.store.states import TaskState
from bot.store.touch.mass import MassTable, MassTask
from bot.touch.mass_event import event_id, mass_due
from bot.touch.mass_hours import MassHours
from bot.touch.mass_outcomes import (
    LEAVING,
    PAUSED,
    STOPPED,
    TOO_LATE,
    UNREACHABLE,
    MassOutcomes,
    not_created,
    not_said,
)
from bot.wecom.mass_messages import MassMessages

APPEARS_S = 120.0  # by then WeCom's list shows what was created
ASKEW_S = 300.0  # how far WeCom's clock may differ from ours


Put = Callable[[Sequence[Event]], Awaitable[object]]


class MassDoubts:
    def __init__(
        self,
        put: Put,
        wecom: MassMessages,
        table: MassTable,
        outcomes: MassOutcomes,
        hours: MassHours,
        clock: Clock,
    ) -> None:
        self._put, self._wecom, self._table = put, wecom, table
        self._outcomes, self._hours, self._clock = outcomes, hours, clock

    async def look_at(self, task: MassTask, now: float) -> None:
        """Look at a task that WeCom, as far as we know, does not have.

        Raises:
            WeComError: WeCom could not be asked.
        """
        message = await self._table.message(event_id(task.id))
        state = message and message["state"]
        if message and state == MessageState.DOUBTFUL:
            await self._resolve(task, message, now)
        elif message and state == MessageState.CLAIMED:
            return  # it is on its way
        elif await self._called_off(task, now):
            return
        elif message is None:  # it was only just formed, or its event was never filed
            own = await self._table.own_words(task)
            due = mass_due(
                plan=task.plan, slot=task.slot, member=task.member, chunk=task.chunk,
                script=task.script or "", own=own, at=self._clock.now(),
            )  # fmt: skip
            await self._put([due])
        elif state == MessageState.DEAD:
            why = not_created(message["note"] or "")
            await self._outcomes.end(task, TaskState.FAILED, why, now)
        elif state is None and message["event_state"] == EventState.DONE:
            decision = orjson.loads(message["decision"] or "{}")
            reasons = [one["zh"] for one in decision.get("refused", ())]
            why = not_said(reasons[0] if reasons else "没有可以发的话术")
            await self._outcomes.end(task, TaskState.FAILED, why, now)

    async def _resolve(self, task: MassTask, message: dict[str, Any], now: float) -> None:
        """Find out whether WeCom has the task, else send it again: never both."""
        if now - message["settled_at"] < APPEARS_S:
            return
        text = str(orjson.loads(message["body"])["text"])
        taken = await self._table.taken(task.id)
        wanted = {one for some in taken.values() for one in some}
        found = await self._find(task, text, message["created_at"], wanted)
        if found:
            msgid, at, reached = found
            closes_at = await self._hours.closes_at(task, now)
            await self._table.created(task.id, msgid, at, now, closes_at)
            await self._outcomes.settle(task, wanted - reached, UNREACHABLE, now)
            state, note = MessageState.SENT, "found at WeCom"
        elif why := await self._called_off(task, now):
            state, note = MessageState.DEAD, f"not at WeCom, and {why}"
        else:
            state, note = MessageState.WAITING, "not at WeCom: sent again"
        await self._table.resolved(message["id"], state, note, now)

    async def _called_off(self, task: MassTask, now: float) -> str:
        """Why the task is not to be made any more; "": it still is.

        If there is a reason, its touches are due again, or have ended, when this returns.
        """
        if task.leaving or task.paused:
            await self._outcomes.reopen(task, now, LEAVING if task.leaving else PAUSED)
            return "not to go out by this one"
        if task.stopped or task.late(now):
            how = STOPPED if task.stopped else TOO_LATE
            await self._outcomes.end(task, TaskState.FAILED, how, now)
            return "not wanted any more"
        return ""

    async def _find(
        self, task: MassTask, text: str, since: float, customers: set[str]
    ) -> tuple[str, float, set[str]] | None:
        """The entry of WeCom's list that is this task: made since then, with this text, not known
        as another of ours, for this member and for one of these customers (or for groups).

        Returns:
            Its msgid, when it was made, and for whom.

        Raises:
            TryLater: WeCom is making mass messages just now.
        """
        start = moment(since - ASKEW_S)
        end = self._clock.now() + timedelta(seconds=ASKEW_S)
        listed = await self._wecom.listed(start, end, to_groups=task.receiver == "group")
        alike = {one.msgid: one for one in listed if one.text.strip() == text.strip()}
        for msgid in sorted(await self._table.unknown(alike)):
            confirmations = await self._wecom.confirmations(msgid)
            if {folded(one.member) for one in confirmations} != {folded(task.member)}:
                continue
            if task.receiver == "group":  # which ones is not told before they got it (doc 93338)
                return msgid, alike[msgid].created_at.timestamp(), customers
            reached = {one.customer for one in await self._wecom.outcomes(msgid, task.member)}
            if reached & customers:
                return msgid, alike[msgid].created_at.timestamp(), reached
        return None
