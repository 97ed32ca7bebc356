"""A plan is made in three steps with what would come of it, seen in the month, paused, stopped."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from bot.clock import ManualClock
from bot.errors import Declined
from bot.store.customers.people import described
from bot.store.desk.staff import Role
from bot.store.journal import Write
from bot.store.plans.results import Reason
from bot.store.plans.trials import Tried, keep, tried_of
from bot.store.states import PlanState
from bot.web.console.plan_form import Given, table_of
from tests.engine import configured
from tests.pages import PART, pressed_by_enter, visiting
from tests.stage import Stage, company, stage

pytestmark = pytest.mark.asyncio(loop_scope="module")
NEW = "/console/plans/new"
FORM = {
    "id": "march8", "kind": "campaign", "title": "三八节<b>问候</b>", "scenario": "holiday",
    "script": "holiday/spring_festival", "mode": "date", "date": "2026-03-08", "from": "10:00",
    "till": "12:00",
}  # fmt: skip


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shop(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    root: Path = tmp_path_factory.mktemp("shop")
    configured(root, "touch.toml", "segments.toml")
    clock = ManualClock(datetime(2026, 3, 7, 2, tzinfo=UTC))
    async with stage(root, corp=company(clock), clock=clock, ticks=False) as opened:
        for number in range(1, 5):
            await opened.corp.customer_adds_member(f"wm{number}", "liming")
        await opened.quiet()
        yield opened


async def test_a_plan_is_made_in_three_steps(shop: Stage) -> None:
    async with visiting(shop.bot, "op", Role.OPERATOR) as pages:
        second = await pages.post(NEW, data={**FORM, "go": "2", "date": ""})
        asked = await second.text()
        assert '<input id="f-date" name="date" type="date" min="2026-03-07" value="">' in asked
        assert "端午节 · 下一次 6月19日" in asked
        third = await pages.post(NEW, data={**FORM, "go": "3"})
        assert pressed_by_enter(asked) == "3"  # it led one step back
        assert pressed_by_enter(await third.text()) is None
        assert "no-store" not in second.headers["Cache-Control"]  # Back found no page
        told = await pages.outcome(await third.text())
        assert "共 4 条：4 条当天送到" in told
        assert "3月8日 10:00–11:00" in told
        assert "频次上限按正在用的“default”这一套" in told  # 规则：default told nobody anything
        assert "群发：同一位同事的客户收到的一样" in told
        assert "小李" in told or "liming" in told
        assert (await shop.rows("SELECT id FROM plan WHERE body <> ''")) == []  # only tried
        job = re.search(r'name="job" value="(\w+)"', await third.text())
        assert job is not None
        made = await pages.post(NEW, data={**FORM, "go": "make", "job": job[1]})
        assert made.headers["HX-Redirect"] == "/console/plans/march8"
        for page in ("/console/plans/march8", "/console/plans"):
            assert "正在重新安排" in await pages.text(page)
        await shop.look("plan.changed")
        page = await pages.text("/console/plans?month=2026-03")
        assert "三八节&lt;b&gt;问候" in page
        assert re.search(r"接下来 7 天.*3月8日 周日.*三八节.*4 条</span>.*2026年3月", page, re.S)
        assert "接下来 7 天" not in await pages.text("/console/plans?month=2026-06")
        path = "/console/plans/day/2026-03-08"
        await shop.bot.office.database.change("UPDATE customer SET name = name || $1", "长" * 20)
        day = await pages.part(path)
        assert "长…、" in day, "three of them filled the window"
        await shop.rows("UPDATE customer SET name = replace(name, '长', '')")
        assert "三八节" in day
        assert '<td class="number">4</td>' in day
        assert 'href="/console/plans/march8"' in day
        assert re.search(
            r"holiday/spring_festival\">春节问候</a> · 10:\d\d 起 · .* 等，共 4 条</li>", day
        )
        assert 'href="/console/plans/march8"' in page
        one = await pages.text("/console/plans/march8")
        assert "2026年3月8日" in one
        assert "现在符合 4 位" in one
        assert "共 4 条：4 条当天送到，0 条稍后，0 条不会发" in one  # as the trial had said
        assert "正在重新安排" not in one + page
        assert "客户" in one
        again = await pages.post(NEW, data={**FORM, "go": "make"})  # Back, and once more
        assert again.headers["HX-Redirect"] == "/console/plans/march8"
        other = await pages.post(NEW, data={**FORM, "title": "另一个", "go": "make"})
        another = other.headers["HX-Redirect"].rpartition("/")[2]
        assert another != "march8", "no other name helped: its id stood in no field"
        await shop.bot.touching.desk.stop(another, "op")


async def test_whom_the_trial_held_back_is_told_on_the_plan_s_page(shop: Stage) -> None:
    """The page that makes a plan failed as soon as somebody was held back; and nothing told why
    more were held against it than 现在符合."""
    never = (Reason("complaint", "投诉过，先不打扰", "complained", 2),)
    tried = Tried(at=1_772_850_000.0, messages=6, on_time=3, later=1, never=never)
    await keep(shop.bot.office.database, "march8", tried)
    assert await tried_of(shop.bot.office.database, "march8") == tried
    async with visiting(shop.bot, "op", Role.OPERATOR) as pages:
        page = await pages.text("/console/plans/march8")
    assert "共 6 条：3 条当天送到，1 条稍后，2 条不会发" in page
    assert "退订的和投诉过的也算在这里" in page


async def test_a_mistake_leads_back_to_its_step(shop: Stage) -> None:
    async with visiting(shop.bot, "op", Role.OPERATOR) as pages:
        # Whoever overlooked it made a greeting that went before all others, as 售后跟进.
        assert '<select id="f-scenario" name="scenario"><option value="">' in await pages.text(NEW)
        unsaid = await pages.post(NEW, data={**FORM, "id": "", "scenario": "", "go": "2"})
        assert (unsaid.status, "请选一个：没有理由" in await unsaid.text()) == (422, True)
        long = await (await pages.post(NEW, data={**FORM, "title": "长" * 41, "go": "2"})).text()
        assert "超过 40 个字" in long
        assert 'name="title"' in long
        untold = await (await pages.post(NEW, data={**FORM, "title": "", "go": "2"})).text()
        assert "给它起个名称" in untold
        assert "title =" not in untold
        form = {**FORM, "id": "odd", "script": "no/such", "go": "3"}
        answer = await pages.post(NEW, data=form)
        assert answer.status == 422
        page = await answer.text()
        assert "no/such" in page
        assert 'name="title"' in page  # the first step
        for more, said in (
            ({"date": ""}, "没有填。选一个日期，或选一个节日"),
            ({"from": "12:00", "till": "10:00"}, "开始要早于结束"),
            ({"last_at": "09:00"}, "过期时间「09:00」早于发送时间"),  # and spoke of two dates
            ({"kind": "sequence", "begin": "added"}, "至少写一步"),
        ):
            answer = await pages.post(NEW, data={**FORM, "id": "odd", **more, "go": "3"})
            assert answer.status == 422
            page = await answer.text()
            assert said in page
            assert 'class="mistake"' in page  # at its field


async def test_each_way_to_name_a_day_makes_a_plan(shop: Stage) -> None:
    ways = {
        "festival": (
            {"mode": "festival", "festival": "mid_autumn", "shift": "1"},
            "mid_autumn - 1",
        ),
        "weekly": ({"mode": "weekly", "weekday": "fri", "from": "11:00"}, "0 11 * * fri"),
        "monthly": ({"mode": "monthly", "monthday": "18", "from": ""}, "0 10 18 * *"),
        "born": (
            {"kind": "reminder", "about": "birthday", "shift": "3", "side": "before"},
            "birthday - 3",
        ),
        "milk": (
            {"kind": "reminder", "about": "milk_powder", "shift": "25", "side": "after"},
            "milk_powder + 25",
        ),
    }
    async with visiting(shop.bot, "op", Role.OPERATOR) as pages:
        for name, (more, on) in ways.items():
            form = {**FORM, "id": name, "last_day": "1", "last_at": "20:00", **more}
            made = await pages.post(NEW, data={**form, "go": "make"})
            assert made.headers.get("HX-Redirect") == f"/console/plans/{name}", await made.text()
            entry = await shop.bot.touching.desk.plan(name)
            assert entry.table is not None
            assert (entry.table["on"], entry.table["deadline"]) == (on, "+1 days 20:00")
            await shop.bot.touching.desk.stop(name, "op")
        assert "买奶粉后 25 天" in await pages.text("/console/plans/milk")
        for name in ("again", "twin"):  # nothing told that nobody gets the second
            again = {**FORM, **ways["milk"][0], "id": name, "title": name, "go": "make"}
            assert (await pages.post(NEW, data=again)).status == 200
        page = (await pages.text("/console/plans/twin")).partition("同样的客户说同样的话")[2]
        assert 'href="/console/plans/again"' in page.partition("</p>")[0]
        assert "plans/milk" not in page.partition('<div class="grid')[0], "it is stopped"
        second = {**FORM, "kind": "reminder", "about": "milk_powder", "go": "2"}
        page = await (await pages.post(NEW, data=second)).text()
        assert '<option value="milk_powder" selected>买奶粉</option>' in page
        third = await (await pages.post(NEW, data={**second, "id": "", "go": "3"})).text()
        told = await pages.outcome(third)
        assert "4 位客户里，0 位有这个日子。 商城告诉了这个日子" in told, "it was made for nobody"
        assert "。其中 0 位有这个日子</small>" in await pages.text("/console/plans/born")
        await shop.bot.journal.write(Write(more=described("wm2", birthday="09-09")))
        page = await pages.text("/console/plans/born")
        assert "其中 1 位有这个日子：客户2</small>" in page, "the first of all stood there by name"
        todo = {**second, "id": "", "to": "member", "about": "birthday", "go": "3"}
        told = await pages.outcome(await (await pages.post(NEW, data=todo)).text())
        assert "待办里写的话" in told, "it was headed as what customers read"
        assert "客户会看到的话" not in told
        steps = {"kind": "sequence", "begin": "silent", "silent": "30", "day1": "2"}
        form = {**FORM, **steps, "id": "sop", "say1": "care/day3", "script": ""}
        assert (await pages.post(NEW, data={**form, "go": "make"})).status == 200
        page = await pages.text("/console/plans/sop")
        assert "30 天没有说话后 2 天" in page
        hours = {"begin": "added", "day1": "1", "from1": "09:00", "till1": "08:00"}
        page = await (await pages.post(NEW, data={**form, **hours, "id": "new", "go": "3"})).text()
        assert "开始要早于结束" in page.partition('id="f-from1"')[2].partition("</div>")[0]
        form |= {**hours, "till1": "09:30", "day2": "2", "say2": "care/day7", "last_day2": "1"}
        third = await (await pages.post(NEW, data={**form, "id": "new", "go": "3"})).text()
        assert "加好友后 1 天，09:00–09:30" in third
        told = await pages.outcome(third)
        assert "3月8日 09:00–10:00" in told
        takes = "”：4 位两边都排了，按频次上限收到的是这个计划，那个当天发不到。"
        assert f"同一天还有“三八节&lt;b&gt;问候&lt;/b&gt;{takes}" in told, "both promised all four"
        assert (await pages.post(NEW, data={**form, "id": "new", "go": "make"})).status == 200
        page = await pages.text("/console/plans/new/change")
        assert 'name="from1" value="09:00"' in page
        async with visiting(shop.bot, "boss", Role.ADMIN) as boss:
            audit = await boss.text("/console/audit?act=plan.make")
            assert "，09:00–09:30，当天没发出就不发\n2 天后：" in audit  # they shared one line
            assert '<ins class="lines">' in audit
            assert "，在允许的时段里，第二天 之后不发" in audit
            assert "care/day3" not in audit
            assert "买奶粉后 25 天" in audit
            assert "milk_powder" not in audit, "they read milk_powder + 25"
        await shop.look("plan.changed")
        due = "SELECT due_at FROM touch WHERE plan = 'new' AND slot LIKE 'day1@%'"
        planned = {int((row["due_at"] / 3600 + 8) % 24) for row in await shop.rows(due)}
        assert planned == {9}
        await shop.bot.touching.desk.stop("new", "op")
        await shop.bot.touching.desk.stop("sop", "op")


async def test_a_plan_is_changed_with_what_it_does_told_before(shop: Stage) -> None:
    desk, path = shop.bot.touching.desk, "/console/plans/march8/change"
    async with visiting(shop.bot, "op", Role.OPERATOR) as pages:
        assert f'href="{path}"' in await pages.text("/console/plans/march8")
        first = await pages.text(path)
        for field in (
            'value="三八节&lt;b&gt;问候&lt;/b&gt;"',
            'value="holiday" selected',
            'value="2026-03-08"',
        ):
            assert field in first, field
        seen = (await desk.plan("march8")).version
        form = {**FORM, "date": "2026-03-09", "from": "09:00", "till": "", "seen": seen}
        page = await (await pages.post(path, data={**form, "go": "3"})).text()
        assert "<del>2026年3月8日</del> → <ins>2026年3月9日</ins>" in page
        assert "还没发的 4 条按改后的重新安排" in page
        told = await pages.outcome(page)
        assert '改时间或内容 <b class="number">4</b>' in told
        assert '不发了 <b class="number">0</b>' in told
        assert '<td>3月8日</td><td class="number">4</td>' in told
        await desk.change("march8", {**table(), "title": "别的名字"}, "wangfang")
        for go in ("3", "make"):  # somebody was quicker
            page = await (await pages.post(path, data={**form, "go": go})).text()
            assert "wangfang 刚才也改了这个计划" in page
            assert "三八节&lt;b&gt;问候" in page
        form["seen"] = (await desk.plan("march8")).version
        with pytest.raises(Declined):
            await desk.change("march8", table(), "op", seen=seen)
        done = await pages.post(path, data={**form, "go": "make", "why": "改天"})
        assert done.headers["HX-Redirect"] == "/console/plans/march8"
        await shop.look("plan.changed")
        page = await pages.text("/console/plans/march8")
        assert "2026年3月9日" in page
        assert "确认前的预检" not in page, "it told what was tried out before the change"
        async with visiting(shop.bot, "boss", Role.ADMIN) as boss:
            audit = await boss.text("/console/audit?act=plan.change")
            assert "<del>2026年3月8日</del> → <ins>2026年3月9日</ins>" in audit
            assert "改天" in audit
        slots = "SELECT slot, count(*) AS n FROM touch WHERE plan = 'march8' AND state = 0"
        assert await shop.rows(f"{slots} GROUP BY slot") == [{"slot": "2026-03-09", "n": 4}]
        odd = table()
        script = odd.pop("script")
        say = [{"whom": "vip", "script": script}, {"script": script}]
        await desk.create("odd", {**odd, "say": say}, "op")
        refused = await pages.get("/console/plans/odd/change")
        assert (refused.status, "表单里没有的写法" in await refused.text()) == (422, True)
        await desk.stop("odd", "op")
        await desk.create("june", {**table(), "on": "2026-06-08"}, "op")
        seen = (await desk.plan("june")).version
        data = {**FORM, "date": "2026-06-07", "seen": seen, "go": "3"}
        tried = await pages.post("/console/plans/june/change", data=data)
        told = await pages.outcome(await tried.text())
        assert '改时间或内容 <b class="number">4</b>' in told, "those of 8 June were told as new"
        await desk.stop("june", "op")


def table() -> dict[str, Any]:
    names = ("kind", "title", "scenario", "script")
    return {**{name: FORM[name] for name in names}, "on": "2026-03-08", "hours": "10:00-12:00"}


async def test_pausing_and_stopping_need_a_reason_and_hold(shop: Stage) -> None:
    async with visiting(shop.bot, "op", Role.OPERATOR) as pages:
        path = "/console/plans/march8"
        assert (await pages.post(f"{path}/pause")).status == 422
        move = "UPDATE touch SET state = %d WHERE plan = 'march8' AND state = %d RETURNING seq"
        await shop.rows(move % (1, 0))
        assert "等确认或结果的 4 条不变" in await pages.text(f"{path}/pause"), "nothing said so"
        stop = await pages.text(f"{path}/stop")
        assert "4 条里，同事没确认的马上撤回" in stop, "they stay, it said"
        assert "4 条" not in await pages.text(f"{path}/resume")
        await shop.rows(move % (0, 1))
        assert (await pages.post(f"{path}/pause", data={"why": "等通知"})).status == 200
        page = await pages.text("/console/plans")
        assert re.search(r"4 条</span> <b>已暂停</b>", page), "told as if it would go out"
        day = "/console/plans/day/2026-03-09"
        day_told = await pages.part(day)
        assert '<span class="badge warn">已暂停</span>' in day_told
        assert ">计划已暂停</span>" in await pages.text("/console/customers/wm1")
        page = await pages.text(path)
        assert ("等通知" in page, "计划暂停着，先等着" in page) == (True, True)
        changing = {**FORM, "date": "2026-03-09", "from": "09:30", "go": "make"}
        seen = (await shop.bot.touching.desk.plan("march8")).version
        assert (await pages.post(f"{path}/change", data={**changing, "seen": seen})).status == 200
        await shop.look("plan.changed")
        page = await pages.text(path)
        assert "等通知" in page.partition("原来排好的已经撤下")[0], "why it is paused went"
        assert "原来排好的已经撤下" in page, "its messages were gone, and nothing told of it"
        assert "正在重新安排" not in page + await pages.text("/console/plans"), "for ever"
        assert "按现在写的重新安排" in await pages.text(f"{path}/resume"), "0 waited"
        async with visiting(shop.bot, "boss", Role.ADMIN) as boss:
            page = await boss.text("/console/audit?act=plan.pause")
            assert "<del>进行中</del> → <ins>已暂停</ins>" in page
        assert (await pages.post(path)).status == 422  # nobody has to confirm anything
        assert (await pages.post(f"{path}/resume", data={"why": "可以了"})).status == 200
        await shop.look("plan.changed")
        assert (await pages.post(f"{path}/stop", data={"why": "不做了"})).status == 200
        assert "停止时取消的不会再排" in await pages.text(f"{path}/resume"), "it counted 0"
        late = await pages.post(f"{path}/pause", data={"why": "另一个窗口"})
        assert (late.status, "现在是“已停止”" in await late.text()) == (409, True), "revived it"
        assert (await pages.post("/console/plans/none/stop", data={"why": "x"})).status == 404
        stopped = await pages.text(path)
        assert "已停止" in stopped
        assert "2026年3月9日" in stopped  # what it would have said can still be read
        async with visiting(shop.bot, "boss", Role.ADMIN) as boss:
            page = await boss.text("/console/audit?act=plan.stop")
            assert '<a href="/console/plans/march8">三八节' in page, "its id was told"
    waiting = await shop.rows(
        "SELECT count(*) AS n FROM touch WHERE plan = 'march8' AND state = 0"
    )
    assert waiting == [{"n": 0}]
    audit = await shop.rows("SELECT act, why FROM audit WHERE subject = 'march8' ORDER BY seq")
    assert [row["act"] for row in audit] == [
        "plan.make", "plan.change", "plan.pause", "plan.change", "plan.resume", "plan.stop",
    ]  # fmt: skip


async def test_all_plans_are_paused_at_once_and_go_on_together(shop: Stage) -> None:
    """On a day of mourning an operator had to pause a dozen plans one by one."""
    desk = shop.bot.touching.desk
    for name in ("early", "one", "two"):
        await desk.create(name, table_of(Given({**FORM, "date": "2026-04-01"})), "op")
    await desk.pause("early", "op")
    for _ in range(2):
        await shop.bot.touching.plans.sweep()
    assert isinstance(shop.clock, ManualClock)
    await shop.clock.advance(3600)
    async with visiting(shop.bot, "op", Role.OPERATOR) as pages:
        sheet = await pages.text("/console/plans/*/pause")
        assert 'name="plan-two" value="1" checked' in sheet
        assert "plan-early" not in sheet
        assert "朋友圈和老带新也照常" in sheet, "in a crisis one thought that nothing goes out"
        both = {"plan-one": "1", "plan-two": "1"}
        assert (await pages.post("/console/plans/*/pause", data=both)).status == 422  # why?
        assert (await pages.post("/console/plans/*/pause", data={"why": "哀悼日"})).status == 422
        assert (await pages.post("/console/plans/*/stop", data={"why": "x"})).status == 404
        done = await pages.post("/console/plans/*/pause", data={**both, "why": "哀悼日"})
        assert done.status == 200
        states = {one.id: one.state for one in await desk.plans()}
        assert states["one"] is states["two"] is states["early"] is PlanState.PAUSED
        assert "继续暂停的" in await pages.text("/console/plans")
        await shop.bot.touching.plans.sweep()
        assert "一起暂停了 2 个计划" in await pages.text("/console"), "it was told there alone"
        sheet = await pages.text("/console/plans/*/resume")
        assert 'name="plan-one" value="1" checked' in sheet
        assert 'name="plan-early" value="1">' in sheet, "it was paused for a reason of its own"
        await pages.post("/console/plans/*/resume", data={**both, "why": "过了"})
        await shop.bot.touching.plans.sweep()
        assert "一起暂停" not in await pages.text("/console")
    states = {one.id: one.state for one in await desk.plans()}
    assert states["one"] is states["two"] is PlanState.ACTIVE
    assert states["early"] is PlanState.PAUSED
    whys = await shop.rows("SELECT act, why FROM audit WHERE subject = 'two' ORDER BY seq")
    assert [(row["act"], row["why"]) for row in whys] == [
        ("plan.pause", "哀悼日"), ("plan.resume", "过了"),
    ]  # fmt: skip


async def test_another_profile_of_caps_tells_first_what_it_changes(shop: Stage) -> None:
    desk = shop.bot.touching.desk
    for day, title in ((10, "第一封"), (12, "第二封")):
        words = {**table(), "title": title, "on": f"2026-03-{day}", "script": f"care/day{day - 9}"}
        await desk.create(f"letter{day}", words, "op")
    configured(shop.bot.office.settings.root, "caps.toml")
    async with visiting(shop.bot, "boss", Role.ADMIN) as boss:
        path = "/console/settings/caps/"
        asked = await boss.part(f"{path}2020")
        assert "每位客户收到的群发 · 每周 <del>不限</del> → <ins>1</ins>" in asked
        told = await boss.outcome(asked)
        assert "改用后会发 4 条，现在是 8 条：少 4 条，4 条不再发。" in told
        lost = '<td>第二封</td><td class="number">4</td><td class="number">0</td>'
        assert lost in told
        assert (await boss.get(f"{path}1999", headers=PART)).status == 404
    assert shop.bot.touching.rules.policy.profile.name == "default"
