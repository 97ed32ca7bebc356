"""Takes events from the inbox, finds their handler, commits what it decided.

Order is kept inside one conversation and nowhere else: conversations hash onto lanes, a lane
works one event at a time, many lanes run side by side. Welcomes have lanes of their own.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Iterable, Sequence, Set
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

from jinja2 import UndefinedError

from bot.blocking import AT_WORK, Interrupted
from bot.channels.tags import tags_of
from bot.channels.waking import wakes
from bot.clock import Clock, turn
from bot.context import Context
from bot.customers.customers import Customer, Customers
from bot.desk import Desk
from bot.errors import BotError, kind_of, where
from bot.events import (
    OF_MEMBERS,
    ArchiveConsented,
    Channel,
    ChatEntered,
    ComplaintDue,
    CustomerAdded,
    CustomerMissed,
    Event,
    InviteReady,
    MessageReceived,
    ReminderDue,
    ServiceNotified,
    SignalReceived,
    TouchDue,
)
from bot.fragments import Fragments
from bot.inbox import Inbox
from bot.menu import is_pick
from bot.outbox import Message
from bot.referral.wishes import wish_of
from bot.routing import Middleware, Next, Routes
from bot.scripts.decision import LAST_WORDS
from bot.sessions import Sessions, observe
from bot.settings import Kf
from bot.store.journal import Journal
from bot.store.touch.statements import TouchRows, merge
from bot.tagging.applying import asked_tags
from bot.touch.policy import Session
from bot.ways import channel_of, customer_of

log = logging.getLogger(__name__)

LANES = 32
HANDLER_S = 30.0  # a handler that takes longer holds up its lane
# SessionEntered keeps its place before the questions.
URGENT = (ArchiveConsented, CustomerAdded, ChatEntered)
ABOUT = (  # what the customer did not write just now
    TouchDue, ReminderDue, ComplaintDue, SignalReceived, InviteReady, CustomerMissed,
)  # fmt: skip
Work = tuple[Event, tuple[str, ...]]


class Dispatcher:
    """
    Args:
        send: gets the messages of an outcome once they are committed.
        pull: gets each notification of 微信客服, fetches the messages and settles the event.
    """

    def __init__(
        self,
        *,
        inbox: Inbox,
        journal: Journal,
        desk: Desk,
        routes: Routes,
        middlewares: Sequence[Middleware] = (),
        sessions: Sessions,
        customers: Customers,
        clock: Clock,
        send: Callable[[Sequence[Message]], None],
        pull: Callable[[ServiceNotified], None],
    ) -> None:
        self._inbox, self._journal, self._desk = inbox, journal, desk
        self._routes, self._outwards = routes, middlewares[::-1]
        self._sessions, self._customers, self._clock = sessions, customers, clock
        self._send, self._pull = send, pull
        settings = desk.settings
        self._window_s = settings.platform.kf_window_h * 3600
        self._stale = timedelta(seconds=settings.inbox.stale_after_s)
        self._late = timedelta(seconds=(settings.kf or Kf()).answer_within_s)
        self._fragments = Fragments(
            settings.fragments, settings.fragments_open_s, settings.fragments_max_s, clock,
            self._read, self._is_complete, self._to_lane,
        )  # fmt: skip
        self._lanes: list[asyncio.Queue[Work]] = [asyncio.Queue() for _ in range(2 * LANES)]
        self._loop = asyncio.get_running_loop()
        self._busy: dict[asyncio.Task[Any], float] = {}  # since when
        self._overdue: Counter[asyncio.Task[Any]] = Counter()  # how often interrupted

    @property
    def held(self) -> int:
        """Messages that wait for the rest of a question."""
        return self._fragments.held

    def begin_anew(self, theirs: Callable[[str], bool]) -> None:
        """Another process had these conversations until now: forget what we knew of them."""
        self._fragments.forget(theirs)
        self._sessions.read_anew(theirs)

    async def run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            for lane in self._lanes:
                tasks.create_task(self._work(lane))
            tasks.create_task(self._watch())
            while True:
                events = await self._inbox.take()
                await self._prepare(events)
                for event in events:
                    if isinstance(event, ServiceNotified):
                        self._pull(event)
                    else:
                        self._fragments.add(event, tasks)

    async def _prepare(self, events: Sequence[Event]) -> None:
        """Read what the handlers will need, once for all of them."""
        kf = [event for event in events if event.conversation.startswith("kf:")]
        if kf:
            await self._sessions.fetch(event.conversation for event in kf)
        about = [*kf, *(event for event in events if isinstance(event, ABOUT))]
        if about:
            await self._customers.fetch(customer_of(event) for event in about)

    def _read(self, text: str) -> Iterable[None]:
        return self._desk.edition.matcher.read(text)

    def _is_complete(self, event: MessageReceived) -> bool:
        """Whether the bot need not wait for more: the answer is sure, or a person's to give."""
        text = event.text.strip()
        if not text or is_pick(text):  # a picture, or a choice from the menu
            return True
        decision = self._desk.edition.matcher.decide(text)
        return decision.sure or decision.band in ("answer", "silent")

    def _to_lane(self, event: Event, ids: tuple[str, ...]) -> None:
        number = hash(event.conversation) % LANES
        if isinstance(event, URGENT):
            number += LANES
        self._lanes[number].put_nowait((event, ids))

    async def _work(self, lane: asyncio.Queue[Work]) -> None:
        me = asyncio.current_task()
        assert me is not None  # this is a coroutine
        while True:
            event, ids = await lane.get()
            self._busy[me] = self._clock.timestamp()
            await self.handle(event, ids)
            del self._busy[me]

    async def _watch(self) -> None:
        """Interrupt handlers that take too long. A timer for each event would cost more."""
        while True:
            await self._clock.sleep(HANDLER_S / 3)
            late = self._clock.timestamp() - HANDLER_S
            for task, since in self._busy.items():
                if since < late:
                    self._overdue[task] += 1
                    task.cancel()

    async def handle(self, event: Event, ids: tuple[str, ...]) -> None:
        """Let the handler of `event` decide, and commit what it decided.

        A handler is application code: its mistakes must harm neither the engine nor the customer,
        who gets a person instead.
        """
        in_service = channel_of(event) == "kf"
        session = self._sessions[event.conversation] if in_service else Session()
        changed = in_service and observe(event, session, self._window_s)
        self._customers.observe(event)
        before = replace(session) if in_service else session
        failed_at, me = "", asyncio.current_task(self._loop)
        for attempt in (self._decide, self._apologise, self._note_failure):
            context = self._context(event, session)
            if failed_at:
                context.explain(failed_at=failed_at)
            if changed:
                context.session_changed()
            try:
                AT_WORK[me] = context
                await attempt(event, context)
                del AT_WORK[me]
                self._commit(context, ids)
            except (Exception, asyncio.CancelledError) as error:
                AT_WORK.pop(me, None)
                self._end_if_cancelled()
                session.become(before)
                extra = {"action": "handle", "event": event.id, "at": where(error)}
                failed_at = failed_at or extra["at"]
                log.error("a handler failed: %s", _told(error), extra=extra)
            else:
                self._end_if_cancelled()
                return

    def _end_if_cancelled(self) -> None:
        """Called after every attempt of a handler, however it ended. Forgets the interruptions by
        `_watch`, and raises CancelledError only if the engine itself is told to end.

        A handler may have caught the exception, or have been cleaning up when it came, so the task
        is asked. A handler that awaited something cancelled raises CancelledError too: that is an
        ordinary mistake.
        """
        me = asyncio.current_task(self._loop)
        assert me is not None  # this is a coroutine
        for _ in range(self._overdue.pop(me, 0)):
            me.uncancel()
        if me.cancelling():
            raise asyncio.CancelledError
        self._busy[me] = self._clock.timestamp()

    def _context(self, event: Event, session: Session) -> Context:
        who = customer_of(event)
        if channel_of(event) in OF_MEMBERS:
            name = self._desk.names.of(who, who)
            customer = Customer(id=who, name=name)
        else:
            customer = self._customers[who]
        return Context(event, self._desk, self._clock.now(), session=session, customer=customer)

    async def _decide(self, event: Event, context: Context) -> None:
        if context.now - event.at > self._stale and not _awaits(event):
            context.keep_silent(f"older than {self._stale} when it was taken up")
            return
        asked = False

        async def proceed_to_handler() -> bool:
            nonlocal asked
            asked = True
            return await self._answer(event, context)

        proceed: Next = proceed_to_handler
        for middleware in self._outwards:
            proceed = partial(middleware, event, context, proceed)
        if not await proceed() and not asked:
            context.explain(stopped_by_middleware=True)

    async def _answer(self, event: Event, context: Context) -> bool:
        if isinstance(event, MessageReceived) and not context.staffed:
            for _ in self._read(event.text):
                await turn()
        if isinstance(event, MessageReceived) and self._is_late(event, context):
            await self._answer_late(event, context)
        elif isinstance(event, TouchDue) and not await self._is_still_due(event, context):
            pass  # and we say why
        elif (route := self._routes.find(event)) is None:
            kind = type(event).__name__
            context.keep_silent(f"no handler: @router.on({kind})")
            log.debug("nobody handles this: @router.on(%s)", kind, extra={"event": event.id})
        else:
            context.explain(handler=route.name)
            await route.handle(event, context)
        return True

    async def _is_still_due(self, event: TouchDue, context: Context) -> bool:
        """Whether its plan is still in force; if it waited long, the rules are asked once more."""
        ask = self._desk.ask_again
        if ask is None or (no := await ask(event)) is None:
            return True
        context.explain(refused=[{"script": event.script, "rule": no.rule, "zh": no.zh}])
        return False

    def _is_late(self, event: MessageReceived, context: Context) -> bool:
        """Whether a question waited so long that a bot must not answer as if it were fresh."""
        return event.channel is Channel.KF and context.now - event.at > self._late

    async def _answer_late(self, event: MessageReceived, context: Context) -> None:
        """Call a person, except for what needs no answer, such as thanks, however long it
        waited."""
        if context.staffed:
            context.leave_to_staff()
            return
        if event.text:
            decision = context.decide(event.text)
            context.consent.heed(decision.sounds, event.text)
            if decision.band == "silent":
                context.keep_silent(decision.reason_en, decision.reason_zh)
                return
            if LAST_WORDS.issuperset(decision.scripts) and decision.scripts:
                context.keep_silent("thanks or a goodbye of long ago", "道谢或道别，已过去很久")
                return
        minutes = int((context.now - event.at).total_seconds() // 60)
        waited = f"{minutes} 分钟" if minutes < 120 else f"{minutes // 60} 小时"
        await context.hand_over(f"客户的消息已等了 {waited}", question=event.text)

    async def _apologise(self, event: Event, context: Context) -> None:
        context.explain(failed=True)
        if isinstance(event, MessageReceived):
            if event.channel in (Channel.KF, Channel.CONTACT):  # what was kept of it is undone
                if context.consent.wish(event.text) == "out":
                    context.consent.opt_out(event.text)
                if context.consent.complains(event.text):
                    context.consent.brake("客户投诉", event.text)
            await context.hand_over("程序处理这条消息时出错", question=event.text)
        else:
            await self._note_failure(event, context)

    async def _note_failure(self, event: Event, context: Context) -> None:
        """The last resort: no script, no session, only the to-do."""
        context.explain(failed=True)
        member = getattr(event, "member", "")
        await context.remind(member, "程序出错，请同事联系这位客户", why="程序出错")

    def _asked(self, context: Context) -> TouchRows | None:
        """The tags that rules give for what a customer asked and was answered."""
        rules = self._desk.tag_book.tagging.rules
        if not (rules and isinstance(context.event, MessageReceived)):
            return None
        if channel_of(context.event) != Channel.KF:  # a member, or a group
            return None
        said = [message.script for message in context.messages]
        return asked_tags(rules, context.customer.id, said, context.now.timestamp())

    def _commit(self, context: Context, ids: tuple[str, ...]) -> None:
        write, messages, event = context.close(ids), context.messages, context.event
        for more in (
            tags_of(event, self._desk.channel_book), self._asked(context),
            wish_of(event, messages, self._desk.referral_book, context.facts.now.date()),
            wakes(event, self._desk.channel_book),
        ):  # fmt: skip
            if more:
                write.more = merge(write.more, more)
        if write.more:
            self._customers.heed(write.more)

        def committed(fresh: Set[str]) -> None:
            self._inbox.done(ids)
            if messages:
                self._send([message for message in messages if message.id in fresh])

        write.then = committed
        self._journal.post(write)


def _told(error: BaseException) -> str:
    """Our own errors name a cure, an undefined name says which; any other may quote somebody."""
    ours = type(error) in (BotError, Interrupted)
    if ours or isinstance(error.__cause__, UndefinedError):
        return str(error)
    late = f" (longer than {HANDLER_S:g} s?)" if isinstance(error, asyncio.CancelledError) else ""
    return f"{kind_of(error)}{late}"


def _awaits(event: Event) -> bool:
    """Whether somebody waits for an answer, however late: then a person is called."""
    if isinstance(event, MessageReceived):
        return event.channel is Channel.KF
    return isinstance(event, CustomerAdded)
