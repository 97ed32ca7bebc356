"""What is asked in groups: kept, joined, answered by a person, offered, told in the evening."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import orjson
import pytest
import pytest_asyncio

from bot.clock import ManualClock
from bot.events import Event, GroupAsked, GroupMessage
from bot.groups.asked import Asked
from bot.groups.rules import GroupBook, GroupRules, KindRule
from bot.store.groups.answers import GroupAnswers
from bot.store.groups.calendar import programme
from bot.store.groups.missed import MISSED, drop_discussed, own_words
from bot.store.groups.questions import GroupQuestions
from bot.store.sql import Database
from bot.store.states import QuestionState
from tests.engine import Engine, engine

SHIP, RETURN = "什么时候发货", "怎么退货"
PUT = """
    INSERT INTO group_question (id, chat_id, topic, text, question, askers, at, last_at, script)
    VALUES (CAST($1 AS TEXT), $2, CAST($1 AS TEXT), CAST($3 AS TEXT), CAST($3 AS TEXT), $4,
            CAST($5 AS DOUBLE PRECISION), CAST($5 AS DOUBLE PRECISION), '')"""
TALKED = """
    INSERT INTO group_talk (chat_id, userid, day, messages)
    VALUES (CAST($1 AS TEXT), 'wm1', CAST($2 AS TEXT), CAST($3 AS INTEGER))"""
POSTED = """
    INSERT INTO touch (plan, customer, slot, scenario, script, member, receiver, due_at, deadline,
                       state, settled_at)
    VALUES ('p', CAST($1 AS TEXT), CAST($2 AS TEXT), 2, 'group/show', 'liming', 'group', 100, 900,
            CAST($3 AS INTEGER), 100)"""
JOINED = """
    INSERT INTO chat_group_member (chat_id, userid, customer, name, joined_at)
    VALUES ('wr1', 'wmNew', true, '小满', 1)"""
NAMED = """
    INSERT INTO chat_group (chat_id, name, owner) VALUES ('wr1', '福利群', 'liming')"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def on(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Engine]:
    async with engine(tmp_path_factory.mktemp("groups"), clock=ManualClock()) as parts:
        yield parts


def wrote(
    on: Engine, key: str, text: str, sender: str = "wm1", *, chat: str = "wr1", staff: bool = False
) -> GroupMessage:
    return GroupMessage(
        id=f"archive:{chat}{key}", at=on.clock.now(), conversation=f"group:{chat}", chat_id=chat,
        group="福利群", kind="welfare", member="liming", sender=sender, name=f"群友{sender}",
        staff=staff, text=text,
    )  # fmt: skip


async def put(on: Engine, *events: Event) -> None:
    done = (await on.rows("SELECT count(*) AS n FROM event"))[0]["n"]
    fresh = await on.put(*events)
    await on.settled(done + sum(fresh))


async def questions(on: Engine, chat: str) -> list[tuple[str, int, list[str], str]]:
    rows = await on.rows(f"SELECT * FROM group_question WHERE chat_id = '{chat}' ORDER BY at, seq")
    return [
        (row["text"], row["state"], [who for who, _ in orjson.loads(row["askers"])], row["by"])
        for row in rows
    ]


@pytest.mark.asyncio(loop_scope="module")
async def test_the_same_of_five_people_is_one_question(on: Engine) -> None:
    events = [wrote(on, str(n), SHIP, f"wm{n}") for n in range(5)]
    await put(on, *events, wrote(on, "x", SHIP, "wm1"), wrote(on, "y", "今天好热"))
    assert await questions(on, "wr1") == [(SHIP, 0, ["wm0", "wm1", "wm2", "wm3", "wm4"], "")]
    await put(on, *events)  # once more is nothing more
    assert len(await questions(on, "wr1")) == 1
    assert not [one for one in on.sent if one.conversation == "group:wr1"]


@pytest.mark.asyncio(loop_scope="module")
async def test_a_person_answers(on: Engine) -> None:
    chat = "wr2"
    await put(on, wrote(on, "1", SHIP, chat=chat))
    await put(on, wrote(on, "2", RETURN, "wm2", chat=chat))
    await put(on, wrote(on, "3", "谢谢大家", "liming", chat=chat, staff=True))
    assert [state for _, state, _, _ in await questions(on, chat)] == [0, 0]
    await put(on, wrote(on, "4", "@群友wm1 亲 今天发", "liming", chat=chat, staff=True))
    assert [state for _, state, _, _ in await questions(on, chat)] == [1, 0]
    await put(on, wrote(on, "5", "七天内都可以的", "wangfang", chat=chat, staff=True))
    assert (await questions(on, chat))[1] == (RETURN, 1, ["wm2"], "wangfang")
    await put(on, wrote(on, "6", SHIP, "wm3", chat=chat))  # after the answer it is a new one
    assert [state for _, state, _, _ in await questions(on, chat)] == [1, 1, 0]


@pytest.mark.asyncio(loop_scope="module")
async def test_an_answer_to_one_is_none_to_whoever_has_a_longer_name(on: Engine) -> None:
    chat = "wr21"
    asked = {"小李": SHIP, "小李子": RETURN, "阿 梅": "可以开发票吗"}
    for key, (name, text) in enumerate(asked.items()):
        await put(on, replace(wrote(on, f"{key}", text, f"wm2{key}", chat=chat), name=name))
    await put(on, wrote(on, "a", "@小李\u2005今天发", "liming", chat=chat, staff=True))
    await put(on, wrote(on, "b", "@小李\u2005顺丰", "liming", chat=chat, staff=True))
    assert [state for _, state, _, _ in await questions(on, chat)] == [1, 0, 0]
    # Behind an @ a name is read up to its first space.
    await put(on, wrote(on, "c", "@阿 梅\u2005可以的", "liming", chat=chat, staff=True))
    assert [state for _, state, _, _ in await questions(on, chat)] == [1, 0, 1]


@pytest.mark.asyncio(loop_scope="module")
async def test_a_complaint_is_told_at_once(on: Engine) -> None:
    await put(on, wrote(on, "c", "再不退款我就打12315投诉你们", "wm9", chat="wr3"))
    told = [one for one in on.sent if one.conversation == "group:wr3"]
    assert [(one.via.value, one.speech.to) for one in told] == [("staff_notice", "liming")]
    assert "12315" in told[0].speech.text
    rows = await on.rows("SELECT braked_at FROM customer WHERE id = 'wm9'")
    assert rows[0]["braked_at"] is not None
    case = "SELECT member, conversation, told_at, answered_by, waiting_since FROM complaint_case"
    (row,) = await on.rows(case)
    assert (row["member"], row["conversation"]) == ("liming", "group:wr3")
    assert row["told_at"] >= row["waiting_since"]  # by the handler: nobody is told twice
    assert isinstance(on.clock, ManualClock)
    await on.clock.advance(1)
    await put(on, wrote(on, "d", "非常抱歉 马上给您处理", "liming", chat="wr3", staff=True))
    (row,) = await on.rows(case)
    assert (row["answered_by"], row["waiting_since"]) == ("liming", None)


@pytest.mark.asyncio(loop_scope="module")
async def test_a_kind_of_groups_hears_its_own_scripts_alone(on: Engine) -> None:
    rules = on.desk.group_rules
    for chat, scripts, proposed in (("wr7", (), "faq/ship_when"), ("wr8", ("chat/*",), "")):
        on.desk.group_rules = GroupRules(kinds=(KindRule(id="welfare", scripts=scripts),))
        await put(on, wrote(on, "1", SHIP, chat=chat))
        query = f"SELECT script FROM group_question WHERE chat_id = '{chat}'"
        assert [row["script"] for row in await on.rows(query)] == [proposed]
    on.desk.group_rules = rules


@pytest.mark.asyncio(loop_scope="module")
async def test_an_offer_names_all_who_asked(on: Engine) -> None:
    offer = GroupAsked(
        id="asked:1", at=on.clock.now(), conversation="group:wr4", member="liming",
        groups=("福利群",), texts=(SHIP,), askers=("小雨妈、豆豆妈",),
        scripts=("faq/ship_when",),
    )  # fmt: skip
    await put(on, offer)
    told = [one.speech.text for one in on.sent if one.conversation == "group:wr4"]
    assert len(told) == 1
    assert "小雨妈、豆豆妈：什么时候发货" in told[0]
    assert "侧边栏" in told[0]


class Files:
    def __init__(self) -> None:
        self.events: dict[str, GroupAsked] = {}

    async def put(self, events: Sequence[Event], /) -> None:
        for one in events:
            assert isinstance(one, GroupAsked)
            self.events[one.id] = one


async def test_who_is_told_and_when(database: Database, tmp_path: Path) -> None:
    zone = ZoneInfo("Asia/Shanghai")
    clock, files = ManualClock(datetime(2026, 3, 10, 19, 0, tzinfo=zone)), Files()
    questions, book = GroupQuestions(database), GroupBook(tmp_path, scripts=lambda: None)
    asked = Asked(questions, GroupAnswers(database), files, book, clock, zone)
    await database.rows(NAMED)

    async def ask(key: str, chat: str = "wr1") -> None:
        people = orjson.dumps([["wm1", "小雨妈"], ["wm2", ""]]).decode()
        await database.rows(PUT, key, chat, f"问题{key}", people, clock.timestamp())

    await ask("a")
    await asked.sweep()
    assert not files.events  # somebody may still answer
    await clock.advance(61)
    await ask("b")
    await asked.sweep()
    assert [*files.events] == ["asked:a"]
    told = files.events["asked:a"]
    assert (told.member, told.groups, told.askers) == (
        "liming",
        ("福利群",),
        ("小雨妈、一位群友",),
    )
    await clock.advance(120)
    await asked.sweep()
    assert [*files.events] == ["asked:a"]  # the group is left alone for a while
    await clock.advance(600)
    await asked.sweep()
    assert [*files.events] == ["asked:a", "asked:b"]
    await ask("c", "wr2")
    assert await questions.answer("a", "liming", clock.timestamp())
    assert not await questions.drop("a", "liming", clock.timestamp())
    assert await questions.drop("b", "liming", clock.timestamp())
    await clock.advance(2 * 3600)
    await asked.sweep()
    digests = {key: one for key, one in files.events.items() if one.digest}
    assert [(one.member, one.texts) for one in digests.values()] == [("", ("问题c",))]
    assert [one.askers[0].endswith("（等了 2 小时）") for one in digests.values()] == [True]
    await clock.advance(10 * 86_400)
    await asked.sweep()
    (last,) = [one for one in files.events.values() if one.digest and one not in digests.values()]
    assert last.askers[0].endswith("（等了 10 天）"), "240 hours are no figure for people"
    now = clock.timestamp()
    await questions.forget(now, now - 31 * 86_400)
    assert len(await database.rows("SELECT seq FROM group_question")) == 1
    await questions.forget(now, now)
    assert await database.rows("SELECT seq FROM group_question") == [], "it was kept for good"


async def test_the_same_of_many_groups_is_told_in_one_message(
    database: Database, tmp_path: Path
) -> None:
    """The owner of a hundred groups got a hundred messages of one question."""
    zone = ZoneInfo("Asia/Shanghai")
    clock, files = ManualClock(datetime(2026, 3, 10, 19, 0, tzinfo=zone)), Files()
    questions, book = GroupQuestions(database), GroupBook(tmp_path, scripts=lambda: None)
    asked = Asked(questions, GroupAnswers(database), files, book, clock, zone)
    people, at = orjson.dumps([["wm1", "小雨妈"]]).decode(), clock.timestamp()
    for number in range(100):
        await database.rows(
            "INSERT INTO chat_group (chat_id, name, owner) VALUES ($1, $2, 'liming')",
            f"wr{number}", f"福利{number}群",
        )  # fmt: skip
        await database.rows(PUT, f"a{number}", f"wr{number}", "什么时候发货", people, at)
    for number in range(7):
        await database.rows(PUT, f"b{number}", "wr0", f"问题{number}", people, at + 1)
    await database.rows("UPDATE group_question SET topic = text")
    await clock.advance(62)
    await asked.sweep()
    first, second = files.events.values()
    assert (first.conversation, second.conversation) == ("corp", "group:wr0")
    assert first.groups[0] == "福利0群 等 100 个群"
    assert first.askers[0] == "小雨妈 等 100 人"
    assert [*first.texts, *second.texts] == ["什么时候发货", *(f"问题{n}" for n in range(7))]
    await clock.advance(3600)
    await asked.sweep()
    assert len(files.events) == 2, "they were told of once"


async def test_open_ones_by_group_and_owner(database: Database) -> None:
    questions = GroupQuestions(database)
    await database.rows(NAMED)
    for number in range(5):
        chat = "wr1" if number % 2 else "wr2"
        await database.rows(PUT, f"q{number}", chat, "问", '[["wm1", ""]]', 100.0)
    first = await questions.open(limit=3)
    assert [one.id for one in first] == ["q0", "q1", "q2"]
    assert [one.id for one in await questions.open(owners=["liming"])] == ["q1", "q3"]
    assert [one.id for one in await questions.open(chat_id="wr2")] == ["q0", "q2", "q4"]
    assert not await questions.open(owners=[])
    assert first[0].age_s(160.0) == 60.0
    assert first[0].state is QuestionState.OPEN


async def test_answers_are_collected_and_followed(database: Database) -> None:
    answers, questions = GroupAnswers(database), GroupQuestions(database)
    await database.rows(NAMED)
    for key in "ab":
        await database.rows(PUT, key, "wr1", f"问{key}", '[["wm1", ""]]', 100.0)

    async def collect(key: str, owner: str = "liming") -> int:
        return await answers.collect(
            key, ["a", "b"], owner=owner, who="boss", words="答", now=200.0, until=900.0
        )

    assert await collect("x", "wangfang") == 0  # not theirs
    assert await collect("x") == 1
    assert (await collect("x"), await collect("y")) == (0, 0)
    assert await questions.count(None) == 0
    (one,) = await answers.waiting(owners=["liming"])
    assert (one.questions, one.posts[0].chat, one.posts[0].asked) == (
        ("问a", "问b"), "福利群", False,
    )  # fmt: skip
    assert await answers.waiting(chat_id="wr2") == []
    assert await own_words(database, "staff:answers", "x", "") == "答"
    await database.rows("UPDATE touch SET state = 2, settled_at = 300, member = 'liming'")
    await answers.follow()
    rows = await database.rows("SELECT state, by, ended_at FROM group_question")
    assert [(row["state"], row["by"], row["ended_at"]) for row in rows] == [
        (1, "liming", 300.0)
    ] * 2
    await database.rows("UPDATE group_question SET state = 0, ended_at = NULL")
    assert await collect("z") == 1
    assert await answers.withdraw("z", 400.0)
    assert not await answers.withdraw("z", 400.0)
    assert await questions.count(["liming"]) == 2
    assert [one.failed_zh for one in await questions.open()] == ["", ""]  # they know
    assert await programme(database, "", 0.0, 1000.0) == []
    await answers.forget(1000.0)
    assert await database.rows("SELECT id FROM group_answer") == []


async def test_a_digest_is_not_for_groups_that_talked(database: Database) -> None:
    for chat in ("wr1", "wr2", "wr3", "wr4"):
        await database.rows(
            "INSERT INTO chat_group (chat_id, kind) VALUES (CAST($1 AS TEXT), 'vip')", chat
        )
        await database.rows(
            "INSERT INTO chat_group_member (chat_id, userid, customer, joined_at) "
            "VALUES (CAST($1 AS TEXT), 'wm1', true, 1)", chat,
        )  # fmt: skip
        for slot, state in (("话题", 0 if chat == "wr3" else 2), (f"汇总{MISSED}", 0)):
            await database.rows(POSTED, chat, f"2026-03-10 {slot}", state)
    for chat, day, n in (
        ("wr1", "2026-03-10", 4), ("wr2", "2026-03-10", 5), ("wr3", "2026-03-09", 1),
    ):  # fmt: skip
        await database.rows(TALKED, chat, day, n)
    await drop_discussed(database, 200.0)
    rows = await database.rows(
        "SELECT customer, rule FROM touch WHERE slot LIKE '%汇总%' AND state = 3"
    )
    assert {row["customer"]: row["rule"] for row in rows} == {
        "wr2": "discussed", "wr3": "nothing_posted", "wr4": "talk_unknown",
    }  # fmt: skip
    await database.rows("UPDATE touch SET task = 't' WHERE customer = 'wr1'")
    assert await own_words(database, "p", f"2026-03-10 汇总{MISSED}", "t") == "group/show"
    ((_, shown),) = await programme(database, "vip", 0.0, 1000.0)
    posts = {one.slot: (one.sent, one.waiting, one.missed, one.messages) for one in shown}
    assert posts == {
        "2026-03-10 话题": (3, 1, 0, 9), f"2026-03-10 汇总{MISSED}": (0, 1, 3, None),
    }  # fmt: skip
    assert await programme(database, "vip", 0.0, 1000.0, ["nobody"]) == []


async def test_who_asked_as_soon_as_they_had_joined_stayed_without_a_name(
    database: Database,
) -> None:
    questions = GroupQuestions(database)
    await database.rows(NAMED)
    await database.rows(PUT, "q1", "wr1", SHIP, '[["wmNew", ""], ["wm2", "阿May"]]', 100.0)
    (one,) = await questions.open()
    assert one.names == "一位群友、阿May"
    await database.rows(JOINED)
    (one,) = await questions.open()
    assert one.names == "小满、阿May"
