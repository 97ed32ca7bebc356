"""Moments on the mock: thirty days with too many sales posts, late members, a cut line."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from bot.clock import ManualClock
from bot.handover.handovers import Draft as Leave
from bot.mockwecom.faults import Fault
from bot.moments.mix import Kind
from bot.moments.rules import Draft
from bot.store.moments.moments import Part
from bot.store.states import HandoverKind, PartState
from tests.stage import Stage, company, stage

NOON = datetime(2026, 3, 2, 4, 10, tzinfo=UTC)  # ten past twelve on a Monday in Shanghai
MINUTE, HOUR, DAY = 60, 3600, 86_400
API = "externalcontact/add_moment_task"
ASK = "externalcontact/get_moment_task"
CANCEL = "externalcontact/cancel_moment_task"
RULES = """
shown_per_month = 0
shown_per_day = 0
[since]
liming = 2026-02-20
[post.garden]
members = ["wangfang"]
kind = "persona"
text = "今天去看了茶园"
day = "2026-03-02"
"""


@asynccontextmanager
async def shop(root: Path) -> AsyncIterator[Stage]:
    clock = ManualClock(NOON)
    (root / "config").mkdir()
    (root / "config/moments.toml").write_text(RULES, "utf-8")
    async with stage(root, corp=company(clock), clock=clock, ticks=False) as opened:
        for number in range(1, 4):
            await opened.corp.customer_adds_member(f"wm{number}", "liming", welcome=False)
        await opened.quiet()
        yield opened


async def plan(scene: Stage, post: str, kind: Kind, day: date, *members: str) -> None:
    desk = scene.bot.office.moments
    draft = Draft(members=members or ("liming",), kind=kind, text=f"第 {post} 条", day=day)
    await desk.write(post, draft, "op")
    await desk.approve(post, "boss")


async def part(scene: Stage, post: str, member: str = "liming") -> Part:
    found = (await scene.bot.office.moments.known(post)).part(member)
    assert found is not None
    return found


async def a_day(scene: Stage, *, posting: bool = True) -> None:
    """At noon what is due is asked for; the members post it, or not; a day passes."""
    assert isinstance(scene.clock, ManualClock)
    await scene.bot.sweep("moments")
    await scene.bot.sweep("moments.follow")
    if posting:
        for member in ("liming", "wangfang"):
            await scene.corp.member_posts_moment(member)
    await scene.clock.advance(MINUTE)
    await scene.bot.sweep("moments.follow")
    await scene.clock.jump(scene.clock.now() + timedelta(seconds=DAY - MINUTE))


async def test_thirty_days_with_too_much_sold(tmp_path: Path) -> None:
    async with shop(tmp_path) as scene:
        scene.corp.rules.set("moments_shown_per_month", 100)
        first = date(2026, 3, 2)
        sold = {4: Kind.PRODUCT, 8: Kind.SERVICE, 10: Kind.PROMOTION, 11: Kind.PROMOTION}
        sold |= {16: Kind.PROMOTION}
        for ahead in range(30):
            day = first + timedelta(days=ahead)
            await plan(scene, f"{ahead:02}", sold.get(ahead, Kind.PERSONA), day)
        out: list[str] = []
        for ahead in range(30):
            await a_day(scene)
            asked = [one.text for one in scene.corp.moments.moments.values()]
            for text in asked[len(out) :]:
                kind = sold.get(int(text.split()[1]), Kind.PERSONA)
                out.append(kind)
                if kind is not Kind.PERSONA:
                    share = out.count(Kind.PERSONA) / len(out)
                    assert share >= 0.7, (ahead, out)
            if ahead == 11:
                held = await part(scene, "11")
                assert held.state is PartState.HELD
                assert held.zh == (
                    "近 30 天发了 11 条，人设 8 条，占 72%；再发这条促销，人设只占 66%，"
                    "头 90 天至少要 70%。先发 2 条人设内容就可以发；不发的话，最早 3月15日可以发。"
                )
                assert "It may go after 2 more persona moments, or on 2026-03-15" in held.en
            if ahead == 14:
                assert (await part(scene, "11")).state is PartState.CONFIRMED
        assert len(out) == 30
        posts = await scene.bot.office.moments.table.between("2026-03-02", "2026-04-01")
        assert {one.state for post in posts for one in post.parts if post.id != "file:garden"} == {
            PartState.CONFIRMED
        }
        assert {one.shown for post in posts for one in post.parts if one.confirmed_at} == {3}
        assert scene.corp.refusals == []


async def test_who_does_not_post_is_reminded_and_comments_wait_for_an_answer(
    tmp_path: Path,
) -> None:
    async with shop(tmp_path) as scene:
        assert isinstance(scene.clock, ManualClock)
        corp, desk = scene.corp, scene.bot.office.moments
        assert (await part(scene, "file:garden", "wangfang")).state is PartState.WAITING
        await scene.bot.sweep("moments")
        assert corp.moments.moments == {}, "nobody has approved it"
        await desk.approve("file:garden", "boss")
        day = date(2026, 3, 2)
        await plan(scene, "two", Kind.PERSONA, day, "liming", "wangfang")
        corp.faults.add(Fault(api=API, disconnect_after=True, times=1))
        await scene.bot.sweep("moments")
        await scene.clock.advance(10 * MINUTE)
        await scene.bot.sweep("moments")
        assert len(corp.moments.moments) == 2, "what was cut off is found, not asked for again"
        await scene.bot.sweep("moments.follow")
        (moment,) = await corp.member_posts_moment("liming")
        for _ in range(4):
            await scene.look("moments.follow", 3 * HOUR)
        waiting = await part(scene, "two", "wangfang")
        assert (waiting.state, waiting.reminders) == (PartState.ASKED, 1), "not after work"
        told = scene.texts("wangfang", "app")
        assert len(told) == 2
        assert any("今天去看了茶园" in text for text in told)
        assert not any("联系" in text for text in told), "nobody is to be written to"
        await corp.customer_comments_moment("wm1", moment, "liming")
        await scene.look("moments.follow", HOUR)
        (comment,) = await desk.table.unanswered()
        assert (comment.author, comment.member, comment.post) == ("wm1", "liming", "two")
        await corp.member_answers_comment("liming", moment)
        await scene.look("moments.follow", HOUR)
        assert await desk.table.unanswered() == []
        await scene.look("moments.follow", 2 * DAY)
        late = await part(scene, "two", "wangfang")
        assert (late.state, late.zh) == (PartState.MISSED, "同事没有在规定时间里发表，已撤回")
        assert corp.moments.moments[moment].cancelled
        assert (await part(scene, "two")).state is PartState.CONFIRMED


async def test_customers_who_were_shown_enough_hold_the_next_one_back(tmp_path: Path) -> None:
    async with shop(tmp_path) as scene:
        text = RULES.replace("shown_per_month = 0", "shown_per_month = 1")
        (tmp_path / "config/moments.toml").write_text(text, "utf-8")
        await scene.bot.sweep("moments.rules")
        for post in ("first", "second"):
            await plan(scene, post, Kind.PERSONA, date(2026, 3, 2))
            await scene.bot.sweep("moments")
        assert (await part(scene, "first")).state is PartState.ASKED
        held = await part(scene, "second")
        assert (held.state, held.zh) == (
            PartState.HELD,
            "3 位客户里有 3 位这个月已经看到 1 条朋友圈（企业微信的展示上限），"
            "最早 4月1日 00:00 再发。",
        )


async def test_a_gap_was_held_anew_from_each_look_at_what_waited_for_it(tmp_path: Path) -> None:
    async with shop(tmp_path) as scene:
        gap = 'profile = "gap"\n[profiles.gap]\ncaps = [{ subject = "moment", gap_h = 74 }]\n'
        (tmp_path / "config/caps.toml").write_text(gap, "utf-8")
        for _ in range(2):  # it has rested from one look to the next
            await scene.bot.sweep("rules")
        await plan(scene, "first", Kind.PERSONA, date(2026, 3, 2))
        await scene.bot.sweep("moments")
        await scene.clock.advance(72 * HOUR)  # type: ignore[attr-defined]  # a manual one
        await plan(scene, "second", Kind.PERSONA, date(2026, 3, 5))
        await scene.bot.sweep("moments")
        assert "最早 3月5日 14:10 再发" in (await part(scene, "second")).zh


async def test_who_posted_just_before_it_was_withdrawn_had_missed_it_and_a_deleted_one_never_ended(
    tmp_path: Path,
) -> None:
    async with shop(tmp_path) as scene:
        assert isinstance(scene.clock, ManualClock)
        corp = scene.corp
        await plan(scene, "late", Kind.PERSONA, date(2026, 3, 2), "liming", "wangfang")
        for name in ("moments", "moments.follow"):
            await scene.bot.sweep(name)
        (moment,) = corp.moments.moments
        await scene.clock.advance(2 * DAY)
        corp.faults.add(Fault(api=CANCEL, latency_s=1, times=1))

        async def between() -> bool:
            return not len(corp.faults)  # it is being withdrawn, which takes a second

        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(scene.bot.sweep("moments.follow"))
            await scene.until(between)
            await corp.member_posts_moment("liming", moment)
            await scene.clock.advance(2)
        assert (await part(scene, "late")).state is PartState.CONFIRMED
        assert (await part(scene, "late", "wangfang")).state is PartState.MISSED
        await plan(scene, "gone", Kind.PERSONA, date(2026, 3, 4), "wangfang")
        for name in ("moments", "moments.follow"):
            await scene.bot.sweep(name)
        assert (await part(scene, "gone", "wangfang")).state is PartState.ASKED
        corp.faults.add(Fault(api=ASK, errcode=41067, times=1))
        await scene.look("moments.follow", HOUR)
        gone = await part(scene, "gone", "wangfang")
        assert (gone.state, gone.zh) == (PartState.MISSED, "企业微信里已没有这条朋友圈")


async def test_who_is_on_leave_was_asked_to_post(tmp_path: Path) -> None:
    """Nothing goes out in the name of a member who hands over: no welcome, no mass message. A
    moment did."""
    async with shop(tmp_path) as scene:
        assert isinstance(scene.clock, ManualClock)
        moving = scene.bot.office.moving
        back = scene.clock.timestamp() + 2 * DAY
        leave = Leave(
            leaver="liming", kind=HandoverKind.COVER, takers=["wangfang"], who="boss", until=back
        )
        await moving.handovers.plan(leave)
        await moving.begin()
        await plan(scene, "tea", Kind.PERSONA, date(2026, 3, 2), "liming", "wangfang")
        await a_day(scene)
        assert (await part(scene, "tea", "wangfang")).state is PartState.CONFIRMED
        away = await part(scene, "tea")
        assert (away.state, "正在交接" in away.zh) == (PartState.HELD, True)
        for _ in range(2):
            await scene.look("handovers", HOUR)
            await a_day(scene)
        assert (await part(scene, "tea")).state is PartState.CONFIRMED, "they are back"


async def test_what_was_withdrawn_could_still_be_posted(tmp_path: Path) -> None:
    """撤回 of a moment that members had been asked for left it in their client for two days."""
    async with shop(tmp_path) as scene:
        assert isinstance(scene.clock, ManualClock)
        await plan(scene, "typo", Kind.PERSONA, date(2026, 3, 2), "liming", "wangfang")
        for name in ("moments", "moments.follow"):
            await scene.bot.sweep(name)
        (moment,) = await scene.corp.member_posts_moment("liming")
        await scene.bot.office.moments.withdraw("typo")
        await scene.look("moments.follow", 2 * MINUTE)
        assert scene.corp.moments.moments[moment].cancelled
        assert (await part(scene, "typo")).state is PartState.CONFIRMED, "it is out"
        assert (await part(scene, "typo", "wangfang")).state is PartState.WITHDRAWN


async def test_what_was_withdrawn_while_a_call_was_cut_off_waited_for_ever(tmp_path: Path) -> None:
    async with shop(tmp_path) as scene:
        assert isinstance(scene.clock, ManualClock)
        await plan(scene, "cut", Kind.PERSONA, date(2026, 3, 2))
        scene.corp.faults.add(Fault(api=API, drop=True, times=1))
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(scene.bot.sweep("moments"))

            async def asking() -> bool:
                return not len(scene.corp.faults)

            await scene.until(asking)
            await scene.clock.advance(MINUTE)
        assert (await part(scene, "cut")).state is PartState.ASKING
        await scene.bot.office.moments.withdraw("cut")
        await scene.look("moments", 10 * MINUTE)
        assert (await part(scene, "cut")).state is PartState.WITHDRAWN
        assert scene.corp.moments.moments == {}
