"""A question in a customer group, from what is written there to the words its owner gets."""

from pathlib import Path

from bot.clock import ManualClock
from tests.pages import visiting
from tests.stage import company, stage

PART = {"HX-Request": "true"}


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
            tab = await pages.text(f"/sidebar/group?chat={chat}", headers=PART)
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
        await on.look("archive")
        rows = await on.rows("SELECT state FROM group_question WHERE by = 'liming'")
        assert [row["state"] for row in rows] == [1, 2, 1]
        assert any("12315" in text for text in on.texts("liming", "app"))
        await on.look("archive")  # nothing twice
        assert (await on.rows("SELECT cursor FROM cursor"))[0]["cursor"]
        # into the group itself nobody of us has written, and nobody has tried
        assert not on.got(chat, "group")
        assert not [call for call in corp.calls if "add_msg_template" in call.api]
    assert corp.refusals == []
