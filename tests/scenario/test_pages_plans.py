"""A plan is made in three steps with what would come of it, seen in the month, paused, stopped."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from shutil import copyfile

import pytest
import pytest_asyncio

from bot.clock import ManualClock
from bot.store.staff import Role
from tests.engine import ROOT
from tests.pages import Pages, visiting
from tests.stage import Stage, company, stage

pytestmark = pytest.mark.asyncio(loop_scope="module")
NEW = "/console/plans/new"
FORM = {
    "id": "march8", "kind": "campaign", "title": "三八节<b>问候</b>", "scenario": "holiday",
    "script": "holiday/spring_festival", "on": "2026-03-08", "hours": "10:00-12:00",
}  # fmt: skip


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shop(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    root: Path = tmp_path_factory.mktemp("shop")
    (root / "config").mkdir()
    for name in ("touch.toml", "segments.toml"):
        copyfile(ROOT / "config" / name, root / "config" / name)
    clock = ManualClock(datetime(2026, 3, 7, 2, tzinfo=UTC))
    async with stage(root, corp=company(clock), clock=clock, ticks=False) as opened:
        for number in range(1, 5):
            await opened.corp.customer_adds_member(f"wm{number}", "liming")
        await opened.quiet()
        yield opened


async def flown(shop: Stage, pages: Pages, page: str) -> str:
    """The preflight's end."""
    found = re.search(r'id="job-(\w+)"', page)
    assert found is not None, page
    job = shop.bot.office.jobs.find(found[1], "op")
    assert job is not None

    async def done() -> bool:
        return job.state != "running"

    await shop.until(done)
    assert (job.state, job.zh) == ("done", job.zh)
    return await pages.text(f"/jobs/{found[1]}")


async def test_a_plan_is_made_in_three_steps(shop: Stage) -> None:
    async with visiting(shop.bot, "op", Role.OPERATOR) as pages:
        second = await pages.post(NEW, data={**FORM, "go": "2", "on": ""})
        assert 'name="on"' in await second.text()
        third = await pages.post(NEW, data={**FORM, "go": "3"})
        told = await flown(shop, pages, await third.text())
        assert "共 4 条：4 条当天送到" in told
        assert (await shop.rows("SELECT id FROM plan WHERE body <> ''")) == []  # only tried
        made = await pages.post(NEW, data={**FORM, "go": "make"})
        assert made.headers["HX-Redirect"] == "/console/plans"
        page = await pages.text("/console/plans?month=2026-03")
        assert "三八节&lt;b&gt;问候" in page
        path = "/console/plans/day/2026-03-08"
        day = await pages.text(path, headers={"HX-Request": "true"})
        assert "三八节" in day
        assert '<td class="number">4</td>' in day
        assert 'href="/console/plans/march8"' in day
        assert 'href="/console/plans/march8"' in page
        one = await pages.text("/console/plans/march8")
        assert "2026年3月8日" in one
        assert "现在符合 4 位" in one
        assert "客户" in one
        again = await pages.post(NEW, data={**FORM, "go": "make"})
        assert again.status == 422  # the name is taken


async def test_a_mistake_leads_back_to_its_step(shop: Stage) -> None:
    async with visiting(shop.bot, "op", Role.OPERATOR) as pages:
        form = {**FORM, "id": "odd", "script": "no/such", "go": "3"}
        answer = await pages.post(NEW, data=form)
        assert answer.status == 422
        page = await answer.text()
        assert "no/such" in page
        assert 'name="title"' in page  # the first step
        answer = await pages.post(NEW, data={**FORM, "id": "odd", "on": "大后天", "go": "3"})
        assert answer.status == 422
        assert 'value="大后天"' in await answer.text()


async def test_pausing_and_stopping_need_a_reason_and_hold(shop: Stage) -> None:
    async with visiting(shop.bot, "op", Role.OPERATOR) as pages:
        path = "/console/plans/march8"
        assert (await pages.post(f"{path}/pause")).status == 422
        assert (await pages.post(f"{path}/pause", data={"why": "等通知"})).status == 200
        assert "已暂停" in await pages.text("/console/plans")
        assert "等通知" in await pages.text(path)
        assert (await pages.post(path)).status == 422  # nobody has to confirm anything
        assert (await pages.post(f"{path}/resume", data={"why": "可以了"})).status == 200
        assert (await pages.post(f"{path}/stop", data={"why": "不做了"})).status == 200
        assert (await pages.post("/console/plans/none/stop", data={"why": "x"})).status == 422
        stopped = await pages.text(path)
        assert "已停止" in stopped
        assert "2026年3月8日" in stopped  # what it would have said can still be read
    waiting = await shop.rows(
        "SELECT count(*) AS n FROM touch WHERE plan = 'march8' AND state = 0"
    )
    assert waiting == [{"n": 0}]
    audit = await shop.rows("SELECT act, why FROM audit WHERE subject = 'march8' ORDER BY seq")
    assert [row["act"] for row in audit] == [
        "plan.make", "plan.pause", "plan.resume", "plan.stop",
    ]  # fmt: skip
