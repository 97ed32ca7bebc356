"""The whole assistant on PostgreSQL: only the URL of the store differs."""

import asyncio
import os
from contextlib import suppress
from functools import partial
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer

from bot.app import background
from bot.channels.codes import ChannelCodes
from bot.clock import ManualClock, turn
from bot.cluster.cluster import EVERYWHERE
from bot.customers.customers import Customers
from bot.doctor.line import State
from bot.doctor.store import look
from bot.errors import Complaint, ConfigError
from bot.mockwecom.faults import Fault
from bot.scheduler import every, guarded
from bot.scripts.version import Version
from bot.site import come_again
from bot.store.channels.channels import ChannelStore
from bot.store.database import open_database
from bot.store.hosts import demand_latest, followed, primary
from bot.store.journal import Journal, Write
from bot.store.models import CredentialRow
from bot.store.plans.trial_copy import copied
from bot.store.postgres import HOLDING, MIGRATING, STEPPING, held
from bot.store.scripts import versions
from bot.store.scripts.versions import Act
from bot.store.sql import Database, Rows
from bot.telling.complaints import told_in_both
from bot.wecom.contact_ways import ContactWays
from bot.wecom.contacts import Contacts
from tests.databases import fresh, promoted, server
from tests.stage import SHOP, Stage, company, stage

ENDED = "SELECT pg_terminate_backend(pg_backend_pid())"
FULL = "DO $$ BEGIN RAISE EXCEPTION 'No space left' USING ERRCODE = '53100'; END $$"
PATIENCE = "SHOW idle_in_transaction_session_timeout"
PUT = """
    INSERT INTO event (id, kind, conversation, body, received_at, state)
    VALUES ('e1', 'K', 'c', '{}', 1.0, 0) ON CONFLICT (id) DO NOTHING RETURNING id"""
UNHELD = f"""
    SELECT pg_terminate_backend(pid) FROM pg_locks
    WHERE locktype = 'advisory' AND objid = {HOLDING}
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"""


async def test_a_day_of_the_shop_with_a_restart(tmp_path: Path) -> None:
    clock = ManualClock()
    corp = company(clock)
    async with stage(tmp_path, corp=corp, clock=clock, ticks=False, store="postgres") as scene:
        names = {sweep.name for sweep in scene.bot.sweeps}
        assert EVERYWHERE - names == {"signals.rules"}, "sweeps that each process does"
        aside = {sweep.name for sweep in scene.bot.sweeps if sweep.aside}
        assert aside == {
            "handovers",
            "channels",
            "referral.codes",
            "tags.rules",
            "groups.rules",
        }, "of which each process keeps something in memory"
        await corp.customer_adds_member("wm1", "liming")
        await scene.quiet()
        assert len(scene.texts("wm1", "contact")) == 1
        await corp.customer_writes_kf("wm1", SHOP, "你好")
        await scene.quiet()
        assert len(scene.texts("wm1")) == 1
        for push in [*corp.pushed]:  # WeCom delivers all of it again
            await corp.push_raw(push.payload)
        await corp.customer_writes_kf("wm2", SHOP, "我想了解一下你们的融资情况和上市计划")
        await scene.quiet()
        todos = await scene.rows("SELECT member, customer FROM todo")
        assert todos == [{"member": "", "customer": "wm2"}]
        corp.faults.add(Fault(api="callback", drop=True))
        await corp.customer_writes_kf("wm1", SHOP, "你好")
    corp.faults.clear()
    async with stage(tmp_path, corp=corp, clock=clock, ticks=False, store="postgres") as scene:
        await corp.customer_writes_kf("wm3", SHOP, "你好")  # and what was missed comes with it
        await scene.quiet()
        await two_processes_made_two_codes_of_one_channel(scene, tmp_path)
        await two_processes_went_on_with_one_round(scene, clock)
        assert [len(scene.texts(one)) for one in ("wm1", "wm2", "wm3")] == [2, 1, 1]
        assert len(scene.texts("wm1", "contact")) == 1
        assert corp.refusals == []


async def two_processes_made_two_codes_of_one_channel(scene: Stage, root: Path) -> None:
    """A page on one and the sweep on the other, within one call to WeCom."""
    office, book = scene.bot.office, scene.bot.desk.channel_book
    channel = '[channel.fair]\ntitle = "展会"\nmembers = ["liming"]\n'
    await asyncio.to_thread((root / "config/channels.toml").write_text, channel, "utf-8")
    book.look()
    store = ChannelStore(office.database)
    other = ChannelCodes(ContactWays(office.client), store, book, office.clock)
    await asyncio.gather(office.channels.make("fair"), other.look(), other.make("fair"))
    assert [way["state"] for way in scene.corp.ways.ways.values()] == ["fair"]


async def two_processes_went_on_with_one_round(scene: Stage, clock: ManualClock) -> None:
    """Begun on a page of one, it was broken off for the other."""
    office, api = scene.bot.office, "externalcontact/batch/get_by_user"
    journal = scene.bot.journal
    other = Contacts(office.client, journal, office.database, Customers(journal, clock), clock)
    scene.corp.faults.add(Fault(api=api, latency_s=1, times=1))
    scene.corp.calls.clear()
    async with asyncio.timeout(60), asyncio.TaskGroup() as tasks:
        begun = tasks.create_task(office.contacts.reconcile())
        while scene.corp.faults:
            await clock.advance(0)
        tasks.create_task(other.resume())
        while not begun.done():
            await clock.advance(0.01)
    assert [call.api for call in scene.corp.calls].count(api) == 1


async def test_a_plan_is_tried_out_on_a_copy(tmp_path: Path) -> None:
    url = fresh("copied")
    async with open_database(url) as connection:
        journal = Journal(connection)
        async with background(journal.run):
            rows = [("e1", "K", "c", "{}", 1.0), ("e2", "K", "c", "{}", 1.0)]
            customers = [("wm1", "小满", "[]", 1.0, 3)]
            finished = [("{}", 2.0, "e1")]
            await journal.write(Write(events=rows, customers=customers, finished=finished))

        async def seen() -> Rows:
            async with copied(url, tmp_path / "copy.db") as copy:
                return await copy.rows("SELECT event.id, name FROM event, customer")

        # As the console does it: the models of this process went on with SQLite's statements.
        found = await asyncio.to_thread(asyncio.run, seen())
        await CredentialRow.create(key="app", token="v", expires_at=1.0)
        assert [one.token async for one in CredentialRow.filter(key__contains="ap")] == ["v"]
    assert found == [{"id": "e1", "name": "小满"}]  # what waited is not done a second time


async def test_a_second_process_that_shares_no_work_is_told_of_the_first() -> None:
    """Both swept one outbox: what could not be repeated went out twice."""
    async with open_database(fresh("held")) as connection:
        async with held(connection, shared=True), held(connection, shared=True):
            with pytest.raises(ConfigError, match="another process works") as raised:
                async with held(connection, shared=False, patience_s=0):
                    pass
            assert raised.value.complaints[0].key == "store.url"
        async with held(connection, shared=False):
            with pytest.raises(ConfigError, match="another process works"):
                async with held(connection, shared=True, patience_s=0):
                    pass


async def test_the_doctor_names_the_database_and_never_its_password() -> None:
    line = await look(fresh("asked"))
    assert (line.state, line.cause) == (State.AMBER, "fsync")  # tests may lose their data
    assert "PostgreSQL 1" in line.zh
    line = await look("postgres://huashu:s3cret@127.0.0.1:9/shop")
    assert line.state is State.RED
    assert "postgres://127.0.0.1:9/shop does not answer" in line.en
    assert "s3cret" not in f"{line}"


async def test_what_is_wrong_with_the_url_is_told_with_its_cure() -> None:
    for url, problem in (
        ("postgres://huashu@127.0.0.1:9", "names no database"),
        ("postgres://127.0.0.1/shop?user=x", "user is not known"),
        ("postgres://127.0.0.1:9/shop", "does not answer"),
        ("postgres://huashu:s3/cret@127.0.0.1/shop", "its port is no number"),
        ("mysql://127.0.0.1/shop", "'mysql' is not supported"),
        ("S3cr3t", "this value cannot be used"),
    ):
        with pytest.raises(ConfigError, match=problem) as raised:
            async with open_database(url):
                pass
        assert raised.value.complaints[0].key == "store.url"
        assert "s3" not in f"{raised.value}"


async def test_of_several_hosts_the_one_that_takes_writes_is_taken() -> None:
    """Two in the URL were a page of traceback, and so was a standby, at its first write."""
    url = fresh("several")
    several = url.replace("?host=", "?host=/nowhere,")
    name = urlsplit(url).path[1:]
    with pytest.raises(ConfigError, match="has no room: cannot execute"):  # for a while
        async with open_database(several) as connection:
            await connection.execute_script("BEGIN READ ONLY; DELETE FROM event; COMMIT")
    async with open_database(several) as connection:
        script = f"ALTER DATABASE {name} SET default_transaction_read_only = on"
        await connection.execute_script(script)
    with pytest.raises(ConfigError) as raised:
        async with open_database(several):
            pass
    told = [one.problem.split(" ", 1)[1] for one in raised.value.complaints]
    assert told == ["does not answer: FileNotFoundError", "takes no writes"]


async def test_a_host_that_does_not_tell_when_it_was_promoted_is_named() -> None:
    """It ended the start with a page of traceback."""
    url, role = fresh("reserved"), f"plain{os.getpid()}"
    refusing = "REVOKE EXECUTE ON FUNCTION pg_current_wal_lsn FROM PUBLIC"
    async with open_database(url) as connection:
        await connection.execute_script(f"CREATE ROLE {role} LOGIN; {refusing}")
    theirs = url.replace("postgres:@", f"{role}@").replace("?host=", "?host=/nowhere,")
    with pytest.raises(ConfigError, match="refuses: permission denied for function pg_current"):
        await primary(theirs)


async def test_a_primary_that_was_given_up_and_is_back_was_taken(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """It stood first in the URL and took writes again: what came from then on was where nobody
    looks, and what the other had sent was sent once more."""
    with promoted() as folder:
        old = parse_qs(urlsplit(server()).query)["host"][0]
        for hosts in (f"{old},{folder}", f"{folder},/nowhere,{old},{folder}"):
            taken = await primary(f"postgres://postgres@/postgres?host={hosts}")
            assert parse_qs(urlsplit(taken).query)["host"] == [folder]
        assert await primary(f"postgres://postgres@/postgres?host=/nowhere,{old}")
        several = f"postgres://postgres@/postgres?host={old},{folder}"
        told = pytest.RaisesExc(ConfigError, match="was promoted, and this process works on")
        async with open_database(fresh("given_up")) as connection:
            with pytest.RaisesGroup(told):  # who worked on the old one stayed there
                async with followed(several, connection, each_s=0):
                    await asyncio.Event().wait()
        await demand_latest(several, "00000002")
        await demand_latest("postgres://postgres@/postgres?host=/nowhere,/nor", "00000001")
    line = f"postgres://{old}:5432/postgres takes writes too, as it was before postgres://{folder}"
    assert [line in one.getMessage() for one in caplog.records] == [True, True]


async def test_a_server_that_ends_while_we_work_is_named(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """It was a page of traceback, and an error in each sweep; mistakes of ours stay what they
    are."""
    url = fresh("gone")
    with pytest.raises(ConfigError, match="has gone away"):
        async with open_database(url) as connection, asyncio.TaskGroup() as tasks:
            tasks.create_task(connection.execute_query_dict(ENDED, []))
    with pytest.raises(ConfigError, match="has no room: No space left") as raised:
        async with open_database(url) as connection:
            await connection.execute_script(FULL)
    assert "没有地方了：No space left。给它的磁盘腾出空间" in told_in_both(raised.value)
    for ours in (ZeroDivisionError, TimeoutError, ConnectionResetError):  # WeCom's, or a proxy's
        with pytest.raises(ours):
            async with open_database(url):
                raise ours
    with pytest.raises(ConfigError, match="has gone away"):
        async with open_database(url) as connection, connection.acquire_connection() as driver:
            await driver.fetchval("SELECT pg_sleep(9)", timeout=0.01)
    app = web.Application(middlewares=[come_again])

    async def ask(_: web.Request) -> web.Response:
        await connection.execute_query_dict(ENDED, [])
        raise AssertionError("it answered")

    app.router.add_get("/", ask)
    async with open_database(url) as connection, TestServer(app) as server:
        await guarded(every(5, "plans", partial(connection.execute_query_dict, ENDED, [])))()
        await guarded(every(5, "plans", partial(connection.execute_script, FULL)))()
        async with ClientSession() as session, session.get(server.make_url("/")) as answer:
            assert (answer.status, "数据库暂时连不上" in await answer.text()) == (503, True)
    assert [record.levelname for record in caplog.records] == ["WARNING", "WARNING"]
    assert "a sweep failed: the database did not answer" in caplog.text
    assert "a sweep failed: No space left" in caplog.text


async def test_who_stands_still_in_a_transaction_lets_go_of_its_rows() -> None:
    """Who took over from a process that was frozen, or cut off from PostgreSQL, waited for the
    event that it had just begun to settle, and with it everybody in those conversations."""
    with pytest.raises(ConfigError, match="has gone away"):
        async with open_database(fresh("still")) as connection:
            database = Database(connection)
            assert [*(await database.rows(PATIENCE))[0].values()] == ["10s"]
            async with database.snapshot() as source:  # an export takes its time
                assert [*(await source.rows(PATIENCE))[0].values()] == ["0"]
            async with asyncio.timeout(60), database.transaction() as frozen:
                await frozen.rows("SET LOCAL idle_in_transaction_session_timeout = 50")
                assert await frozen.rows(PUT)
                assert await database.rows(PUT), "the other one goes on"
                await frozen.rows("SELECT 1")


async def test_a_server_that_is_cut_off_is_left_at_once() -> None:
    """The process closed its door, and then waited for what would never be answered: minutes,
    until the system gave the line up. Nobody started it again meanwhile."""
    parts, cut = urlsplit(fresh("cut")), asyncio.Event()
    socket = f"{parse_qs(parts.query)['host'][0]}/.s.PGSQL.5432"

    lines = set[asyncio.StreamWriter]()

    async def pour(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while data := await source.read(65536):
                if not cut.is_set():
                    sink.write(data)
        sink.close()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        lines.add(writer)
        theirs, to_them = await asyncio.open_unix_connection(socket)
        await asyncio.gather(pour(reader, to_them), pour(theirs, writer))
        lines.remove(writer)

    async def live(url: str) -> None:
        async with (
            open_database(url) as connection, held(connection, shared=False, answer_s=0.2),
            background(partial(connection.execute_script, "SELECT pg_sleep(60)")),
        ):  # fmt: skip
            cut.set()
            await asyncio.Event().wait()

    door = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = door.sockets[0].getsockname()[1]
    living = asyncio.ensure_future(
        live(f"postgres://{parts.username}@127.0.0.1:{port}{parts.path}")
    )
    ended, _ = await asyncio.wait({living}, timeout=60)
    door.close()
    assert ended
    while lines:
        await turn()
    assert "has gone away" in str(living.exception())


async def test_a_script_is_edited_beside_the_running_bot() -> None:
    """Both took the lock of one number: the edit waited for ever, and a few stopped the bot."""
    numbers = (MIGRATING, HOLDING, STEPPING)
    assert len({*numbers}) == len(numbers)
    act = Act(who="林编辑", at=100.0, note="新画册")
    content = '{"id": "faq/a", "category": "faq", "title": "画册", "reply": "画册到店了。"}'

    async def no_mistakes(version: Version) -> list[Complaint]:
        return []

    async with open_database(fresh("edited")) as connection, held(connection, shared=False):
        async with asyncio.timeout(60):
            assert await versions.draft("faq/a", content, act, judge=no_mistakes) == 1


async def test_who_no_longer_holds_the_database_ends() -> None:
    """Without traffic the bot lived on after a restart of the server, and a second one began."""
    with pytest.raises(ConfigError, match="has gone away"):
        async with open_database(fresh("unheld")) as connection, held(connection, shared=False):
            await Database(connection).rows(UNHELD)
            await asyncio.Event().wait()
