"""Moments on pages: written, refused in words at the field, approved, held back, answered."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.clock import ManualClock
from bot.store.desk.staff import Role
from tests.pages import visiting
from tests.stage import company, stage

PATH = "/console/moments"
NOON = datetime(2026, 3, 2, 4, 10, tzinfo=UTC)
FORM = {
    "id": "sale1", "kind": "promotion", "text": "满减<b>", "members": "liming",
    "day": "2026-03-02", "slot": "12:00",
}  # fmt: skip


async def test_a_promotion_is_written_approved_and_held_back_with_the_sentence(
    tmp_path: Path,
) -> None:
    clock = ManualClock(NOON)
    async with stage(tmp_path, corp=company(clock), clock=clock, ticks=False) as shop:
        await shop.corp.customer_adds_member("wm1", "liming", welcome=False)
        await shop.quiet()
        async with visiting(shop.bot, "liming") as pages:
            assert (await pages.get(PATH)).status == 403
        async with visiting(shop.bot, "op", Role.OPERATOR) as pages:
            assert 'value="liming"' in await pages.text(f"{PATH}/new")
            wrong = await pages.post(f"{PATH}/new", data={**FORM, "day": "2026-03-01", "text": ""})
            assert wrong.status == 422
            told = await wrong.text()
            assert "请选今天或以后的一天" in told
            assert "写一句话" in told
            made = await pages.post(f"{PATH}/new", data=FORM)
            assert made.headers["HX-Redirect"] == f"{PATH}/post/sale1"
            page = await pages.text(f"{PATH}/post/sale1")
            assert "满减&lt;b&gt;" in page
            assert "先发 3 条人设内容就可以发" in page
            assert "批准了也先不发" in await pages.text(PATH), "said before it is approved"
            changed = await pages.text(f"{PATH}/post/sale1/change")
            assert '<input type="radio" name="kind" value="promotion" checked>' in changed
            assert 'name="members" value="liming" checked' in changed
            assert "满减&lt;b&gt;</textarea>" in changed
            await pages.post(f"{PATH}/new", data=FORM | {"slot": "12:05"})
            assert "12:05 请同事发表" in await pages.text(f"{PATH}/post/sale1")
            stale = {"seen": changed.split('name="seen" value="')[1].split('"')[0]}
            unseen = await pages.post(f"{PATH}/post/sale1/approve", data=stale)
            assert "别人改过这份草稿" in await unseen.text(), "it approved what nobody had read"
            lost = await pages.post(f"{PATH}/new", data=FORM | stale)
            assert (lost.status, "再保存一次" in await lost.text()) == (422, True)
            assert "12:05 请同事发表" in await pages.text(f"{PATH}/post/sale1"), "theirs was lost"
            assert (await pages.post(f"{PATH}/post/sale1/approve")).status == 200
            assert (await pages.get(f"{PATH}/post/sale1/change")).status == 404
            late = await pages.post(f"{PATH}/new", data=FORM | {"slot": "12:06"})
            assert late.status == 422, "it was told that it was kept, and was not"
            await pages.post(f"{PATH}/new", data=FORM | {"id": "old1"})
            assert (await pages.post(f"{PATH}/post/sale1/approve")).status == 422
            await shop.bot.sweep("moments")
            board = await pages.text(f"{PATH}?member=liming")
            assert "先发 3 条人设内容就可以发" in board
            assert shop.corp.moments.moments == {}
            lines = {"id": "p1", "kind": "persona", "text": "桂花开了\r\n来坐坐"}
            await pages.post(f"{PATH}/new", data=FORM | lines)
            assert '<p class="words">桂花开了\n来坐坐</p>' in await pages.text(f"{PATH}/post/p1")
            await pages.post(f"{PATH}/post/p1/approve")
            await shop.bot.sweep("moments")
            await shop.bot.sweep("moments.follow")
            assert "提醒过 0 次" in await pages.text(PATH)
            (moment,) = await shop.corp.member_posts_moment("liming")
            await shop.look("moments.follow", 61)
            await shop.corp.customer_comments_moment("wm1", moment, "liming")
            await shop.look("moments.follow", 901)
            board = await pages.text(f"{PATH}?member=liming")
            assert "人设 100%，至少 70%" in board
            assert f"{PATH}/comments/1/done" in board
            assert (await pages.post(f"{PATH}/comments/1/done")).status == 200
            log = await pages.text("/console/audit?act=moment.comment")
            assert "一条朋友圈评论" in log, "a number stood there"
            assert "都回了" in await pages.text(PATH)
            assert (await pages.post(f"{PATH}/comments/x/done")).status == 404
            assert (await pages.post(f"{PATH}/post/sale1/withdraw")).status == 200
            assert (await pages.post(f"{PATH}/post/none/withdraw")).status == 404
            await clock.jump(clock.now() + timedelta(days=1))
            past = await pages.text(f"{PATH}/post/old1")
            assert (f"{PATH}/post/old1/change" in past, "old1/approve" in past) == (True, False)
            assert "old1/approve" not in await pages.text(PATH), "it could not be approved there"
