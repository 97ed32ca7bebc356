"""A question in a customer group, from what is written there to the words its owner gets."""

import re
from datetime import UTC, datetime
from pathlib import Path

from bot.clock import ManualClock
from bot.mockwecom.faults import Fault
from bot.store.customers.cases import Cases
from bot.store.desk.staff import Role
from bot.store.groups.groups import Groups
from tests.engine import configured
from tests.pages import PART, visiting
from tests.stage import Stage, company, stage

BOARD = "/console/groups/questions"
NOON = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)  # ten o'clock on a Tuesday in Shanghai
HOUR = 3600.0
OPEN = "SELECT text FROM group_question WHERE state = 0"


async def test_what_is_asked_in_a_group(tmp_path: Path) -> None:
    clock = ManualClock()
    corp = company(clock)
    chat = corp.add_group("liming", "福利群")
    async with stage(tmp_path, corp=corp, clock=clock, ticks=False, archive=True) as on:
        await corp.people_join_group(chat, [f"wm{n}" for n in range(1, 6)])
        await on.quiet()
        await on.look("groups.refresh")
        corp.customer_refuses_archive("wm5")
        for who in ("wm1", "wm2", "wm3"):
            await corp.writes_in_group(chat, who, "什么时候发货呀")
        for _ in range(4):
            await corp.writes_in_group(chat, "wm4", "今天好热")
        await corp.writes_in_group(chat, "wm5", "怎么退货")  # does not want to be archived
        await corp.customer_adds_member("wm1", "liming")
        await corp.customer_writes_member("wm1", "liming", "在吗")
        await corp.member_writes_customer("liming", "wm1", "在的")
        await on.quiet()
        await on.look("archive")
        rows = await on.rows("SELECT text, askers, state FROM group_question")
        assert [(row["text"], row["state"]) for row in rows] == [("什么时候发货呀", 0)]
        assert rows[0]["askers"].count("客户") == 3
        kinds = await on.rows("SELECT kind, count(*) AS n FROM event GROUP BY kind")
        told = {row["kind"]: row["n"] for row in kinds}
        assert (told["GroupMessage"], told["MessageReceived"], told["StaffReplied"]) == (7, 1, 1)

        gone = corp.add_group("liming", "没存档的群")
        await corp.people_join_group(gone, ["wm1"])
        await corp.writes_in_group(gone, "wm1", "这个群不存档")
        corp.faults.add(Fault(api="msgaudit/check_room_agree", errcode=301059, times=1))
        await on.look("archive")  # it does not stop there: what follows is read
        groups = await on.rows(
            "SELECT DISTINCT conversation FROM event WHERE kind = 'GroupMessage'"
        )
        assert [row["conversation"] for row in groups] == [f"group:{chat}"]

        spoke = await on.rows("SELECT userid, messages FROM group_talk ORDER BY userid")
        assert {row["userid"]: row["messages"] for row in spoke} == {
            "wm1": 1, "wm2": 1, "wm3": 1, "wm4": 4,
        }  # fmt: skip
        async with visiting(on.bot, "liming") as pages:
            assert "4 条" in await pages.text(f"/console/groups/{chat}")
            english = await pages.text(f"/console/groups/{chat}?lang=en")
            assert "客户1, 客户2, 客户3" in english

        await on.look("groups.asked", 61)
        texts = [text for text in on.texts("liming", "app") if "什么时候发货" in text]
        assert len(texts) == 1
        assert "客户1、客户2、客户3" in texts[0]
        assert "可以这样回答" in texts[0]

        await corp.writes_in_group(chat, "wm4", "换货要多少钱")
        await corp.writes_in_group(chat, "wm1", "怎么开发票")
        await on.look("archive")
        async with visiting(on.bot, "liming") as pages:
            assert "换货要多少钱" in await pages.text(f"/console/groups/{chat}")
            tab = await pages.part(f"/sidebar/group?chat={chat}")
            assert "换货要多少钱" in tab
            assert 'data-script="faq/invoice"' in tab  # proposed, to be sent by one tap
            found = await on.rows("SELECT id FROM group_question WHERE text = '换货要多少钱'")
            path = f"/sidebar/group/drop?chat={chat}"
            left = await pages.post(path, data={"id": found[0]["id"]}, headers=PART)
            assert "换货要多少钱" not in await left.text()
            again = await pages.post(path, data={"id": found[0]["id"]}, headers=PART)
            assert again.status == 422
            sent = {"nonce": "0" * 32, "script": "faq/invoice", "question": "怎么开发票"}
            await pages.post(f"/sidebar/sent?chat={chat}", data=sent, headers=PART)
            await on.quiet()
        rows = await on.rows("SELECT state FROM group_question ORDER BY at, seq")
        assert [row["state"] for row in rows] == [0, 2, 1]
        await clock.advance(60)

        await corp.writes_in_group(chat, "liming", "亲 48 小时内都会发的")
        await corp.writes_in_group(chat, "wm2", "假货吧 我要打12315投诉你们")
        await corp.customer_writes_member("wm1", "liming", "骗人的吧 我要投诉你们")
        await on.look("archive")
        rows = await on.rows(
            "SELECT state FROM group_question WHERE by = 'liming' ORDER BY at, seq"
        )
        assert [row["state"] for row in rows] == [1, 2, 1]
        await on.look("complaints")
        for words in ("12315", "我要投诉你们"):  # the handler told: not once more as a case
            assert len([one for one in on.texts("liming", "app") if words in one]) == 1
        cases = {one.customer: one for one in await Cases(on.bot.office.database).open(None)}
        assert {who: (one.channel, one.member) for who, one in cases.items()} == {
            "wm1": ("contact", "liming"), "wm2": ("group", "liming"),
        }  # fmt: skip
        await clock.advance(60)
        await corp.member_writes_customer("liming", "wm1", "对不起 我马上看")
        await on.look("archive")
        answered = {
            one.customer: one.answered_by for one in await Cases(on.bot.office.database).open(None)
        }
        assert answered == {"wm1": "liming", "wm2": ""}
        await on.look("archive")  # nothing twice
        assert (await on.rows("SELECT cursor FROM cursor"))[0]["cursor"]
        await _in_a_group_that_is_off(on, chat)
        # into the group itself nobody of us has written, and nobody has tried
        assert not on.got(chat, "group")
        assert not [call for call in corp.calls if "add_msg_template" in call.api]
    assert corp.refusals == []


async def _in_a_group_that_is_off(on: Stage, chat: str) -> None:
    """Nothing is listed or asked of its owner; who complains is heard."""
    await on.corp.writes_in_group(chat, "wm3", "怎么退货")
    await on.look("archive")
    database, told = on.bot.office.database, "SELECT id FROM event WHERE kind = 'GroupJoined'"
    await Groups(database).switch([chat], on.clock.timestamp())
    await on.look("stores")  # another machine takes it up
    before = await on.rows(told)
    await on.corp.writes_in_group(chat, "wm3", "怎么开发票")
    await on.corp.writes_in_group(chat, "wm4", "气死了 我要投诉你们店")
    on.corp.add_customer("wm6", "客户6")
    await on.corp.people_join_group(chat, ["wm6"])
    await on.look("archive")
    await on.look("groups.refresh")
    await on.look("groups.joins", 120)
    await on.look("groups.asked", 700)
    assert [row["text"] for row in await on.rows(OPEN)] == ["怎么退货"]
    assert not [text for text in on.texts("liming", "app") if "怎么退货" in text]
    assert [text for text in on.texts("liming", "app") if "我要投诉你们店" in text]
    assert await on.rows(told) == before
    last = "SELECT decision FROM event WHERE kind = 'GroupMessage' AND body LIKE '%怎么开发票%'"
    assert "这个群里关掉了机器人" in (await on.rows(f"{last} ORDER BY seq DESC"))[0]["decision"]


async def test_the_same_question_of_many_groups_is_one_to_deal_with(tmp_path: Path) -> None:
    """Twelve groups asked the same within minutes: it was listed and answered twelve times."""
    corp = company(ManualClock(NOON))
    configured(tmp_path, "caps.toml")
    chats = [corp.add_group("liming", f"福利{number}群") for number in range(12)]
    async with stage(tmp_path, corp=corp, clock=corp.clock, ticks=False, archive=True) as on:
        for number, chat in enumerate(chats):
            await corp.people_join_group(chat, [f"wm{number % 5 + 1}"])
        await on.quiet()
        await on.look("groups.refresh")
        for number, chat in enumerate(chats):
            words = "什么时候发货呀" if number % 2 else "什么时候发货？"
            await corp.writes_in_group(chat, f"wm{number % 5 + 1}", words)
            await corp.writes_in_group(chat, f"wm{number % 5 + 1}", f"怎么开发票{'？' * number}")
        for _ in range(8):
            await on.look("archive")
        opened = "SELECT seq, chat_id, script FROM group_question WHERE state = 0 ORDER BY at, seq"
        rows = await on.rows(opened)
        assert len(rows) == 24
        async with visiting(on.bot, "liming") as pages:
            board = await pages.text(BOARD)
            assert "24 个问题" in board
            assert board.count("同样的问题，12 个群") == 2
            assert board.count("<textarea") == 2
            assert all(f"福利{number}群" in board for number in range(12))
            (key, invoice) = re.findall(r'name="pick-(f\d+)"', board)
            about = {m[1]: m[0] for m in re.findall(r'name="of-(\d+)" value="(f\d+)"', board)}
            assert {*about} == {key, invoice}
            assert len(re.findall(f'value="{key}" checked', board)) == 12
            ours = [seq for seq, of in re.findall(r'name="of-(\d+)" value="(f\d+)"', board)
                    if of == key]  # fmt: skip
            form = {f"of-{seq}": key for seq in ours[:11]} | {
                "owner": "liming", "key": "ab" * 12, f"pick-{key}": "1",
                f"answer-{key}": "今天 18 点前的单都今天发",
            }  # fmt: skip
            told = await (await pages.post(f"{BOARD}/preview", data=form)).text()
            assert told.count("今天 18 点前的单都今天发") == 1
            assert (await pages.post(f"{BOARD}/answer", data=form)).status == 200
            waits = await on.rows("SELECT chat_id FROM group_question WHERE state = 3")
            assert {row["chat_id"] for row in waits} == {*chats[:11]}, "who was not ticked waits"
            drop = {f"of-{seq}": of for seq, of in
                    re.findall(r'name="of-(\d+)" value="(f\d+)"', board)}  # fmt: skip
            path = re.findall(r'hx-post="([^"]+fold[^"]+)"', board)[1]
            assert (await pages.post(path, data=drop)).status == 200
            left = await on.rows(opened)
            assert [row["chat_id"] for row in left] == chats[11:]
            board = await pages.text(BOARD)
            (path,) = re.findall(r'hx-post="([^"]+/drop\?[^"]+)"', board)
            assert (await pages.post(path, data={})).status == 200, "it said: dealt with already"
        assert not await on.rows(opened)


async def test_a_question_of_a_group_that_is_no_more_waits_for_nobody(tmp_path: Path) -> None:
    """It stood on the page, and in each evening's digest, for good; and where an owner had left,
    it was said that they had lost a friend."""
    corp = company(ManualClock(NOON))
    gone, left = (corp.add_group("liming", name) for name in ("福利群", "宝妈群"))
    async with stage(tmp_path, corp=corp, clock=corp.clock, ticks=False, archive=True) as on:
        for chat in (gone, left):
            await corp.people_join_group(chat, ["wm1"])
        await on.quiet()
        await on.look("groups.refresh")
        for chat in (gone, left):
            await corp.writes_in_group(chat, "wm1", "什么时候发货呀")
        await corp.writes_in_group(gone, "wm1", "气死了 我要投诉你们店")
        await on.look("archive")
        await corp.group_is_dismissed(gone)
        await corp.group_owner_resigns(left)
        await on.quiet()
        await on.look("groups", 6)
        async with visiting(on.bot, "boss", Role.ADMIN) as pages:
            board = await pages.text(BOARD)
            assert ("福利群" in board, "宝妈群" in board) == (False, True)
            assert "群已解散，或群主已离职" in board
            assert "的好友" not in board
            assert '群里的问题 <span class="number">1</span>' in await pages.text(
                "/console/groups"
            )
            assert ">群已解散</span>" in await pages.text(f"/console/groups/{gone}")
            assert ">已离职</span>" in await pages.text(f"/console/groups/{left}")
            for page in ("/console/complaints", "/console/complaints/1", "/console"):
                said = await pages.text(page)
                assert "客户1" in said, "in a group nobody has a name but the group's"
                assert "福利群" in said, "of 300 groups one had to guess"
        (told,) = on.texts("liming", "app")
        assert "原话：客户1：气死了 我要投诉你们店" in told
        await on.look("complaints", 31 * 60)
        late = [one.text for one in corp.deliveries if "还没有回" in one.text]
        assert [("（客户群「福利群」）" in text) for text in late] == [True]


async def test_answers_are_collected_into_one_message_for_the_owner(tmp_path: Path) -> None:
    """Open → collected → answered once its owner confirmed; open again where it was not sent."""
    clock = ManualClock(NOON)
    corp = company(clock)
    configured(tmp_path, "caps.toml")
    first, second = (corp.add_group("liming", name) for name in ("福利群", "宝妈群"))
    async with stage(tmp_path, corp=corp, clock=clock, ticks=False, archive=True) as on:
        for chat in (first, second):
            await corp.people_join_group(chat, ["wm1", "wm2"])
        await on.quiet()
        await on.look("groups.refresh")
        await corp.writes_in_group(first, "wm1", "什么时候发货呀")
        await corp.writes_in_group(second, "wm2", "换货要多少钱")
        await on.look("archive")
        rows = await on.rows("SELECT seq, chat_id FROM group_question ORDER BY seq")
        one, two = (row["seq"] for row in rows)
        form = {
            "owner": "liming", "key": "ab" * 12, f"pick-{one}": "1", f"pick-{two}": "1",
            f"answer-{one}": "今天 18 点前的单都今天发", f"answer-{two}": "我们出运费",
        }  # fmt: skip

        async def states() -> list[int]:
            rows = await on.rows("SELECT state FROM group_question ORDER BY seq")
            return [row["state"] for row in rows]

        async with visiting(on.bot, "liming") as pages, visiting(on.bot, "wangfang") as other:
            board = await pages.text(BOARD)
            assert "什么时候发货呀" in board
            assert "什么时候发货呀" not in await other.text(BOARD)
            empty = await pages.post(
                f"{BOARD}/answer", data=form | {f"answer-{one}": "", f"answer-{two}": ""}
            )
            assert empty.status == 422
            lie = form | {f"answer-{one}": "全网最低价"}
            told = await (await pages.post(f"{BOARD}/preview", data=lie)).text()
            assert "不能说「全网最低」" in told
            assert (await other.post(f"{BOARD}/answer", data=form)).status == 422
            told = await (await pages.post(f"{BOARD}/preview", data=form)).text()
            assert "问：什么时候发货呀\n答：今天 18 点前的单都今天发" in told
            assert (await pages.post(f"{BOARD}/answer", data=form)).status == 200
            assert (await pages.post(f"{BOARD}/answer", data=form)).status == 422  # twice
            assert await states() == [3, 3]
            [deed] = await on.rows("SELECT details FROM audit WHERE act = 'group.answers.collect'")
            asked = "what customers ask was kept for good, also of one who was forgotten"
            assert deed["details"] == "今天 18 点前的单都今天发\n\n我们出运费", asked
            await corp.writes_in_group(first, "wm2", "什么时候发货")  # joins what waits
            await on.look("archive")
            await on.look("touches", 2)
            (task,) = corp.mass.tasks.values()
            assert task.chat_type == "group"
            assert {*task.parts["liming"].fates} == {first, second}
            assert "小李 在企业微信里确认" in await pages.text(BOARD)
            tab = await pages.part(f"/sidebar/group?chat={second}")
            assert "在企业微信里确认" in tab
            assert corp.deliveries == [] or not on.got(first, "group")

            await corp.member_confirms_mass("liming")
            (said,) = on.texts(first, "group")
            assert said == on.texts(second, "group")[0]
            assert "问：换货要多少钱\n答：我们出运费" in said
            # the archive tells of it as the owner's: it answers nothing that was asked meanwhile
            await corp.writes_in_group(first, "wm1", "怎么开发票")
            await corp.writes_in_group(first, "liming", said)
            await on.look("archive")
            await on.look("mass", 600)
            await on.look("groups.asked")
            assert await states() == [1, 1, 0]
            rows = await on.rows("SELECT by, askers FROM group_question ORDER BY seq")
            assert rows[0]["by"] == "liming"
            assert rows[0]["askers"].count("客户") == 2

            # the cap of posts in a group holds it back, and nobody confirms it in time
            third = (await on.rows("SELECT max(seq) AS n FROM group_question"))[0]["n"]
            again = {"key": "cd" * 12, f"pick-{third}": "1", f"answer-{third}": "订单页里开"}
            path = f"/sidebar/group/answers?chat={first}"
            assert "怎么开发票" in await pages.part(path)
            part = await pages.post(path, data=again, headers=PART)
            assert "排队中" in await part.text()
            await on.look("touches", 2)
            waits = await on.rows("SELECT rule, zh FROM touch WHERE state = 0")
            assert [row["rule"] for row in waits] == ["group_gap"]
            withdrawn = f"/sidebar/group/answers/withdraw?chat={first}"
            part = await pages.post(withdrawn, data={"id": "cd" * 12}, headers=PART)
            assert "怎么开发票" in await part.text()
            assert await states() == [1, 1, 0]

            await clock.advance(4 * HOUR)
            await pages.post(path, data=again | {"key": "ef" * 12}, headers=PART)
            await on.look("touches", 2)
            assert len(corp.mass.tasks) == 2
            assert await states() == [1, 1, 3]
            await on.look("mass", 7 * HOUR)
            await on.look("groups.asked")
            assert await states() == [1, 1, 0]
            assert "上次没有发出去" in await pages.text(BOARD)
    assert corp.refusals == []
