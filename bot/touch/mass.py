"""Mass messages (企业群发), done safely: one task at WeCom for each of ours, whatever happens.

A task is made for one member and up to 10,000 customers; the member confirms it in the client, or
does not. We ask again and again, at growing intervals, who has confirmed and what reached whom.
"""

import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.clock import Clock
from bot.errors import AlreadyDone, Refused, TryLater, WeComError
from bot.members.userids import same
from bot.store.journal import Journal
from bot.store.sql import Database
from bot.store.states import TaskState
from bot.store.touch.ledger import Periods
from bot.store.touch.mass import Ended, MassTable, MassTask
from bot.touch.mass_doubts import MassDoubts, Put
from bot.touch.mass_hours import MassHours, Opening
from bot.touch.mass_outcomes import (
    BEFORE,
    CLOSED,
    LEFT_OUT,
    PAUSED,
    STOPPED,
    UNCONFIRMED,
    UNREACHABLE,
    MassOutcomes,
)
from bot.wecom.mass_messages import MassMessages

log = logging.getLogger(__name__)

API = "externalcontact/add_msg_template"
NOBODY = 41048
SOON_S, LATE_S = 60.0, 3600.0  # between two looks at one task
AT_ONCE = 50  # tasks looked at in one sweep
ARRIVES_S = 86_400.0  # after its member confirmed: what is unsent by then was left out


@dataclass(frozen=True, slots=True, kw_only=True)
class Reminding:
    """When a member who has not confirmed is reminded."""

    most: int  # of one task (doc 97610 allows three in 24 hours)
    after_s: float  # since the task was made, and between reminders
    working: Callable[[datetime], bool]  # whether members work at that moment


class MassTasks:
    """
    Args:
        put: files events (Inbox.put).
        periods: those that hold a moment (Unix seconds), as caps count them.
        opening: the hours of those whom a task is for.
    """

    def __init__(
        self,
        *,
        put: Put,
        wecom: MassMessages,
        journal: Journal,
        database: Database,
        clock: Clock,
        periods: Callable[[float], Periods],
        opening: Opening,
        reminding: Reminding,
    ) -> None:
        self._wecom, self._clock, self._reminding = wecom, clock, reminding
        self._table = MassTable(database)
        self._put_off: dict[str, float] = {}  # tasks that WeCom put off, until when
        self._hours = MassHours(table=self._table, opening=opening)
        self._outcomes = MassOutcomes(journal, database, periods)
        self._doubts = MassDoubts(put, wecom, self._table, self._outcomes, self._hours, clock)

    async def create(self, task_id: str, body: Mapping[str, Any]) -> None:
        """Have WeCom make the task; its member is asked to confirm it.

        Raises:
            AlreadyDone: WeCom has it already; or its member hands over, and nobody is asked.
            Refused: nobody is left to send it to, or it is too late.
        """
        task, now = await self._table.task(task_id), self._clock.timestamp()
        if task is None or task.state is TaskState.FAILED:
            raise Refused(-2, "the task is no more", API)
        closes_at = await self._may_go_until(task, now)
        taken = await self._table.taken(task.id)
        for how in BEFORE:
            await self._outcomes.settle(task, taken.get(how.rule, ()), how, now)
        if not (customers := taken.get("", [])):
            raise Refused(-2, "nobody is left to send it to", API)
        try:
            to_groups = task.receiver == "group"
            made = await self._wecom.create(
                task.member, customers, dict(body), to_groups=to_groups
            )
        except Refused as error:
            if error.errcode == NOBODY:
                await self._outcomes.settle(task, customers, UNREACHABLE, now)
            raise
        await self._table.created(task.id, made.msgid, now, now, closes_at)
        await self._outcomes.settle(task, made.failed, UNREACHABLE, now)
        log.info(
            "a mass message waits for its member",
            extra={"action": "mass.created", "task": task.id, "member": task.member},
        )

    async def _may_go_until(self, task: MassTask, now: float) -> float | None:
        """When it is outside somebody's hours (Unix seconds); None: never.

        Raises:
            AlreadyDone, Refused: it goes out another time, or never; as `create` tells.
        """
        if task.state is not TaskState.FORMED:
            raise AlreadyDone(0, "WeCom has this task", API)
        if task.stopped:
            raise Refused(-2, "its plan was stopped", API)
        if task.leaving:
            await self._outcomes.reopen(task, now)
            raise AlreadyDone(0, "its member hands over: it goes out by somebody else", API)
        if task.paused:
            await self._outcomes.reopen(task, now, PAUSED)
            raise AlreadyDone(0, "its plan is paused: it goes out when that goes on", API)
        if task.late(now):
            raise Refused(-2, "its deadline is over, or nobody is left", API)
        closes_at = await self._hours.closes_at(task, now)
        if closes_at == now:
            await self._outcomes.reopen(task, now, CLOSED)
            raise AlreadyDone(0, "their hours are over: it goes out in the next", API)
        return closes_at

    async def poll(self) -> None:
        """Look at the tasks whose turn it is, the longest waiting first."""
        now = self._clock.timestamp()
        await self._table.doubt_no_more()
        again = [task for task, at in self._put_off.items() if at <= now]
        for task in await self._table.due(now, again, soon_s=SOON_S, late_s=LATE_S, most=AT_ONCE):
            await self._table.checked(task.id, now)
            self._put_off.pop(task.id, None)
            try:
                await self._look_at(task, now)
            except TryLater as error:  # being dispatched, or too often
                self._put_off[task.id] = now + error.after_s
                log.info("later", extra={"action": "mass", "task": task.id, "api": error.api})
            except WeComError as error:
                log.warning(
                    "a mass message could not be followed up",
                    extra={"action": "mass", "task": task.id, "errcode": error.errcode},
                )

    async def _look_at(self, task: MassTask, now: float) -> None:
        if task.state is TaskState.FORMED:
            await self._doubts.look_at(task, now)
        elif task.state is TaskState.CONFIRMED or await self._is_confirmed(task):
            await self._take_results(task, now)
        elif task.leaving:
            await self._withdraw(task, now)
        elif task.stopped:
            await self._give_up(task, STOPPED, now)
        elif task.late(now):
            await self._give_up(task, UNCONFIRMED, now)
        elif task.closed(now):
            await self._close(task, now)
        elif task.declined:
            if not await self._take_back(task, now):
                await self._outcomes.leave_out(task, now)
        elif self._reminds(task, now) and await self._table.reminded(task, now):
            await self._wecom.remind(task.msgid)

    async def _is_confirmed(self, task: MassTask) -> bool:
        for one in await self._wecom.confirmations(task.msgid):
            if same(one.member, task.member) and one.confirmed_at:
                await self._table.confirmed(task.id, one.confirmed_at.timestamp())
                return True
        return False

    def _reminds(self, task: MassTask, now: float) -> bool:
        since = task.reminded_at or task.created_at or now
        rested = now - since >= self._reminding.after_s
        wanted = rested or task.remind_at is not None
        open_for_it = wanted and task.reminders < self._reminding.most
        return open_for_it and self._reminding.working(self._clock.now())

    async def _take_results(self, task: MassTask, now: float) -> None:
        """Settle what WeCom has reported; the rest after a day in which it could arrive."""
        outcomes = await self._wecom.outcomes(task.msgid, task.member)
        await self._outcomes.take(task, outcomes, now)
        since = task.confirmed_at or now
        if now - since >= ARRIVES_S or not await self._table.left(task.id):
            await self._outcomes.end(task, TaskState.ENDED, LEFT_OUT, now)

    async def _withdraw(self, task: MassTask, now: float) -> None:
        """Withdraw a task whose member hands over: what they have not confirmed goes out through
        somebody else."""
        if not await self._take_back(task, now):
            await self._outcomes.reopen(task, now)

    async def _close(self, task: MassTask, now: float) -> None:
        """End a task whose hours are over: no customer gets it at night because its member
        confirms it at night."""
        if await self._hours.open_again(task, now):
            if not await self._take_back(task, now):
                await self._outcomes.reopen(task, now, CLOSED)
        else:
            await self._give_up(task, UNCONFIRMED, now)

    async def _give_up(self, task: MassTask, how: Ended, now: float) -> None:
        """Withdraw what nobody has confirmed in time."""
        if not await self._take_back(task, now):
            await self._outcomes.end(task, TaskState.FAILED, how, now)

    async def _take_back(self, task: MassTask, now: float) -> bool:
        """Withdraw a task. Returns whether its member confirmed it at that very moment: some of it
        may be on its way."""
        with suppress(AlreadyDone):
            await self._wecom.cancel(task.msgid)
        confirmed = await self._is_confirmed(task)
        if confirmed:
            await self._take_results(task, now)
        return confirmed
