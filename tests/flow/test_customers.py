"""Whom we talk to: names and tags, kept across restarts, and what scripts make of them."""

import asyncio
from pathlib import Path

from bot import Context, MessageReceived, Router
from bot.clock import ManualClock, turn
from bot.context import SPOKEN
from bot.customers.customers import Customer, Customers
from bot.events import CustomerEdited, SignalReceived
from bot.sessions import Sessions, session_row
from bot.store.journal import Write
from bot.store.touch.statements import TouchRows, TouchStatement
from bot.touch.policy import Session
from tests.engine import asked, engine, workspace

LIBRARY = """
[[script]]
id = "vip/hello"
title = "老朋友"
category = "chat"
ask = ["你好"]
say = ["{{ customer.name }}，您的专属顾问在"]
when = { tags = ["VIP"] }
"""
LIBRARY += "".join(
    f"""
[[script]]
id = "{name}"
title = "{name}"
category = "system"
say = ["……"]
"""
    for name in SPOKEN
)


def greeter() -> Router:
    router = Router("greet")

    @router.on(MessageReceived)
    async def greet(event: MessageReceived, context: Context) -> None:
        match = context.match(event.text)
        if match:
            await context.say(match.script_id)
        else:
            context.keep_silent("nothing fits")

    return router


async def test_a_script_for_a_tag_is_said_to_those_who_have_it(tmp_path: Path) -> None:
    settings = workspace(tmp_path)
    (tmp_path / "scripts_library").unlink()
    (tmp_path / "scripts_library").mkdir()
    (tmp_path / "scripts_library/a.toml").write_text(LIBRARY, "utf-8")
    clock = ManualClock()
    async with engine(tmp_path, routers=[greeter()], settings=settings, clock=clock) as parts:
        parts.customers.learn([Customer(id="wm1", name="老张", tags=frozenset({"VIP"}))])
        await parts.put(asked(1, "你好", clock), asked(2, "你好", clock, customer="wm2"))
        await parts.settled(2)
        assert [(m.speech.to, m.speech.text) for m in parts.sent] == [
            ("wm1", "老张，您的专属顾问在")
        ]
    async with engine(tmp_path, routers=[greeter()], settings=settings, clock=clock) as parts:
        await parts.put(asked(3, "你好", clock))
        await parts.settled(3)
        assert parts.sent[0].speech.text == "老张，您的专属顾问在"  # after a restart too


async def test_strangers_are_asked_for_once_and_again_when_edited(tmp_path: Path) -> None:
    async with engine(tmp_path, routers=[greeter()]) as parts:
        await parts.put(asked(1, "你好", parts.clock))
        await parts.settled(1)
        assert parts.customers.unknown == {"wm1"}
        parts.customers.unknown.clear()
        parts.customers.learn([Customer(id="wm1", name="老张")])
        about = {"member": "liming", "conversation": "contact:liming:wm1"}
        for number, customer in enumerate(("wm1", "wm9")):
            edited = CustomerEdited(
                id=f"event:{number}", at=parts.clock.now(), customer=customer, **about
            )
            await parts.put(edited)
        await parts.settled(3)
        assert parts.customers.unknown == {"wm1"}  # wm9 never spoke to us


async def test_a_tag_that_a_signal_brings_counts_at_once(tmp_path: Path) -> None:
    settings = workspace(tmp_path)
    (tmp_path / "scripts_library").unlink()
    (tmp_path / "scripts_library").mkdir()
    (tmp_path / "scripts_library/a.toml").write_text(LIBRARY, "utf-8")
    rule = '[vip]\nkind = "order_paid"\ntag = ["VIP"]'
    (tmp_path / "config/signals.toml").write_text(rule, "utf-8")
    clock, router = ManualClock(), greeter()

    @router.on(SignalReceived)
    async def follow_rules(event: SignalReceived, context: Context) -> None:
        await context.follow(event)

    paid = SignalReceived(
        id="signal:1", at=clock.now(), conversation="signal:wm1", kind="order_paid",
        happened_at=clock.now(), customer="wm1", external_userid="wm1", details={},
    )  # fmt: skip
    async with engine(tmp_path, routers=[router], settings=settings, clock=clock) as parts:
        parts.customers.learn([Customer(id="wm1", name="老张")])
        await parts.put(asked(1, "你好", clock))
        await parts.settled(1)
        assert parts.sent == []
        await parts.put(paid)
        await parts.settled(2)
        await parts.put(asked(2, "你好", clock))
        await parts.settled(3)
        assert [message.script for message in parts.sent] == ["vip/hello"]


async def test_whoever_wrote_just_now_is_not_pushed_out_by_strangers(tmp_path: Path) -> None:
    """The bot forgot that a colleague was serving, and that a customer had opted out."""
    async with engine(tmp_path) as parts:
        opted_out: TouchRows = {TouchStatement.OPT_OUT: [(1.0, "wm1")]}
        row = session_row("kf:wk1:wm1", Session(heard_at=1.0, staffed=True), 1.0)
        parts.customers.learn([Customer(id="wm1", name="老张")])
        await parts.journal.write(Write(sessions=[row], more=opted_out))
        customers = Customers(parts.journal, parts.clock, most=3)
        sessions = Sessions(parts.journal, most=3)
        for newest in ("wm2", "wm3", "wm4", "wm5"):
            await customers.fetch(["wm1"])  # their messages, and those of strangers in between
            await customers.fetch([newest])
            await sessions.fetch(["kf:wk1:wm1"])
            await sessions.fetch([f"kf:wk1:{newest}"])
        assert (customers["wm1"].name, customers["wm1"].opted_out) == ("老张", True)
        assert sessions["kf:wk1:wm1"].staffed
        sessions.forget("wm1")
        assert not sessions["kf:wk1:wm1"].staffed


async def test_who_opted_out_is_not_forgotten_when_the_name_is_learned(tmp_path: Path) -> None:
    async with engine(tmp_path) as parts:
        parts.customers.learn([Customer(id="wm1", name="老张")])
        await parts.journal.write(Write(more={TouchStatement.OPT_OUT: [(1.0, "wm1")]}))
        customers = Customers(parts.journal, parts.clock)
        customers.learn([Customer(id="wm1", name="张先生")])
        await parts.journal.drain()
        await customers.fetch(["wm1"])
        assert (customers["wm1"].name, customers["wm1"].opted_out) == ("张先生", True)


async def test_who_is_to_be_read_anew_is_known_until_then(tmp_path: Path) -> None:
    """Where several processes share the work, an event that waited met a customer without name,
    tags and refusal, as the end of the one before it had them forgotten."""
    async with engine(tmp_path) as parts:
        parts.customers.learn([Customer(id="wm1", name="老张", tags=frozenset({"VIP"}))])
        mine, theirs = Customers(parts.journal, parts.clock), parts.customers
        sessions = Sessions(parts.journal)
        staffed = session_row("kf:wk1:wm1", Session(heard_at=1.0, staffed=True), 1.0)
        opted_out: TouchRows = {TouchStatement.OPT_OUT: [(1.0, "wm1")]}
        await parts.journal.write(Write(sessions=[staffed]))
        await mine.fetch(["wm1"])
        await sessions.fetch(["kf:wk1:wm1"])
        theirs.learn([Customer(id="wm1", name="张先生")])
        free = session_row("kf:wk1:wm1", Session(heard_at=2.0), 2.0)
        await parts.journal.write(Write(sessions=[free], more=opted_out))
        mine.read_anew("wm1")
        sessions.read_anew(lambda name: True)
        assert (mine["wm1"].name, [*mine["wm1"].tags]) == ("老张", ["VIP"])
        assert sessions["kf:wk1:wm1"].staffed
        await mine.fetch(["wm1"])
        await sessions.fetch(["kf:wk1:wm1"])
        assert (mine["wm1"].name, mine["wm1"].opted_out) == ("张先生", True)
        assert not sessions["kf:wk1:wm1"].staffed
        mine.read_anew("wm1")
        async with asyncio.TaskGroup() as tasks:  # what is decided while it is read is newer
            tasks.create_task(mine.fetch(["wm1"]))
            await turn()
            mine.heed({TouchStatement.PUT_TAGS: [("新客", "wm1")]})
        assert "新客" in mine["wm1"].tags
