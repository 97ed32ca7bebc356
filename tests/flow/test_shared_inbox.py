"""Shares, the stream and the fence: what several processes hold together, on real servers."""

import asyncio
from pathlib import Path

import pytest
from msgspec.structs import replace
from nats import connect
from nats.aio.client import Client

from benchmarks.machines import nats
from bot.app import background
from bot.clock import ManualClock, turn
from bot.cluster.cluster import Cluster
from bot.cluster.shares import Shares
from bot.customers.customers import Customers
from bot.doctor.line import State
from bot.doctor.store import look_at_stream
from bot.errors import ConfigError, NotKept, TryLater
from bot.outbox import Message, Speech, message_row, new_message
from bot.sending.gathering import Gathering
from bot.sending.sender import Sender
from bot.sessions import Sessions
from bot.settings import Inbox
from bot.store.database import open_database
from bot.store.journal import Journal, Write
from bot.store.shares import ShareTable
from bot.store.sql import Database
from bot.touch.platform import Platform
from bot.touch.policy import Via
from bot.wecom.delivery import Deliver
from tests.databases import fresh
from tests.engine import asked, workspace
from tests.machine import CLOCK, EXPIRE, FORGET, ground, machine

FULL = """
    CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS
        'BEGIN RAISE EXCEPTION ''No space left on device'' USING ERRCODE = ''53100''; END';
    CREATE TRIGGER fail BEFORE UPDATE ON message EXECUTE FUNCTION fail()"""
ROOM = "DROP FUNCTION fail() CASCADE"


async def test_a_stream_that_was_lost_is_made_anew(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """NATS came back without its disk: every callback got a 503 until a process began anew. And
    a balancer that asked /healthz brought nothing by which a process would have seen it."""
    async with ground(tmp_path) as (connection, settings):
        async with machine(connection, settings) as one:
            client = await connect(settings.inbox.url)
            await client.jetstream().delete_stream(settings.inbox.stream)
            await client.close()
            with pytest.raises(NotKept):
                await one.inbox.put([asked(1, "在吗", CLOCK)])
            assert one.inbox.unkept == "NATS keeps nothing: NoStreamResponseError"
            await one.inbox.try_again()
            assert one.inbox.unkept != ""
            await one.shares.renew()
            await one.shares.balance()
            await one.inbox.try_again()
            assert one.inbox.unkept == ""
            put = [asked(1, "在吗", CLOCK), asked(2, "在吗", CLOCK)]
            assert await one.inbox.put(put) == [False, True]
            assert [event.id for event in await one.take(2)] == [event.id for event in put]
            assert "it is made anew" in caplog.text
            assert caplog.text.count("events are kept again") == 1  # how long, nobody was told
            assert (one.inbox.trouble, one.inbox.unkept) == ("", "")
        assert one.inbox.trouble == "NATS is away"  # the balancer is told: no callback is kept


async def test_what_waited_and_was_dropped_by_hand_elsewhere_is_not_sent(tmp_path: Path) -> None:
    """It was taken for one that was just said, and the console showed it as dropped."""

    class Clock(ManualClock):
        async def sleep(self, seconds: float) -> None:
            await connection.execute_script(ROOM)

    async with open_database(fresh(str(tmp_path))) as connection:
        database, clock = Database(connection), Clock()
        cluster = Cluster(Client(), Inbox(), ShareTable(database, "me", 1), clock)
        journal = Journal(connection)
        cluster.inbox_of(journal, connection, Customers(journal, clock))

        async def nothing(*_: object) -> None:
            pass

        shares = cluster.shares
        shares.gained, shares.leaving, shares.lost = nothing, nothing, nothing
        await ShareTable(database, "", 1).lay_out()
        await ShareTable(database, "", 1).begin(anew=True)
        await shares.renew()
        await shares.balance()
        said = Speech(to="liming", account="", text="请联系客户")
        message = new_message(
            asked(1, "在吗", clock), 0, said, Via.STAFF_NOTICE, "todo", clock.timestamp()
        )
        row = message_row(message)
        async with background(journal.run):
            await journal.write(Write(messages=[row]))
            assert await cluster.admits(message)
            await clock.advance(6)
            await shares.renew()
            assert await cluster.admits(message)
            # It is waited for; the process ended, and what it was sending became doubtful.
            await connection.execute_script(FULL)
            assert await cluster.admits(replace(message, via=Via.APP_MESSAGE))
            await database.rows("UPDATE message SET state = 3 RETURNING id")
            assert not await cluster.admits(message)
        sender = Sender(
            journal=journal, inbox=cluster.inbox, sessions=Sessions(journal), clock=clock,
            limits=Platform(), ways={}, shared=cluster,
            gathering=Gathering(clock, names=str, span_s=lambda: 0.0),
        )  # fmt: skip
        sender.feed([replace(message, due_at=clock.timestamp() + 60)])
        assert sender.withdraw(message.id, "不发")
        await database.rows("UPDATE share SET owner = 'other' RETURNING number")
        await shares.renew()
        assert not sender.withdraw(message.id, "不发"), "the other one knows by the table alone"


async def test_who_takes_a_share_over_sends_nothing_before_what_waits_there(
    tmp_path: Path,
) -> None:
    async with open_database(fresh(str(tmp_path))) as connection:
        journal, clock, sent = Journal(connection), ManualClock(), list[str]()
        table = ShareTable(Database(connection), "", 1)
        await table.lay_out()
        await table.begin(anew=True)

        async def nothing(*_: object) -> None:
            pass

        def side(name: str, deliver: Deliver) -> tuple[Shares, Sender]:
            cluster = Cluster(Client(), Inbox(), ShareTable(Database(connection), name, 1), clock)
            cluster.inbox_of(journal, connection, Customers(journal, clock))
            sender = Sender(
                journal=journal, inbox=cluster.inbox, sessions=Sessions(journal), clock=clock,
                limits=Platform(), ways={Via.STAFF_NOTICE: deliver}, shared=cluster,
                gathering=Gathering(clock, names=str, span_s=lambda: 0.0),
            )  # fmt: skip

            async def gained(*_: object) -> None:
                await sender.sweep()

            cluster.shares.gained, cluster.shares.leaving = gained, nothing
            cluster.shares.lost = nothing
            return cluster.shares, sender

        async def refuse(message: Message) -> None:
            raise TryLater(45009, "", "message/send", after_s=60)

        async def deliver(message: Message) -> None:
            sent.append(message.id)

        said, now = Speech(to="liming", account="", text="请联系客户"), clock.timestamp()
        first, second, other = [
            new_message(asked(1, "在吗", clock, customer=customer), 0, said, Via.STAFF_NOTICE,
                        "todo", now, name)
            for name, customer in (("first", "wm1"), ("second", "wm1"), ("other", "wm2"))
        ]  # fmt: skip
        shares, sender = side("one", refuse)
        await shares.renew()
        await shares.balance()
        async with asyncio.timeout(60), background(journal.run):
            async with background(sender.run):
                await journal.write(Write(messages=[message_row(first)]))
                sender.feed([first])
                while not sender.postponed:
                    await turn()
                await journal.write(Write(messages=[message_row(second)]))
                sender.feed([second])
            await journal.write(Write(messages=[message_row(other)]))  # never told of
            await journal.drain()
            await Database(connection).rows(EXPIRE)
            await Database(connection).rows(FORGET)
            shares, sender = side("two", deliver)
            await shares.renew()
            async with background(sender.run):
                await shares.balance()
                while not sent:
                    await turn()
                assert sent == ["other"]
                await clock.advance(61)
                await shares.renew()
                await clock.advance(1)
                while len(sent) < 3:
                    await turn()
                assert sent == ["other", "first", "second"]
                late = replace(other, id="late", event_id="late")
                await journal.write(Write(messages=[message_row(late)]))
                sender.look()
                while len(sent) < 4:
                    await turn()
                assert sent[3] == "late"


async def test_an_event_is_handled_once_and_what_is_left_is_taken_over(tmp_path: Path) -> None:
    async with ground(tmp_path) as (connection, settings):
        events = [asked(number, "在吗", CLOCK) for number in range(6)]
        told = list[str]()
        async with machine(connection, settings) as first:
            await first.shares.renew()
            await first.shares.balance()
            assert await first.inbox.put(events) == [True] * 6
            assert await first.inbox.put(events[:1]) == [False]
            taken = await first.take(6)
            assert taken == events
            await first.settle(*events[:2])
            later = asked("later", "还有", CLOCK)
            await first.journal.write(first.inbox.write_of([later]))
            assert await first.take(1) == [later]
            async with machine(connection, settings) as second:
                await Database(connection).rows(EXPIRE)  # the first one stands still
                await Database(connection).rows(FORGET)
                await second.shares.renew()
                await second.shares.balance()
                taken = await second.take(5)
                assert taken == [*events[2:], later], "in order, without what is settled"
                second.inbox.elsewhere = lambda: told.append("look")
                # What the first one says before it knows is not its own to send any more: it
                # waited a minute for the next look at the table, and a welcome was too late.
                await first.settle(later, why="late")
                await second.settle(later, why="second")
                assert told.pop() == "look"
                await second.settle(*events[2:4], why="second")
                # The first goes on: its outcomes of what is settled, or another's, are dropped.
                await first.settle(*events[2:4], why="first")
                await first.shares.renew()
                await first.settle(*events[4:6], why="first")
                await second.settle(*events[4:6], why="second")
                assert told == []
        rows = await Database(connection).rows(
            "SELECT event.id, decision, message.id AS said FROM event "
            "LEFT JOIN message ON event_id = event.id WHERE state = 1 ORDER BY event.seq"
            .replace("WHERE state", "WHERE event.state")
        )  # fmt: skip
        assert [(row["id"], row["decision"]) for row in rows] == [
            *((event.id, "{}") for event in events[:2]),
            (later.id, "late"),
            *((event.id, "second") for event in events[2:]),
        ]
        assert [row["said"] for row in rows if row["said"]] == [
            "m{}kf:0", "mlatekf:later", "msecondkf:2", "msecondkf:4",
        ]  # fmt: skip


async def test_of_a_question_in_pieces_the_piece_that_is_new_is_handled_again(
    tmp_path: Path,
) -> None:
    async with ground(tmp_path) as (connection, settings):
        pieces = [asked(number, "想问下", CLOCK) for number in range(2)]
        async with machine(connection, settings) as one:
            await one.shares.renew()
            await one.shares.balance()
            await one.inbox.put(pieces)
            assert await one.take(2) == pieces
            await Database(connection).rows(  # another process was quicker with the first piece
                "INSERT INTO event (id, kind, conversation, body, received_at, state) "
                "VALUES ($1, 'K', 'c', '{}', 1, 1) RETURNING id", pieces[0].id,
            )  # fmt: skip
            await one.settle(*pieces)
            assert await one.take(1) == pieces[1:]
            assert await Database(connection).rows("SELECT id FROM message") == []


async def test_a_share_that_is_lost_and_ours_again_at_once_is_read(tmp_path: Path) -> None:
    """Its new reader was closed as if it were the old one, and nobody took what came."""
    async with ground(tmp_path) as (connection, settings), machine(connection, settings) as one:
        await one.shares.renew()
        await one.shares.balance()
        *others, again = sorted(one.shares.mine)
        events = [asked(number, "在吗", CLOCK, customer=f"wm{number}") for number in range(9)]
        theirs = [event for event in events if one.shares.share_of(event.conversation) == again]
        await asyncio.gather(one.inbox.lost([*others, again]), one.inbox.gained(again, 99))
        await one.inbox.put(events)
        assert theirs
        assert await one.take(len(theirs)) == theirs


async def test_of_two_messages_the_later_one_waits_until_the_first_is_kept(tmp_path: Path) -> None:
    """While a cluster elected a leader the first of a page could be refused, and the second kept:
    the customer was answered in the wrong order."""
    async with ground(tmp_path) as (connection, settings), machine(connection, settings) as one:
        await one.shares.renew()
        await one.shares.balance()
        client = await connect(settings.inbox.url)
        streams = client.jetstream()
        config = (await streams.stream_info(settings.inbox.stream)).config
        page = [asked(1, "在吗" * 1000, CLOCK), asked(2, "在吗", CLOCK)]
        await streams.update_stream(config, max_msg_size=1000)
        with pytest.raises(NotKept):
            await one.inbox.put(page)
        await streams.update_stream(config, max_msg_size=-1)
        await client.close()
        assert await one.inbox.put(page) == [True, True]
        assert await one.take(2) == page


async def test_what_a_crash_left_in_the_table_is_published(tmp_path: Path) -> None:
    async with ground(tmp_path) as (connection, settings):
        event = asked(1, "在吗", CLOCK)  # by a clock of long ago
        async with machine(connection, settings) as one:
            await one.shares.renew()
            await one.shares.balance()
            write = one.inbox.write_of([event])
            write.then = None  # it goes down here
            await one.journal.write(write)
            await Database(connection).rows("UPDATE event SET received_at = 1 RETURNING id")
            await one.inbox.sweep()
            assert await one.take(1) == [event]


async def test_who_works_with_another_number_of_partitions_is_told(tmp_path: Path) -> None:
    async with (
        ground(tmp_path) as (connection, settings),
        machine(connection, settings) as one,
    ):
        await one.shares.renew()
        await one.shares.balance()
        more = f'[inbox]\nurl = "{settings.inbox.url}"\npartitions = 5'
        with pytest.raises(ConfigError, match="others work with 4"):
            async with machine(connection, workspace(tmp_path, more=more, store="postgres")):
                pass


async def test_the_doctor_looks_at_the_stream(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with nats(tmp_path) as url:
        line = await look_at_stream(url.replace("//", "//bot:s3cret@"))
        assert line.state is State.GREEN
        assert "s3cret" not in line.zh
    line = await look_at_stream("nats://127.0.0.1:9")
    assert (line.state, line.cause) == (State.RED, "inbox")
    assert caplog.text == ""  # a page of traceback stood between the lines
