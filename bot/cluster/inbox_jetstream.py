"""The inbox of several machines: a stream of NATS JetStream, with one subject for each share.

A share is read by the one process that has it, through a consumer made at that moment, which
begins with the oldest unsettled event: so order is kept whoever takes over. An event is
acknowledged when its outcome is committed. If another process settled it but its acknowledgement
was lost, the table shows that, and it is not handled again.

What the sender files with the end of a message (`write_of`) is first committed to the table and
then published; a sweep publishes what a crash has left there. Nothing depends on its order.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence, Set
from contextlib import suppress
from dataclasses import dataclass

import orjson
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.errors import Error
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy, Header
from nats.js.errors import NotFoundError

from bot.clock import Clock
from bot.cluster.shares import Shares
from bot.errors import NotKept
from bot.events import Event
from bot.inbox import event_of, event_row
from bot.repeats import Repeats
from bot.store.journal import Journal, Row, Write
from bot.store.sql import given
from bot.store.statements import SETTLED, STRANDED

log = logging.getLogger(__name__)

ACK_WAIT_S = 600.0  # of the one process that reads; who takes a share over waits for nothing
ROOM = 1_000  # events of one share in memory
STRANDED_S = 20.0  # in the table and still not settled: perhaps it was never published
AT_ONCE = 500
STALE_S = 0.2
QUIET_S = 10.0
PUBLISH_S = 4.0  # WeCom waits for 5
LEAVE_S = 5.0  # for what is in hand when a share is given up
FIELDS = ("id", "kind", "conversation", "body", "received_at")


@dataclass(slots=True)
class Held:
    event: Event
    row: Row
    share: int
    reply: str  # where to acknowledge


class JetStreamInbox:
    """
    Args:
        stream: its name, and the beginning of its subjects.
        rested: called with each event that is settled, or belongs to another.
        anew: makes the stream.

    Attributes:
        elsewhere: called when another process has settled what is read here: it may have said
            something that it no longer sends.
    """

    def __init__(
        self, client: Client, stream: str, shares: Shares, journal: Journal, clock: Clock,
        *, rested: Callable[[Event], None], anew: Callable[[], Awaitable[None]],
    ) -> None:  # fmt: skip
        self._client, self._stream, self._shares = client, stream, shares
        self._streams: JetStreamContext = client.jetstream()
        self._journal, self._clock, self._rested = journal, clock, rested
        self._anew = anew
        self.elsewhere: Callable[[], None] = lambda: None
        self._held: dict[str, Held] = {}
        self._ready: list[Event] = []
        self._news = asyncio.Event()
        self.unkept, self._repeats, self._told = "", Repeats(clock, QUIET_S), False
        self._refused: Sequence[Row] = ()  # what was not kept last
        self._readers: dict[int, tuple[str, Subscription]] = {}  # share → consumer
        self._to_publish: asyncio.Queue[Row] = asyncio.Queue()
        self._to_acknowledge: asyncio.Queue[str] = asyncio.Queue()

    @property
    def trouble(self) -> str:
        """The stream keeps what comes even while nothing can be written to the database."""
        return "" if self._client.is_connected else "NATS is away"

    @property
    def stalled(self) -> str:
        return self._shares.trouble

    @property
    def differs(self) -> str:
        return self._shares.differs

    async def put(self, events: Sequence[Event]) -> list[bool]:
        """On return, each is on the stream's disks.

        Raises:
            NotKept: the stream cannot be reached.
        """
        now = self._clock.timestamp()
        rows = [event_row(event, now) for event in events]
        try:
            kept = await self._publish(rows)
        except (Error, TimeoutError) as error:
            self.unkept, self._refused = f"NATS keeps nothing: {type(error).__name__}", rows
            if self._repeats.due(type(error).__name__):  # once, not for each of thousands
                self._told = True
                extra = {"action": "inbox.put"}
                log.error("events are not kept: %s. A cluster that elects a leader is back within "
                          "seconds; else, is NATS there, and is there room on its disk? One that "
                          "was full wants a restart",
                          type(error).__name__, extra=extra)  # fmt: skip
            raise NotKept("the stream cannot be reached") from error
        self.unkept = ""
        return kept

    async def file(self, events: Sequence[Event], write: Write) -> None:
        """Publish first: if interrupted in between, all is done again, and the stream knows the
        events. If it committed first, later events of the conversation could overtake these."""
        await self.put(events)
        await self._journal.write(write)

    def write_of(self, events: Sequence[Event]) -> Write:
        now = self._clock.timestamp()
        rows = [event_row(event, now) for event in events]

        def committed(fresh: Set[str]) -> None:
            for row in rows:
                if row[0] in fresh:
                    self._to_publish.put_nowait(row)

        return Write(events=rows, then=committed)

    async def _publish(self, rows: Sequence[Row]) -> list[bool]:
        """Publish those of one conversation one after another: one that is not kept comes again,
        and a later one that was kept would be ahead of it."""
        places, kept = defaultdict[str, list[int]](list), [False] * len(rows)
        for place, row in enumerate(rows):
            places[row[2]].append(place)

        async def publish(share: int, its: Sequence[int]) -> None:
            for place in its:
                told = await self._streams.publish(
                    f"{self._stream}.{share}", orjson.dumps(rows[place]),
                    timeout=PUBLISH_S, headers={Header.MSG_ID.value: rows[place][0]},
                )  # fmt: skip
                kept[place] = not told.duplicate

        await asyncio.gather(
            *(publish(self._shares.share_of(name), its) for name, its in places.items())
        )
        return kept

    @property
    def open(self) -> int:
        """Events in our hands that are not settled."""
        return len(self._held) + self._to_publish.qsize()

    async def run(self) -> None:
        """Publish and acknowledge until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._relay())
            tasks.create_task(self._try_on())
            while True:
                await self._client.publish(await self._to_acknowledge.get(), b"+ACK")

    async def _relay(self) -> None:
        while True:
            rows = [await self._to_publish.get()]
            while len(rows) < AT_ONCE and not self._to_publish.empty():
                rows.append(self._to_publish.get_nowait())
            await self._publish_or_leave(rows)

    async def _try_on(self) -> None:
        while True:
            await self._clock.sleep(QUIET_S)
            await self.try_again()

    async def try_again(self) -> None:
        """Try again what the stream did not keep: a load balancer that goes by /healthz brings
        nothing more, so nobody else would notice that it works again. Whoever brought the events
        may bring them again; their ids are known."""
        if self.unkept:
            with suppress(Error, TimeoutError):
                await self._publish(self._refused)
                self.unkept = ""
        if self._told and not self.unkept:  # at each look, for it may go to and fro many times
            self._told = False
            log.warning("events are kept again", extra={"action": "inbox.put"})

    async def sweep(self) -> None:
        """Publish what was committed but perhaps never published; the stream knows the ids."""
        before = self._clock.timestamp() - STRANDED_S
        found = await self._journal.rows(STRANDED, before, AT_ONCE)
        await self._publish_or_leave([tuple(row[name] for name in FIELDS) for row in found])

    async def _publish_or_leave(self, rows: Sequence[Row]) -> None:
        try:
            await self._publish(rows)
        except (Error, TimeoutError) as error:  # the sweep finds them in the table
            extra = {"action": "inbox.publish", "events": len(rows)}
            log.warning("not published yet: %s", type(error).__name__, extra=extra)

    async def take(self) -> list[Event]:
        while True:
            await self._news.wait()
            self._news.clear()
            ready, self._ready = self._ready, []
            ids = given(event.id for event in ready)
            settled = {row["id"] for row in await self._journal.rows(SETTLED, ids)}
            self._settled_elsewhere(settled)
            here = [event for event in ready if event.id in self._held]
            taken, stale = list[Event](), list[Event]()
            for event in here:
                (taken if self._shares.owns(event.conversation) else stale).append(event)
            if taken:
                self._put_back(stale)
                return taken
            if stale:  # our lease was not renewed in time; it will be, or they are another's
                self._put_back(stale)
                await self._clock.sleep(STALE_S)

    def _put_back(self, events: list[Event]) -> None:
        if events:
            self._ready[:0] = events
            self._news.set()

    def done(self, ids: Sequence[str]) -> None:
        self._acknowledge(ids)

    def _acknowledge(self, ids: Collection[str]) -> None:
        for one in ids:
            if held := self._held.pop(one, None):
                self._to_acknowledge.put_nowait(held.reply)
                self._rested(held.event)

    def _settled_elsewhere(self, ids: Collection[str]) -> None:
        self._acknowledge(ids)
        if ids:
            self.elsewhere()

    # What bot/store/fence.py asks.

    def rows(self, ids: Collection[str]) -> Mapping[str, Row]:
        """The events that we are handling."""
        return {one: self._held[one].row for one in ids if one in self._held}

    def refused(self, ids: Collection[str], settled: Set[str]) -> None:
        """Their outcome was dropped because these are settled: handle the others again."""
        self._settled_elsewhere(settled)
        for one in ids:
            if one in self._held:
                self._rested(self._held[one].event)
                self._put_back([self._held[one].event])

    # Shares come and go.

    async def gained(self, share: int, epoch: int) -> bool:
        """Read a share from its oldest event on. False: the stream cannot be reached now."""
        try:
            try:
                await self._open(share, epoch)
            except NotFoundError:
                log.error("the stream is gone, with what nobody had taken from it yet; it is made "
                          "anew", extra={"action": "inbox.share"})  # fmt: skip
                await self._anew()
                await self._open(share, epoch)
        except (Error, TimeoutError) as error:
            extra = {"action": "inbox.share", "share": share}
            log.warning("a share cannot be read: %s", type(error).__name__, extra=extra)
            return False
        return True

    async def _open(self, share: int, epoch: int) -> None:
        for consumer in await self._streams.consumers_info(self._stream):
            if consumer.name.startswith(f"s{share}-"):
                with suppress(NotFoundError):
                    await self._streams.delete_consumer(self._stream, consumer.name)

        name, inbox = f"s{share}-{epoch}", self._client.new_inbox()

        async def arrived(message: Msg) -> None:
            if self._readers.get(share, ("",))[0] == name:  # else it is being closed
                self._arrived(share, message)

        reader = await self._client.subscribe(inbox, cb=arrived)
        self._readers[share] = (name, reader)
        await self._streams.add_consumer(
            self._stream,
            ConsumerConfig(
                durable_name=name, deliver_subject=inbox, deliver_policy=DeliverPolicy.ALL,
                filter_subject=f"{self._stream}.{share}", ack_policy=AckPolicy.EXPLICIT,
                ack_wait=ACK_WAIT_S, max_ack_pending=ROOM,
            ),
        )  # fmt: skip

    def _arrived(self, share: int, message: Msg) -> None:
        row = tuple(orjson.loads(message.data))
        if held := self._held.get(row[0]):
            held.reply = message.reply
            return
        event = event_of(dict(zip(FIELDS, row, strict=True)))
        self._held[event.id] = Held(event, row, share, message.reply)
        self._ready.append(event)
        self._news.set()

    async def leaving(self, shares: Collection[int]) -> None:
        """Stop reading these, and wait a moment for what is in hand."""
        await self._close(shares)
        with suppress(TimeoutError):
            async with asyncio.timeout(LEAVE_S):
                while any(held.share in shares for held in self._held.values()):
                    await self._clock.sleep(0.05)

    async def lost(self, shares: Collection[int]) -> None:
        """Another process handles these now: what is in hand here will be refused."""
        gone = [one for one, held in self._held.items() if held.share in shares]
        for one in gone:
            self._rested(self._held.pop(one).event)
        await self._close(shares)

    async def _close(self, shares: Collection[int]) -> None:
        """They stop being ours before we wait for anything: meanwhile they may be ours again."""
        readers = [self._readers.pop(share) for share in shares if share in self._readers]
        for name, subscription in readers:
            with suppress(Error, TimeoutError):  # another has deleted it, or the line is down
                await subscription.unsubscribe()
                await self._streams.delete_consumer(self._stream, name)
