"""The customer's page, in the sidebar and in the console: tags, stage, notes, what happened."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest
import pytest_asyncio
from aiohttp import FormData
from openpyxl import load_workbook

from bot.clock import ManualClock
from bot.profile.fields import Consent
from bot.profile.fields import Source as FieldSource
from bot.store.customers.erasing import erase
from bot.store.customers.people import described
from bot.store.desk.audit import Deed, note
from bot.store.desk.staff import Role
from bot.store.journal import Write
from bot.store.sql import Database
from bot.store.tables import lines, tables
from bot.store.touch.brakes import FORGOTTEN, Brakes
from tests.engine import configured
from tests.pages import PART, Pages, visiting
from tests.stage import SHOP, Stage, company, stage

pytestmark = pytest.mark.asyncio(loop_scope="module")
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
TAG = "<b>大户</b>'\""
MORNING = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)  # ten o'clock on a Tuesday in Shanghai
WM1 = "/sidebar/customer?customer=wm1"
# wm1 has brought wm2 into a group; what is kept of a deed, line by line.
GUESTS = (
    """INSERT INTO chat_group_member (chat_id, userid, customer, joined_at, invitor)
    VALUES ('wrA', 'wm2', true, $1, 'wm1')""",
    """INSERT INTO chat_group_change (event, chat_id, at, change, members)
    VALUES ('e1', 'wrA', $1, 'update', '["wm2","wm1"]')""",
    """INSERT INTO audit (at, who, act, subject, why, details, changes)
    VALUES ($1, 'op', 'customer.stage', 'wm1', '', '', '[["stage","new","VIP"]]')""",
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shop(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    """李明 and 王芳 have wm1, who writes to 微信客服; 王芳 alone has wm2."""
    clock = ManualClock(MORNING)
    corp = company(clock)
    root = tmp_path_factory.mktemp("card")
    configured(root, "segments.toml", "calendar.toml", "customers.toml")
    async with stage(root, corp=corp, clock=clock, ticks=False) as play:
        await corp.console_adds_tag("等级", "VIP")
        await corp.console_adds_tag("等级", TAG)
        for member in ("liming", "wangfang"):
            await corp.customer_adds_member("wm1", member, "store_7", welcome=False)
        await corp.customer_adds_member("wm2", "wangfang", welcome=False)
        await corp.member_remarks_customer("wm1", "wangfang", remark=HOSTILE)
        await corp.customer_writes_kf("wm1", SHOP, f"什么时候发货{HOSTILE}")
        await play.quiet()
        await play.look("contacts.refresh", 6)
        known = described("wm1", phone="13812345678", birthday="L05-17")
        await play.bot.journal.write(Write(more=known))
        yield play


async def card(pages: Pages, path: str = WM1) -> str:
    return await pages.part(path)


async def test_who_they_are_and_who_has_them(shop: Stage) -> None:
    async with visiting(shop.bot, "liming") as pages:
        page = await card(pages)
    for words in ("138****5678", "农历5月17日", "store_7", "wangfang", "什么时候发货"):
        assert words in page, words
    assert "13812345678" not in page
    assert re.search(r"什么时候发货[^\n]*</p>\s*<p class=\"why\">↳ ", page)  # why it was answered
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert "&lt;script&gt;alert(1)" in page  # remark of a colleague, and what they wrote


async def test_a_tag_is_given_and_taken_at_wecom_too(shop: Stage) -> None:
    form = {"tag": TAG, "on": "1"}
    relation = shop.corp.contacts.relations["liming", "wm1"]
    async with visiting(shop.bot, "liming") as pages:
        choices = await pages.part("/sidebar/customer/tags?customer=wm1&text=vip")
        assert "＋ VIP" in choices
        answer = await pages.post("/sidebar/customer/tags?customer=wm1", data=form)
        assert answer.status == 200
        assert "&lt;b&gt;大户" in await answer.text()
        assert len(relation.tags) == 1
        page = await card(pages)
        assert "<b>大户" not in page
        assert "加了标签" in page
        known = await shop.rows("SELECT tag FROM customer_tag WHERE customer = 'wm1'")
        assert known == [{"tag": TAG}]
        await shop.look("contacts.refresh", 6)
        answer = await pages.post(
            "/sidebar/customer/tags?customer=wm1", data={"tag": TAG, "on": "0"}
        )
        assert answer.status == 200
        assert relation.tags == []
        assert await shop.rows("SELECT tag FROM customer_tag WHERE customer = 'wm1'") == []
        unknown = await pages.post(
            "/sidebar/customer/tags?customer=wm1", data={"tag": "没有的", "on": "1"}
        )
        assert unknown.status == 422


async def test_the_stage_is_found_and_what_a_person_says_holds(shop: Stage) -> None:
    standing = "SELECT stage, stage_held FROM customer WHERE id = 'wm1'"
    path = "/sidebar/customer/stage?customer=wm1"
    await shop.look("stages.news")
    async with visiting(shop.bot, "liming") as pages:
        page = await card(pages)
        assert "自动：新客" in page
        assert "3月10日刚添加，还没下单" in page
        assert (await pages.post(path, data={"stage": "编的"})).status == 422
        answer = await pages.post(path, data={"stage": "loyal"})
        assert '<option value="loyal" selected>' in await answer.text()
        await shop.look("stages")
        assert await shop.rows(standing) == [{"stage": "loyal", "stage_held": 2}]
        page = await pages.text("/console/customers/wm1")
        assert "阶段变成" in page
        assert "同事定的" in page
        assert "<b>1</b><span>忠诚</span>" in await pages.text("/console/customers")
        answer = await pages.post(path, data={"stage": ""})
        assert '<option value="" selected>自动：新客' in await answer.text()
    assert await shop.rows(standing) == [{"stage": "new", "stage_held": 0}]


async def test_what_they_agreed_to_is_kept_with_each_field(shop: Stage) -> None:
    path = "/sidebar/customer/fields/birthday?customer=wm1"
    async with visiting(shop.bot, "liming") as pages:
        wrong = await pages.post(path, data={"value": "2月30日", "consent": "1"})
        assert (wrong.status, "「2月30日」不是一个日子" in await wrong.text()) == (422, True)
        form = {"value": "农历5月18日", "source": "customer", "consent": "1"}
        page = await (await pages.post(path, data=form)).text()
        for words in ("农历5月18日", "客户说的", "同意用"):
            assert words in page, words
        assert (await pages.post(path.replace("birthday", "none"), data=form)).status == 404
        assert "改了资料" in await card(pages)
        theirs = await pages.post(path.replace("wm1", "wm2"), data=form)
        assert theirs.status == 403
    rows = await shop.rows("SELECT birthday FROM customer WHERE id = 'wm1'")
    assert rows == [{"birthday": "L05-18"}]
    async with visiting(shop.bot, "liming") as pages:
        late = await pages.post(path, data={**form, "value": "05-01", "seen": "0"})
        page = await late.text()
        assert (late.status, "别人改过" in page, 'value="05-01"' in page) == (409, True, True)
    assert await shop.rows("SELECT birthday FROM customer WHERE id = 'wm1'") == rows, (
        "it took the place of theirs in silence"
    )
    async with visiting(shop.bot, "liming") as pages:  # it was taken out as if never asked about
        page = await (await pages.post(path, data={"value": "", "consent": "2"})).text()
    assert "农历5月18日" not in page
    assert "收回了同意" in page
    assert await shop.rows("SELECT birthday FROM customer WHERE id = 'wm1'") == [{"birthday": ""}]
    known = await shop.rows("SELECT value, consent FROM customer_field WHERE customer = 'wm1'")
    assert known == [{"value": "", "consent": 2}]


async def test_each_changes_only_the_notes_that_they_wrote(shop: Stage) -> None:
    async with visiting(shop.bot, "liming") as mine, visiting(shop.bot, "wangfang") as theirs:
        page = await mine.post("/sidebar/customer/notes?customer=wm1", data={"text": HOSTILE})
        found = re.search(r"/sidebar/customer/notes/(\d+)\?", await page.text())
        assert found is not None
        path = f"/sidebar/customer/notes/{found[1]}"
        assert "&lt;script&gt;" in await card(theirs)
        for deed in ("", "/delete"):
            refused = await theirs.post(f"{path}{deed}?customer=wm1", data={"text": "x"})
            assert refused.status == 403
        elsewhere = await theirs.post(f"{path}/delete?customer=wm2")
        assert elsewhere.status == 404
        assert (await mine.post(f"{path}?customer=wm1", data={"text": "周五再问"})).status == 200
        page = await mine.post("/sidebar/customer/notes?customer=wm1", data={"text": "字" * 1001})
        assert page.status == 422
        assert "周五再问" in await card(mine)
        assert (await mine.post(f"{path}/delete?customer=wm1")).status == 200
        assert "周五再问" not in await card(mine)


async def test_what_happened_comes_page_by_page_and_by_kind(shop: Stage) -> None:
    assert isinstance(shop.clock, ManualClock)
    for number in range(23):
        await shop.corp.customer_writes_kf("wm1", SHOP, f"第{number}句")
        await shop.quiet()
        await shop.clock.advance(1)
    seen: list[str] = []
    path = "/sidebar/customer/timeline?customer=wm1&show=talk"
    async with visiting(shop.bot, "liming") as pages:
        while path:
            page = await pages.part(path)
            seen += re.findall("第(\\d+)句", page)
            more = re.search(r'hx-get="([^"]+)"', page)
            path = more[1].replace("&amp;", "&") if more else ""
        notes = await pages.part("/sidebar/customer/timeline?customer=wm1&show=note")
    assert [number for number in seen if seen.count(number) != 1] == []
    assert seen == [str(number) for number in range(22, -1, -1)]
    assert "句" not in notes


async def test_whom_one_does_not_serve_one_does_not_see(shop: Stage) -> None:
    paths = ("/sidebar/customer", "/sidebar/customer/timeline", "/sidebar/customer/tags")
    async with visiting(shop.bot, "liming") as pages:
        for path in paths:
            assert (await pages.get(f"{path}?customer=wm2", headers=PART)).status == 403, path
        for path in ("tags", "stage", "notes"):
            form = {"tag": "VIP", "on": "1", "stage": "loyal", "text": "x"}
            answer = await pages.post(f"/sidebar/customer/{path}?customer=wm2", data=form)
            assert answer.status == 403, path
        assert (await pages.get("/console/customers/wm2")).status == 404
        assert "138****5678" in await pages.text("/console/customers/wm1")
    assert await shop.rows("SELECT seq FROM note WHERE customer = 'wm2'") == []


async def test_a_leader_tags_through_whom_has_them(shop: Stage) -> None:
    async with (
        visiting(shop.bot, "wangfang", leader="zhao"),
        visiting(shop.bot, "zhao", Role.LEADER) as leader,
    ):
        answer = await leader.post(
            "/sidebar/customer/tags?customer=wm2", data={"tag": "VIP", "on": "1"}
        )
        assert answer.status == 200, await answer.text()
        assert 'href="/console/customers/wm2"' in await leader.text("/console/customers")
    assert len(shop.corp.contacts.relations["wangfang", "wm2"].tags) == 1


async def test_a_file_of_what_is_known_is_looked_at_and_taken_in(shop: Stage) -> None:
    path, text = "/console/customers/import", "手机号,客户编号,尺码,偏好,到期,订单金额\n"
    text += f"13812345678,,38 码,{HOSTILE},下个月,99\n,wm2,39 码,,,\n,wm9,40 码,,,\n"
    fields = shop.bot.office.profiles.fields
    await fields.put("wm2", "size", "37 码", FieldSource.CUSTOMER, "wangfang", 1.0)
    async with visiting(shop.bot, "op", Role.OPERATOR) as pages:
        assert f'href="{path}"' in await pages.text("/console/customers")
        sheet = await pages.get(f"{path}/template.xlsx")
        assert (sheet.status, (await sheet.read())[:2]) == (200, b"PK")
        looked = await pages.post(path, data=_sheet(text))
        job = (await pages.ended(looked.headers["HX-Redirect"])).id
        page = await pages.text(f"{path}?job={job}")
        assert "没有客户「wm9」" in page
        assert "<b>1 列不导入</b>" in page
        assert "「订单金额」不认识" in page
        assert "新填 <b>1</b> · 和已有的不同 <b>1</b> · 没有变化 <b>0</b>" in page
        assert "整行不导入 <b>1</b> · 有格子不导入 <b>1</b>" in page
        cells = await pages.part(f"{path}/rows?job={job}&kind=cells")
        assert "<b>到期：</b>「下个月」不能用。<span>写 2027-05-17</span>" in cells
        others = await pages.part(f"{path}/rows?job={job}&kind=changed")
        assert "<del>37 码</del> → <ins>39 码</ins>" in others
        assert "size" not in await fields.of("wm1")  # only looked at
        assert (await pages.post(f"{path}/apply", data={"job": job})).status == 200
        assert (await pages.post(f"{path}/apply", data={"job": job})).status == 409
        known = (await fields.of("wm1"))["size"]
        assert (known.value, known.source, known.who) == ("38 码", "import", "op")
        assert known.origin == "会员.csv"
        assert (await fields.of("wm2"))["size"].value == "37 码"  # what they said stays
        assert "会员.csv" in await pages.text("/console/customers/wm1")
        looked = await pages.post(path, data=_sheet(text))
        job = (await pages.ended(looked.headers["HX-Redirect"])).id
        assert (await pages.post(f"{path}/apply", data={"job": job, "over": "1"})).status == 200
        assert (await fields.of("wm2"))["size"].value == "39 码"
        assert "尺码：37 码 → 39 码" in await pages.text("/console/customers/wm2")
        page = await pages.text(f"{path}?job={job}")
        assert "导错了，撤销" in page  # an overwritten value was gone for good
        assert (await pages.post(f"{path}/undo", data={"job": job})).status == 200
        assert (await pages.post(f"{path}/undo", data={"job": job})).status == 409
        assert (await fields.of("wm2"))["size"].value == "37 码"
        assert "已撤销" in await pages.text(f"{path}?job={job}")
        async with visiting(shop.bot, "boss", Role.ADMIN) as boss:
            assert "撤销导入客户资料" in await boss.text("/console/audit")


async def test_the_ids_that_a_file_needs_were_to_be_had_nowhere(shop: Stage) -> None:
    fields, path = shop.bot.office.profiles.fields, "/console/customers/list.xlsx"
    told = {"birthday": "L+06-01", "size": "=38", "renewal": "2027-05-17", "zone": "Asia/Tokyo"}
    for name, value in told.items():
        await fields.put("wm1", name, value, FieldSource.CUSTOMER, "lijie", 1.0)
    await fields.agree("wm1", "birthday", Consent.GIVEN, "祝福", "lijie", 1.0)
    async with (
        visiting(shop.bot, "op", Role.OPERATOR) as pages,
        visiting(shop.bot, "lijie", Role.LEADER) as leader,
    ):
        assert (await leader.get(path)).status == 403
        page = await pages.text("/console/customers?member=wangfang")
        assert f'href="{path}?member=wangfang"' in page
        book = load_workbook(BytesIO(await (await pages.get(path)).read()))
        book.create_sheet("二店").append(["手机号"])
        book.save(written := BytesIO())
        content = written.getvalue()
        looked = await pages.post("/console/customers/import", data=_sheet(content, "名单.xlsx"))
        found = await pages.ended(looked.headers["HX-Redirect"])
        assert (found.result.left_out, found.result.troubles) == ((), ())
        rows = found.result.rows
        assert {(row.fate, row.complaints) for row in rows} == {("same", ())}
        assert {"wm1", "wm2"} <= {row.customer for row in rows}
        named = "，没有读：二店</b>。要导入的都放进一张工作表，或者每张另存成一个文件。"
        assert named in await pages.text(looked.headers["HX-Redirect"])
        async with visiting(shop.bot, "boss", Role.ADMIN) as boss:
            assert "下载客户名单" in await boss.text("/console/audit")
            english = await boss.text("/console/audit?lang=en")
            assert (" customer" in english, "位客户" in english) == (True, False)


async def test_a_file_with_a_long_name_failed_the_import(shop: Stage) -> None:
    """Windows takes 255 characters, the bot's own disk 255 bytes."""
    async with visiting(shop.bot, "op", Role.OPERATOR) as pages:
        content = _sheet("客户编号,尺码\nwm2,39 码\n", f"{'会员名单' * 25}.csv")
        looked = await pages.post("/console/customers/import", data=content)
        found = await pages.ended(looked.headers["HX-Redirect"])
        assert (found.state, len(found.result.rows)) == ("done", 1)


def _sheet(content: str | bytes, name: str = "会员.csv") -> FormData:
    content = content.encode() if isinstance(content, str) else content
    form = FormData(quote_fields=False)  # as browsers send it
    form.add_field("file", content, filename=name, content_type="text/csv")
    return form


async def test_tagging_needs_the_catalogue_only_once_a_minute(shop: Stage) -> None:
    assert isinstance(shop.clock, ManualClock)
    await shop.clock.advance(timedelta(minutes=2).total_seconds())
    before = len(shop.corp.calls)
    async with visiting(shop.bot, "liming") as pages:
        for text in ("v", "vi", "vip"):
            await pages.part(f"/sidebar/customer/tags?customer=wm1&text={text}")
    assert len(shop.corp.calls) - before == 1


async def test_an_admin_forgets_a_customer_and_nothing_is_left(shop: Stage) -> None:
    """Whatever the tests before have made of wm1; the deed stays, and that nothing is sent."""
    database, customer = shop.bot.office.database, "wm1"
    for query in GUESTS:
        await database.change(query, 1.0)
    form, path = {"why": "客户要求删除"}, f"/console/customers/{customer}/erase"
    async with (
        visiting(shop.bot, "op", Role.OPERATOR) as operator,
        visiting(shop.bot, "boss", Role.ADMIN) as admin,
    ):
        assert (await operator.post(path, data=form)).status == 403
        assert (await admin.post(path)).status == 422
        before = await _left(database)
        assert len(before) > 4, before
        assert (await admin.post(path, data=form)).status == 200
    await shop.bot.sweep("customers.erasing")
    left = await _left(database)
    assert left.keys() == {"audit", "brake_step", "customer"}, left
    (row,) = await database.rows("SELECT * FROM customer WHERE id = 'wm1'")
    assert (row["name"], row["tags"], row["birthday"]) == ("", "[]", "")
    assert row["opted_out_at"]
    (step,) = await Brakes(database).steps(customer="wm1")
    assert (step.kind, step.active, step.who, step.why) == ("opt_out", True, "", FORGOTTEN)
    deeds = await database.rows(
        "SELECT who, why, details, changes FROM audit WHERE subject = 'wm1'"
    )
    told = [one for one in deeds if one["why"] or one["details"] or one["changes"]]
    assert told == [{"who": "boss", "why": "客户要求删除", "details": "", "changes": ""}]
    (guest,) = await database.rows("SELECT userid, invitor FROM chat_group_member")
    assert guest == {"userid": "wm2", "invitor": ""}


async def test_whom_a_command_deletes_leaves_the_memory_of_the_bot_too(shop: Stage) -> None:
    """Their name, and what was said, were written back with the next event."""
    office, gone = shop.bot.office, list[str]()
    office.profiles.forgetting.append(gone.append)
    at = shop.clock.timestamp()
    await erase(office.database, "wm2", at)
    await note(office.database, [Deed(who="boss", act="customer.erase", subject="wm2")], at)
    for _ in range(2):
        await shop.bot.sweep("customers.erased")
    assert gone.count("wm2") == 1
    late = Deed(who="boss", act="customer.erase", subject="wm9")
    await note(office.database, [late], at)
    await office.database.rows(  # its number is lower, and another process was slower with it
        "UPDATE audit SET seq = (SELECT min(seq) - 1 FROM audit) WHERE subject = 'wm9' "
        "RETURNING seq"
    )
    for _ in range(2):
        await shop.bot.sweep("customers.erased")
    assert gone.count("wm9") == 1
    assert gone.count("wm2") == 1


async def _left(database: Database) -> dict[str, int]:
    """By table, rows in which they stand."""
    found: dict[str, int] = {}
    for table in tables():
        async for page in lines(database, table):
            if number := sum(b'"wm1' in line or b':wm1"' in line for line in page):
                found[table.name] = found.get(table.name, 0) + number
    return found
