"""Hours and caps are changed on a page, after a check, and apply without a restart."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import get_args
from urllib.parse import unquote

from bot.clock import ManualClock
from bot.scripts.checks.forbidden import forbidden_in
from bot.store.desk import staff
from bot.store.desk.staff import Role
from bot.touch.caps import Subject
from bot.touch.hours import TouchChannel
from bot.touch.touch import Scenario
from bot.web.console.settings import ABOUT, CHANNELS, SCENARIOS, SUBJECTS
from bot.workspace.config_files import FILES
from tests.engine import ROOT, configured
from tests.pages import Pages, visiting
from tests.stage import Stage, stage

QUIET = {"quiet": "21:00-09:00"}


@asynccontextmanager
async def settled(root: Path) -> AsyncIterator[tuple[Stage, Pages]]:
    configured(root, "touch.toml", "caps.toml")
    async with (
        stage(root, ticks=False) as shop,
        visiting(shop.bot, "boss", Role.ADMIN) as pages,
    ):
        yield shop, pages


async def test_hours_changed_on_the_page_hold_at_once(tmp_path: Path) -> None:
    async with settled(tmp_path) as (shop, pages):
        rules = shop.bot.touching.rules
        noon = datetime(2026, 3, 4, 4, 30, tzinfo=UTC)  # a Wednesday, 12:30 in Shanghai
        zone = shop.bot.desk.zone
        assert rules.policy.hours.open_at(noon, zone, Scenario.PROMOTION)
        form = {**QUIET, "scenario": "promotion", "day.workday": "17:30-20:30"}
        answer = await pages.post("/console/settings/windows", data=form)
        assert answer.status == 200
        assert not rules.policy.hours.open_at(noon, zone, Scenario.PROMOTION)
        assert rules.policy.hours.open_at(noon, zone, Scenario.REMINDER)
        text = (tmp_path / "config/touch.toml").read_text("utf-8")
        assert "# 92137: the code is good for 20 s" in text  # comments stay
        where = "/console/settings?scenario=promotion"
        assert "17:30-20:30" in await pages.text(where)
        async with visiting(shop.bot, "xiaomei", Role.OPERATOR) as reader:
            page = await reader.text(where)  # whoever plans could not even read them
            for told in ("17:30-20:30", "免打扰", "21:00-09:00", "每位客户", "每天 1"):
                assert told in page
            assert "<input" not in page.partition('id="stage"')[2]
            assert (await reader.post("/console/settings/windows", data=form)).status == 403


async def test_a_mistake_is_named_and_nothing_is_written(tmp_path: Path) -> None:
    async with settled(tmp_path) as (shop, pages):
        file = tmp_path / "config/touch.toml"
        before = file.read_bytes()
        form = {**QUIET, "day.workday": "9:00-25:00"}
        answer = await pages.post("/console/settings/windows", data=form)
        assert answer.status == 422
        assert "manners.windows.workday" in await answer.text()
        assert file.read_bytes() == before
        assert shop.bot.touching.rules.complaints == ()
        page = await pages.text("/console/settings/files/caps.toml")
        digest = page.split('name="digest" value="')[1].split('"')[0]
        loose = {"text": 'profile = "nothing"\n[profiles.a]\ncaps = []', "digest": digest}
        answer = await pages.post("/console/settings/files/caps.toml", data=loose)
        assert answer.status == 422
        assert "nothing" in await answer.text()  # what was written is still there
        stale = {**loose, "digest": "0" * 64}
        assert (await pages.post("/console/settings/files/caps.toml", data=stale)).status == 409


async def test_a_page_opened_earlier_put_the_numbers_of_others_back(tmp_path: Path) -> None:
    async with settled(tmp_path) as (shop, pages):
        page = await pages.text("/console/settings")
        hours, numbers, _ = re.findall('name="digest" value="([^"]+)"', page)
        first = {"of": "2025", "digest": numbers, "most.0": "1", "most.1": "2"}
        assert (await pages.post("/console/settings/caps", data=first)).status == 200
        stale = {**first, "most.0": "2", "most.1": "3"}
        late = await pages.post("/console/settings/caps", data=stale)
        assert (late.status, "没有保存" in await late.text()) == (409, True)
        assert 'name="most.1" value="2"' in await late.text(), "what holds now"
        assert shop.bot.touching.rules.policy.profile.caps[1].most == 2
        week = {**QUIET, "digest": hours, "day.sun": "10:00-12:00"}
        assert (await pages.post("/console/settings/windows", data=week)).status == 200
        assert (await pages.post("/console/settings/windows", data=week)).status == 409


async def test_a_file_that_somebody_was_mending_failed_the_page_that_leads_to_it(
    tmp_path: Path,
) -> None:
    async with settled(tmp_path) as (_, pages):
        for text in ("profile = ", "profiles = [1]", "[profiles.a]\ncaps = 5"):
            (tmp_path / "config/caps.toml").write_text(text, "utf-8")
            assert "直接编辑文件" in await pages.text("/console/settings"), text
        form = {"of": "2025", "most.0": "1"}
        assert (await pages.post("/console/settings/caps", data=form)).status == 422


async def test_the_other_profile_is_in_force_after_one_click(tmp_path: Path) -> None:
    async with settled(tmp_path) as (shop, pages):
        assert shop.bot.touching.rules.policy.profile.name == "2025"
        assert (await pages.get("/console/settings/caps/2020")).status == 303  # no page of its own
        answer = await pages.post("/console/settings/caps", data={"profile": "2020"})
        assert answer.status == 200
        *_, place = answer.headers["HX-Redirect"].partition("#")
        settings = await pages.text("/console/settings")
        assert f'<h3 id="{place}">2020 ' in settings, "it stood far below what one was shown"
        assert shop.bot.touching.rules.policy.profile.name == "2020"
        form = {"of": "2020", "most.1": "1", "most.3": "2"}
        assert (await pages.post("/console/settings/caps", data=form)).status == 200
        caps = shop.bot.touching.rules.policy.profile.caps
        assert (caps[1].most, caps[3].most) == (1, 2)
        form = {"of": "2025", "most.0": "9", "most.1": "3"}
        answer = await pages.post("/console/settings/caps", data=form)
        page = await answer.text()
        assert answer.status == 422
        assert 'name="most.0" value="9" autofocus aria-invalid="true"' in page, (
            "as typed, in sight"
        )
        assert "或把间隔改短" in page
        assert "profiles.2025.caps" not in page
        assert "gap_h</" not in page
        answer = await pages.post("/console/settings/caps", data={**form, "most.0": "many"})
        assert "这不是数字" in await answer.text()
        audit = await shop.rows("SELECT who, act, subject, details FROM audit ORDER BY seq")
        assert {(row["act"], row["subject"]) for row in audit} == {("config.change", "caps.toml")}
        page = await pages.text("/console/audit")
        assert "<del>profile = &#34;2025&#34;</del>" in page
        assert "<ins>profile = &#34;2020&#34;</ins>" in page
        role = {"id": "wang", "name": "王芳", "role": "2", "active": "1"}
        for more in ({}, {"role": "3"}):
            answer = await pages.post("/console/people", data={**role, **more})
            assert answer.status == 200
        assert shop.bot.desk.names.of("wang") == "王芳"
        till = shop.bot.office.settings.root / "config/channels.toml"
        till.write_text('[channel.till]\ntitle = "收银台"\nmembers = ["Wang"]\n', "utf-8")
        shop.bot.desk.channel_book.look()
        asked = await pages.post("/console/people", data={**role, "active": "0"})
        assert "停用“王芳”？" in await asked.text()
        assert '<a href="/console/channels/till">收银台</a>' in await asked.text()
        found = await staff.find(shop.bot.office.database, "wang")
        assert found is not None
        assert found.active, "it took effect without a word of what it changes"
        await shop.bot.journal.rows(
            "INSERT INTO todo (id, member, customer, conversation, why, words, created_at)"
            " VALUES ('t', 'wang', 'wm1', 'contact:wang:wm1', '', '', 1) RETURNING id"
        )
        late = await pages.post("/console/people", data={**role, "name": "小王", "seen": "0"})
        page = await late.text()
        assert "现在是：王芳，运营，—，在用" in page, "it took the place of theirs in silence"
        (seen,) = re.findall(r'name="seen" value="(\w+)"', page)
        assert 'name="name" maxlength="64" value="小王"' in page
        assert seen in await pages.part("/console/people/one?id=wang")
        zhang = {**role, "id": "zhang", "name": "老张", "role": "3"}
        assert (await pages.post("/console/people", data=zhang)).status == 200
        off = {**role, "leader": "zhang", "active": "0"}
        asked = await pages.post("/console/people", data=off)
        assert "还有以后的新待办，都交给： <b>老张</b>" in await asked.text()
        assert (await pages.post("/console/people", data={**off, "sure": "1"})).status == 200
        assert (await shop.rows("SELECT member FROM todo WHERE id = 't'"))[0]["member"] == "zhang"
        assert shop.bot.desk.receivers("Wang", "wm1") == ("zhang",)
        off = {**zhang, "active": "0", "sure": "1"}
        assert (await pages.post("/console/people", data=off)).status == 200
        assert shop.bot.desk.heir("wang") == "", "it is for whoever is on duty"
        assert (await pages.post("/console/people", data=role)).status == 200
        # another case made a second row, without the role and without the customers
        answer = await pages.post("/console/people", data={**role, "id": "WANG", "role": "3"})
        assert answer.status == 200
        database = shop.bot.office.database
        await staff.join(database, "Wang", "Wang", 1.0)  # as WeCom spells them
        found = await staff.find(database, "wANG")
        assert found is not None
        assert (found.id, found.name, found.role) == ("Wang", "王芳", Role.OPERATOR)
        same = [one for one in await staff.everybody(database) if one.id.casefold() == "wang"]
        assert len(same) == 1
        names = await shop.bot.office.names()
        assert (names["WANG"], "Wang" in list(names)) == ("王芳", True)
        page = await pages.text("/console/audit")
        assert "<dt>角色</dt><dd><del>主管</del> → <ins>运营</ins></dd>" in page


def test_the_page_has_words_for_all_that_the_files_can_say() -> None:
    assert {*CHANNELS} == {*get_args(TouchChannel)}
    assert {*SUBJECTS} == {*get_args(Subject)}
    assert {*SCENARIOS} <= {"", *Scenario}
    assert {path.name for path in (ROOT / "config").glob("*.toml")} == {*FILES} == {*ABOUT}


async def test_a_persona_is_in_force_from_the_next_message_on(tmp_path: Path) -> None:
    async with settled(tmp_path) as (shop, pages):
        path = "/console/settings/personas"
        form = {
            "id": "hk",
            "name": "<b>虹口店</b>",
            "members": "liming，wangfang",
            "persona": "小虹",
        }
        assert (await pages.post(path, data={**form, "members": ""})).status == 422
        assert (await pages.post(path, data=form)).status == 200
        assert "&lt;b&gt;虹口店" in await pages.text(path)
        voices = shop.bot.desk.voices
        assert voices.of("liming").persona == "小虹"
        again = {"id": "hk", "persona": "小虹", "member.liming": "李店长", "member.wangfang": ""}
        assert (await pages.post(path, data=again)).status == 200
        assert [voices.of(one).persona for one in ("liming", "wangfang")] == ["李店长", "小虹"]
        late = await pages.post(path, data={**again, "persona": "小浦", "seen": "0"})
        page = await late.text()
        assert "现在是：小虹，李店长，—" in page, "it took the place of theirs in silence"
        assert 'value="小浦"' in page
        log = await pages.text("/console/audit?act=store.persona")
        assert "&lt;b&gt;虹口店" in log, "its raw id stood there"
        new = await pages.post(path, data={**form, "new": "1", "persona": "小浦"})
        assert (new.status, voices.of("wangfang").persona) == (409, "小虹"), "another store's"
        other = {"id": "pd", "members": "liming"}
        assert (await pages.post(path, data=other)).status == 422  # is of another store


async def test_every_file_is_edited_with_a_check_and_told_in_chinese(tmp_path: Path) -> None:
    async with settled(tmp_path) as (shop, pages):
        mistakes = {
            "groups.toml": ("[stages]\nnew_days = 900", "写 1 到 180 天"),
            "moments.toml": ("opens = 30", "写 0 到 24 之间的数"),
            "forbidden.toml": ("[mine]\nwords = []", "没有写词"),
            "bot.toml": ("zone = 8", "写成了整数。应该写引号里的文字"),
            "segments.toml": (
                "[segment.a]\nany_tag = ['x']",
                "照企业微信里的写法加进 [known] tags",
            ),
            "customers.toml": ("[stages]\nnew_days = 0", "写天数，在允许的范围里"),
            "tagging.toml": ("[rule.a]\ntag = []", "每个标签写 1 到 30 个字"),
            "touch.toml": ("a = = 1", "第 1 行第 5 列写得不对"),
        }
        for name, (text, told) in mistakes.items():
            page = await pages.text(f"/console/settings/files/{name}")
            digest = page.split('name="digest" value="')[1].split('"')[0]
            form = {"text": text, "digest": digest}
            answer = await pages.post(f"/console/settings/files/{name}", data=form)
            assert answer.status == 422
            assert told in await answer.text(), (name, await answer.text())
        form = {"text": "[stages]\nnew_days = 9", "digest": sha256(b"").hexdigest()}
        assert (await pages.post("/console/settings/files/groups.toml", data=form)).status == 200
        form["text"] = (
            '[post.tea]\nmembers = ["liming"]\nkind = "persona"\ntext = "嫩芽"\nday = "2999-03-12"'
        )
        assert (await pages.post("/console/settings/files/moments.toml", data=form)).status == 200
        await shop.look("moments.rules")
        (post,) = await shop.rows("SELECT text FROM moment_post")
        assert post["text"] == "嫩芽", "who had looked first kept it"


async def test_an_empty_overview_said_nothing_but_zeros(tmp_path: Path) -> None:
    async with settled(tmp_path) as (shop, pages):
        assert "从这里开始" in await pages.text("/console")
        await shop.corp.customer_adds_member("wm1", "liming")
        await shop.quiet()
        assert "从这里开始" not in await pages.text("/console")
        await shop.rows("""
            INSERT INTO figure (day, name, key, n)
            SELECT day, name, 'kf', 5 FROM figure WHERE name = 'welcomed' RETURNING n""")
        page = await pages.text("/console")
        assert "欢迎了 1 位新客户" in page, "whoever enters 微信客服 is nobody new"


async def test_nobody_was_told_that_a_year_of_holidays_is_not_known(tmp_path: Path) -> None:
    """`huashu check` alone said so, and a bot runs on for a year: on a Sunday that is worked for
    a holiday it held everything back."""
    clock = ManualClock(datetime(2098, 10, 1, tzinfo=UTC))
    async with (
        stage(tmp_path, clock=clock, ticks=False) as shop,
        visiting(shop.bot, "boss", Role.ADMIN) as pages,
    ):
        assert "2098 年的放假和调休" in (page := await pages.text("/console"))
        assert "2099 年" not in page, "they are published each November"
        (tmp_path / "config/calendar.toml").write_text(
            '[official.2098]\noff = ["2098-10-01 to 2098-10-07"]\nwork = ["2098-10-12"]\n', "utf-8"
        )
        for _ in range(2):  # a file counts once it rests
            await shop.look("plans")
        assert "放假和调休" not in await pages.text("/console")
    clock = ManualClock(datetime(2098, 12, 2, tzinfo=UTC))
    async with (
        stage(tmp_path, clock=clock, ticks=False) as shop,
        visiting(shop.bot, "chief", Role.OPERATOR) as pages,
    ):
        page = await pages.text("/console")
        assert "2099 年的放假和调休" in page
        assert "请管理员写进" in page


async def test_a_word_was_forbidden_by_whoever_could_write_toml_alone(tmp_path: Path) -> None:
    path = "/console/scripts/words"
    async with settled(tmp_path) as (shop, pages):
        assert "绝对化用语" in await pages.text(path)  # those that ship
        english = await pages.text(path, headers={"Accept-Language": "en"})
        titles = "".join(re.findall(r"<h2.*?</h2>|<option.*?</option>", english, re.S))
        assert re.search("[\u4e00-\u9fff]", titles) is None, titles
        for words, group in (
            ("买一送全家", ""),
            ("躺平、灵丹妙药", "company"),
            ("神效", "medical"),
        ):
            assert (await pages.post(path, data={"words": words, "group": group})).status == 200
        page = await pages.text(path)
        assert re.search("公司规定不说.*买一送全家.*躺平.*灵丹妙药", page, re.S)
        twice = await pages.post(path, data={"words": "销量NO.1", "group": "company"})
        there = "「销量NO.1」已经在“绝对化用语”里"
        assert (twice.status, there in await twice.text()) == (422, True), "in two groups"
        both = await pages.post(path, data={"words": "销量NO.1、吃不胖", "group": "company"})
        assert there in unquote(both.cookies["said"].value)
        assert re.search("公司规定不说.*吃不胖", page := await pages.text(path), re.S)
        assert "销量NO.1" not in page
        said = "买一送全家，国家级的神效"
        assert {word for word, *_ in forbidden_in(tmp_path, said)} == {
            "买一送全家",
            "国家级",
            "神效",
        }
        deed = {"group": "medical", "word": "神效"}
        async with visiting(shop.bot, "op", Role.OPERATOR) as writer:  # admins alone could
            assert (await writer.post(path, data={"words": "躺倒"})).status == 200
            own = {"group": "company", "word": "躺倒"}
            assert (await writer.post(f"{path}/drop", data=own)).status == 200
            refused = await writer.post(f"{path}/drop", data=deed)
            assert (refused.status, "请找管理员" in await refused.text()) == (422, True)
        assert (await pages.post(f"{path}/drop", data=deed)).status == 200
        assert {word for word, *_ in forbidden_in(tmp_path, said)} == {"买一送全家", "国家级"}
        wrong = await pages.post(path, data={"words": "长" * 41})
        assert (wrong.status, "长" * 41 in await wrong.text()) == (422, True)
        assert "机器人还在说" not in await pages.text(path)
        held = next(one for one in shop.bot.desk.edition.library)
        assert (await pages.post(path, data={"words": held.say[0].source[:4]})).status == 200
        page = await pages.text(path)  # a message of six seconds alone had told
        assert re.search(f"机器人还在说.*{held.title}</a>", page, re.S)
        (tmp_path / "config/forbidden.toml").write_text("a = = 1", "utf-8")
        assert "写坏了" in await (await pages.get(path)).text()
