"""Who works which share, and who leads: on real servers."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import blake2b
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from nats.aio.client import Client

from bot.app import background
from bot.clock import ManualClock, turn
from bot.cluster.alike import KEY, Alike, Secrets
from bot.cluster.cluster import Cluster
from bot.cluster.shares import Shares
from bot.customers.customers import Customers
from bot.scheduler import Sweep, every, nightly
from bot.settings import Inbox
from bot.store.database import open_database
from bot.store.journal import Journal, Write
from bot.store.shares import ShareTable, share_of
from bot.store.sql import Database
from tests.databases import fresh
from tests.machine import CLOCK, EXPIRE, FORGET


async def test_shares_are_divided_and_those_of_a_dead_process_taken(tmp_path: Path) -> None:
    async with open_database(fresh(str(tmp_path))) as connection:
        database, told = Database(connection), list[str]()

        def process(name: str) -> Shares:
            shares = Shares(ShareTable(database, name, 4), ManualClock())

            async def gained(share: int, epoch: int) -> None:
                told.append(f"{name} has {share} for the {epoch}. time")

            async def left(_: object) -> None:
                told.append(f"{name} gives up")

            shares.gained, shares.leaving, shares.lost = gained, left, left
            return shares

        one, other = process("one"), process("other")
        await ShareTable(database, "", 4).lay_out()
        await ShareTable(database, "", 4).begin(anew=True)
        await one.renew()
        await one.balance()
        assert one.mine == {0, 1, 2, 3}
        assert one.leads
        await other.renew()  # it is heard of, and finds nothing free
        await other.balance()
        assert other.mine == frozenset()
        await one.balance()
        await other.balance()
        assert [one.mine, other.mine] == [frozenset({0, 1}), frozenset({2, 3})]
        assert not other.leads
        await database.rows(EXPIRE)  # `one` is not heard of any more
        await database.rows(FORGET)
        await other.renew()
        await other.balance()
        assert other.mine == {0, 1, 2, 3}
        await one.renew()  # it was only frozen
        assert one.mine == frozenset()
        assert "other has 0 for the 2. time" in told


async def test_a_lease_that_is_not_renewed_is_told_of(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A lock held the table of leases up for 40 s: no process answered anybody, all said that
    they were well, and no log had a word."""
    async with open_database(fresh(str(tmp_path))) as connection:
        database = Database(connection)
        table = ShareTable(database, "one", 4)
        await table.lay_out()
        await table.begin(anew=True)
        shares = Shares(table, ManualClock(), slow_s=0.05)
        async with asyncio.TaskGroup() as tasks, database.transaction() as other:
            await other.rows("LOCK TABLE share IN ACCESS EXCLUSIVE MODE")
            tasks.create_task(shares.renew())
            while not shares.trouble:
                await turn()
            assert shares.trouble == "the database has not answered for 0.05 s"
        assert shares.trouble == ""
    assert "nothing is handled until leases are renewed" in caplog.text


async def test_who_does_not_reach_the_stream_leaves_its_shares_to_those_who_do(
    tmp_path: Path,
) -> None:
    """It kept them as long as it reached the database: its customers waited for its line. And what
    WeCom counts of all together, each process used whole."""
    async with open_database(fresh(str(tmp_path))) as connection:
        clock, cut, counted = ManualClock(), set[str](), dict[str, int]()

        def process(name: str) -> Shares:
            shares = Shares(ShareTable(Database(connection), name, 4), clock)

            async def moved(*_: object) -> None:
                pass

            shares.gained, shares.leaving, shares.lost = moved, moved, moved
            shares.reaches = lambda: name not in cut
            shares.among = lambda machines: counted.update({name: machines})
            return shares

        one, other = process("one"), process("other")

        async def beat() -> list[set[int]]:
            await clock.advance(5.5)
            for shares in (one, other, one, other):
                await shares.renew()
                await shares.balance()
            return [{*one.mine}, {*other.mine}]

        await ShareTable(Database(connection), "", 4).lay_out()
        await ShareTable(Database(connection), "", 4).begin(anew=True)
        await one.renew()
        await one.balance()
        assert await beat() == [{0, 1}, {2, 3}]
        assert counted == {"one": 2, "other": 2}
        cut.add("one")
        assert await beat() == [{0, 1}, {2, 3}]  # it may be back in a moment
        assert await beat() == [set(), {0, 1, 2, 3}]
        cut.add("other")
        await beat()
        assert [len(mine) for mine in await beat()] == [2, 2]  # nobody reads, all send
        assert counted == {"one": 2, "other": 2}


async def test_a_process_that_does_not_lead_looks_at_what_is_done(tmp_path: Path) -> None:
    """Handovers were known to the one process alone that does them: the others went on to speak
    as the member who leaves. The rules of groups were followed by all, with the welcome twice."""
    async with open_database(fresh(str(tmp_path))) as connection:
        journal, told = Journal(connection), list[str]()
        table = ShareTable(Database(connection), "me", 1)
        cluster = Cluster(Client(), Inbox(), table, ManualClock())
        cluster.inbox_of(journal, connection, Customers(journal, CLOCK))

        async def done() -> None:
            told.append("done")

        async def known() -> None:
            told.append("known")

        async def nothing(*_: object) -> None:
            pass

        shares = cluster.shares
        shares.gained, shares.leaving, shares.lost = nothing, nothing, nothing
        asides = (known, lambda: told.append("looked at"), None)
        sweeps = cluster.sweeps([every(5, f"{one}", done, aside=one) for one in asides])
        for sweep in sweeps[:3]:
            await sweep.run()
        assert told == ["known", "looked at"]
        await table.lay_out()
        await table.begin(anew=True)
        await shares.renew()
        await shares.balance()
        for sweep in sweeps[:3]:
            await sweep.run()
        assert told[2:] == ["done"] * 3


async def test_nightly_work_is_done_once_also_where_the_leader_died_at_its_moment(
    tmp_path: Path,
) -> None:
    """The comparison with WeCom was left out for the night: its process had been killed a second
    before, and the next one took over ten seconds later."""
    async with open_database(fresh(str(tmp_path))) as connection:
        journal, database, done = Journal(connection), Database(connection), list[str]()
        clock = ManualClock(datetime(2026, 3, 5, 2, 40, tzinfo=UTC))

        async def nothing(*_: object) -> None:
            pass

        async def process(name: str) -> Sweep:
            cluster = Cluster(Client(), Inbox(), table := ShareTable(database, name, 1), clock)
            cluster.inbox_of(journal, connection, Customers(journal, clock))

            async def compare() -> None:
                done.append(f"{name} {clock.now():%d. %H:%M}")

            shares = cluster.shares
            shares.gained, shares.leaving, shares.lost = nothing, nothing, nothing
            await table.lay_out()
            await table.begin(anew=False)
            await database.rows(EXPIRE)
            await database.rows(FORGET)
            await shares.renew()
            await shares.balance()
            return cluster.sweeps([nightly(2, 41, ZoneInfo("UTC"), "contacts", compare)])[0]

        await (await process("one")).run()
        await clock.advance(120)
        other = await process("two")
        for _ in range(3):
            await other.run()
            await clock.advance(60)
        await (await process("three")).run()
        assert done == ["two 05. 02:42"]
        await clock.advance(86_400)
        await (await process("four")).run()
        assert done[1:] == ["four 06. 02:45"]
        await clock.advance(86_400 + 3600)
        await (await process("five")).run()
        assert len(done) == 2


async def test_a_share_is_the_same_number_in_the_database(tmp_path: Path) -> None:
    async with open_database(fresh(str(tmp_path))) as connection:
        names = [f"kf:wk1:客户{number}" for number in range(20)]
        rows = [(n, "e", name, "kf", "faq", "{}", False, 1.0, 1.0) for n, name in enumerate(names)]
        journal = Journal(connection)
        async with background(journal.run):
            await journal.write(Write(messages=[(str(row[0]), *row[1:]) for row in rows]))
        table = ShareTable(Database(connection), "me", 7)
        for share in range(7):
            found = {row["conversation"] for row in await table.waiting([share], 0, 50, '["kf"]')}
            assert found == {name for name in names if share_of(name, 7) == share}


async def test_processes_with_other_files_are_told_of_each_other(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """One machine that a deployment had left out answered otherwise for weeks, without a word."""
    async with open_database(fresh(str(tmp_path))) as connection:
        tables, sides = list[ShareTable](), list[Alike]()
        values = {"HUASHU_APP_SECRET": "pass-a"}
        secrets = Secrets(key=b"one", values=values, folder=tmp_path / "a/keys")
        for name in ("a", "b"):
            (tmp_path / name / "config").mkdir(parents=True)
            (tmp_path / name / "config/touch.toml").write_text("same", "utf-8")
            tables.append(ShareTable(Database(connection), f"{name}:1:x", 4))
            folders = ("config", str(tmp_path / "shared"))  # a library may lie elsewhere
            program = tmp_path / "old"
            sides.append(Alike(tables[-1], tmp_path / name, folders, secrets, program))
        (tmp_path / "shared").mkdir()
        (tmp_path / "shared/faq.toml").write_text("same", "utf-8")
        await tables[0].lay_out()
        for table in tables:
            await table.renew(reads=True)

        async def looks() -> list[str]:
            return [await side.look() for side in sides]

        assert await looks() == await looks() == ["", ""]
        extra = tmp_path / "b/config/plans/sale.toml"
        extra.parent.mkdir()
        extra.write_text("one", "utf-8")
        assert await looks() == ["", ""]  # it may be on its way to the others
        told = ["b:1: config/plans/sale.toml", "a:1: config/plans/sale.toml"]
        await looks()
        assert await looks() == told
        assert caplog.text.count("another process has other files") == 2
        extra.unlink()
        await looks()
        assert await looks() == ["", ""]

        async def lasting(root: str, secrets: Secrets, program: str = "old") -> list[str]:
            """Of `b` with others of these."""
            sides[1] = Alike(tables[1], tmp_path / root, folders, secrets, tmp_path / program)
            await looks()
            await looks()
            return await looks()

        # Another password, or a key that was brought to one machine alone, was told nowhere.
        other = replace(
            secrets, values={"HUASHU_APP_SECRET": "pass-b"}, folder=tmp_path / "b/keys"
        )
        (tmp_path / "b/keys").mkdir()
        (tmp_path / "b/keys/2.pem").write_text("private", "utf-8")
        names = ".env HUASHU_APP_SECRET, keys/2.pem"
        assert await lasting("b", other) == [f"b:1: {names}", f"a:1: {names}"]
        shown = str(await Database(connection).rows("SELECT files FROM machine"))
        bare = (blake2b(one, digest_size=6).hexdigest() for one in (b"pass-b", b"private"))
        assert not [one for one in ("pass-", "private", *bare) if one in shown]
        other = replace(other, key=b"two")  # then all look different: it alone is told
        assert await lasting("b", other) == [f"{one}:1: {KEY}" for one in ("b", "a")]
        # One that an upgrade had left out went on with the old program on new tables; of the
        # program, only what is Python was looked at.
        (tmp_path / "new/web").mkdir(parents=True)
        for name in ("cache.pyc", "page.md"):
            (tmp_path / "new/web" / name).write_text("new", "utf-8")
        assert await lasting("b", secrets, "new") == ["", ""]
        (tmp_path / "new/web/page.html").write_text("new", "utf-8")
        assert await lasting("b", secrets, "new") == ["b:1: bot/", "a:1: bot/"]
