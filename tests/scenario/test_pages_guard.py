"""Who may sign in, who may do what, and what is refused unread."""

import html
import os
import re
from asyncio import gather
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import pytest
import pytest_asyncio
from aiohttp import ClientResponse

from bot.app import database_url
from bot.clock import ManualClock
from bot.store.credentials import Credentials
from bot.store.desk import staff
from bot.store.desk.staff import Role, Staff
from bot.store.sql import Database, given
from bot.web.login import ADMIN, ONCE, first_link, new_once
from bot.web.pages import routes
from bot.web.route import FORM_BYTES, STRANGERS_BYTES, Route
from tests.databases import opened
from tests.engine import TRIED
from tests.pages import Pages, visiting
from tests.stage import Stage, stage

ROUTES = routes()
NEEDED = {f"{route.method} {route.path}": route for route in ROUTES}
FILL = re.compile(r"\{[^}]*\}")
MANY = """
INSERT INTO staff (id, name, role, leader, active, joined_at)
SELECT 'm' || (value ->> 0), '导购' || (value ->> 0), 1, '', true, 1.0 FROM given($1)"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shop(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    async with stage(tmp_path_factory.mktemp("shop"), ticks=False) as opened:
        yield opened


def of(route: Route) -> str:
    return FILL.sub("nothing-like-this", route.path)


async def ask(pages: Pages, route: Route, **options: str) -> int:
    if route.method == "GET":
        return (await pages.get(of(route))).status
    return (await pages.post(of(route), **options)).status


def test_the_routes_are_each_there_once() -> None:
    assert len(NEEDED) == len(ROUTES)


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("role", [None, *Role])
async def test_each_route_lets_in_those_whom_it_should(shop: Stage, role: Role | None) -> None:
    who = f"of-{role.name.lower()}" if role else ""
    async with visiting(shop.bot, who, role or Role.MEMBER) as pages:
        wrong: dict[str, object] = {}
        for name, route in NEEDED.items():
            if route.needs is None or name == "GET /live" or "logout" in name:
                continue
            if role is None:
                response = await pages.get(of(route)) if route.method == "GET" else None
                right = response is None or (
                    response.status == 303 and response.headers["Location"].startswith("/login")
                )
                if not right:
                    wrong[name] = response
                continue
            status = await ask(pages, route)
            if (status == 403) == (role >= route.needs):
                wrong[name] = status
        assert wrong == {}


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("token", ["", "nonsense", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="])
async def test_each_form_without_its_token_is_refused(shop: Stage, token: str) -> None:
    async with visiting(shop.bot, "boss", Role.ADMIN) as pages:
        forms = [route for route in ROUTES if route.method != "GET"]
        assert forms != []
        answered = {
            route.path: (await pages.post(of(route), token=token)).status for route in forms
        }
        assert {path: status for path, status in answered.items() if status != 403} == {}


@pytest.mark.asyncio(loop_scope="module")
async def test_a_token_of_another_session_is_refused(shop: Stage) -> None:
    async with visiting(shop.bot, "a") as one, visiting(shop.bot, "b") as other:
        assert (await one.post("/logout", token=other.token)).status == 403
        assert (await one.post("/logout")).headers["HX-Redirect"] == "/login"


@pytest.mark.asyncio(loop_scope="module")
async def test_a_copied_cookie_was_good_for_a_day_after_the_logout(shop: Stage) -> None:
    async with visiting(shop.bot, "a") as phone, visiting(shop.bot, "a") as computer:
        await phone.post("/logout")
        assert (await phone.get("/console")).status == 303
        assert (await computer.get("/console")).status == 200


@pytest.mark.asyncio(loop_scope="module")
async def test_every_page_forbids_foreign_scripts_and_frames(shop: Stage) -> None:
    async with visiting(shop.bot, "boss", Role.ADMIN) as pages:
        response = await pages.get("/console")
    policy = response.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    cookie = response.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


async def test_the_first_link_is_for_a_person_alone_and_voids_no_other(tmp_path: Path) -> None:
    """Each start printed one into the journal, and made that of `huashu admin-link` void."""
    async with opened(TRIED or "sqlite", tmp_path) as connection:
        database, clock, base = Database(connection), ManualClock(), "https://shop.example.com/"
        link = await first_link(database, clock, base, watched=True)
        assert str(link).startswith(f"{base}login/once/"), "two slashes: no such page"
        kept = await Credentials().load(ONCE)
        assert await first_link(database, clock, base, watched=False) == ""
        assert kept == await Credentials().load(ONCE)
        boss = Staff(id=ADMIN, name="老板", role=Role.ADMIN, leader="", active=True, sight=None)
        await staff.put(database, boss, 1.0)
        assert await first_link(database, clock, base, watched=True) is None


@pytest.mark.asyncio(loop_scope="module")
async def test_nothing_is_changed_in_a_file_that_is_lost(shop: Stage) -> None:
    """What was edited at the console after somebody had deleted the database went with the
    process."""
    path = database_url(shop.bot.desk.settings).removeprefix("sqlite://")
    async with visiting(shop.bot, "boss", Role.ADMIN) as pages:
        os.rename(path, f"{path}-aside")
        answer = await pages.post("/console/people", data={"id": "ami", "name": "阿米"})
        os.rename(f"{path}-aside", path)
        assert answer.status == 503
        assert await shop.rows("SELECT id FROM staff WHERE id = 'ami'") == []


@pytest.mark.asyncio(loop_scope="module")
async def test_two_who_pressed_the_admin_link_at_once_both_came_in(shop: Stage) -> None:
    link = await new_once(shop.clock, "")
    async with visiting(shop.bot) as one, visiting(shop.bot) as other:
        pressed = [await asked_once(pages, link) for pages in (one, other)]
        answers = await gather(*(press() for press in pressed))
        assert sorted(answer.status for answer in answers) == [200, 403]
        entered = next(answer for answer in answers if answer.status == 200)
        assert entered.headers["HX-Redirect"] == "/console"
        assert (await one.get(link)).status == 403


@pytest.mark.asyncio(loop_scope="module")
async def test_the_admin_link_lets_in_a_company_that_has_locked_itself_out(shop: Stage) -> None:
    database = shop.bot.office.database
    out = Staff(id=ADMIN, name="老板", role=Role.MEMBER, leader="", active=False, sight=())
    await staff.put(database, out, 1.0)
    async with visiting(shop.bot) as stranger:
        await (await asked_once(stranger, await new_once(shop.clock, "")))()
    found = await staff.find(database, ADMIN)
    assert found is not None
    assert (found.name, found.role, found.active) == ("老板", Role.ADMIN, True)
    noted = await shop.rows("SELECT who, act, subject FROM audit ORDER BY seq DESC LIMIT 1")
    assert noted == [{"who": ADMIN, "act": "login.once", "subject": ADMIN}]


@pytest.mark.asyncio(loop_scope="module")
async def test_logins_by_wecom_were_in_no_audit_and_one_called_admin_was_the_admin(
    shop: Stage,
) -> None:
    shop.corp.add_member("admin", "阿明")
    async with visiting(shop.bot) as stranger:
        left = await stranger.get("/login/wecom", params={"to": "/sidebar"})
        state = parse_qs(urlsplit(left.headers["Location"]).query)["state"][0]
        cookie = left.headers["Set-Cookie"].partition(";")[0]
        code = await shop.corp.access.issue_code("admin")
        back = await stranger.get(
            "/login/back", params={"code": code, "state": state}, headers={"Cookie": cookie}
        )
        assert back.headers["Location"] == "/sidebar"
    found = await staff.find(shop.bot.office.database, "admin")
    assert found is not None
    assert found.role is Role.MEMBER
    noted = await shop.rows("SELECT who, act FROM audit ORDER BY seq DESC LIMIT 1")
    assert noted == [{"who": "admin", "act": "login.wecom"}]
    async with visiting(shop.bot, "boss", Role.ADMIN) as pages:
        page = await pages.text("/console/audit", params={"act": "login.wecom"})
    assert "用企业微信登录" in page


async def asked_once(stranger: Pages, link: str) -> Callable[[], Awaitable[ClientResponse]]:
    """What presses the button of the page that the link opens."""
    asked = await stranger.get(link)
    assert asked.status == 200
    cookie = asked.headers["Set-Cookie"].partition(";")[0]
    found = re.search(r'name="csrf" value="([^"]+)"', await asked.text())
    assert found is not None
    form = {"csrf": found[1]}
    return partial(stranger.post, link, token="", data=form, headers={"Cookie": cookie})


@pytest.mark.asyncio(loop_scope="module")
async def test_a_member_who_is_switched_off_is_out_at_once(shop: Stage) -> None:
    async with visiting(shop.bot, "gone") as pages:
        assert (await pages.get("/console")).status == 200
        await shop.bot.office.database.change(
            "UPDATE staff SET active = $1 WHERE id = 'gone'", False
        )
        assert (await pages.get("/console")).status == 303


@pytest.mark.asyncio(loop_scope="module")
async def test_a_slash_at_the_end_of_an_address_was_no_page(shop: Stage) -> None:
    async with visiting(shop.bot, "boss", Role.ADMIN) as pages:
        for typed, meant in (
            ("/console/", "/console"),
            ("/console/customers/?q=%E9%99%88", "/console/customers?q=%E9%99%88"),
            ("/sidebar/", "/sidebar"),  # as it is easily entered in WeCom's console
        ):
            answer = await pages.get(typed)
            assert (answer.status, answer.headers["Location"]) == (303, meant)
        for path in ("/console/none", "/console/plans/none", "/sidebar/none"):
            assert (await pages.get(path)).status == 404, path


@pytest.mark.asyncio(loop_scope="module")
async def test_a_day_of_the_first_or_of_the_last_year_failed_the_page(shop: Stage) -> None:
    """A browser's field for a day sends 9999-12-31, and half a year that was typed, too."""
    async with visiting(shop.bot, "boss", Role.ADMIN) as pages:
        for first, last in (("0001-01-01", "0001-01-02"), ("2026-03-01", "9999-12-31")):
            for path in ("/console", "/console/answers"):
                await pages.text(f"{path}?from={first}&to={last}")
        for month in ("0001-01", "0002-01", "1970-01", "2199-12", "9999-12"):
            await pages.text(f"/console/plans?month={month}")
        for day in ("0001-01-01", "9999-12-31"):
            assert (await pages.get(f"/console/plans/day/{day}")).status == 404


@pytest.mark.asyncio(loop_scope="module")
async def test_login_leads_to_no_other_site(shop: Stage) -> None:
    async with visiting(shop.bot, "x") as pages:
        for to in (
            "//evil.example", "https://evil.example", "/\\evil.example", "/\t/evil.example",
            "/\n/evil.example", "/x\\..\\\\evil.example", "/ /evil.example", "/\x7f/evil.example",
        ):  # fmt: skip
            for path in ("/login", "/preferences"):
                response = await pages.get(path, params={"to": to})
                assert (response.status, response.headers["Location"]) == (303, "/console"), to
        response = await pages.get("/login", params={"to": "/sidebar?customer=%E5%BC%A0&x=1"})
        assert response.headers["Location"] == "/sidebar?customer=%E5%BC%A0&x=1"


@pytest.mark.asyncio(loop_scope="module")
async def test_english_at_the_login_led_to_no_page_and_was_forgotten(shop: Stage) -> None:
    """In the console it showed all customers instead of those who had been looked for."""

    async def switched(pages: Pages, path: str) -> str:
        found = re.search(r'"(/preferences\?lang=en&amp;[^"]+)"', await pages.text(path))
        assert found is not None
        chosen = await pages.get(html.unescape(found[1]))
        assert "lang=en" in chosen.headers["Set-Cookie"]
        return chosen.headers["Location"]

    login, found = (
        "/login?to=/console/plans/spring",
        "/console/customers?tag=%E5%AE%9D%26&stage=new",
    )
    async with visiting(shop.bot) as stranger:
        assert await switched(stranger, login) == login
    async with visiting(shop.bot, "boss", Role.ADMIN) as boss:
        assert await switched(boss, f"{found}&lang=zh") == found


@pytest.mark.asyncio(loop_scope="module")
async def test_a_login_on_the_way_to_a_long_address_never_came_back(shop: Stage) -> None:
    """Browsers keep no cookie over 4,096 bytes, and it remembered all the questions for which a
    script was to be written."""
    asked = "&".join(["ask=" + quote("这款外套有没有加绒的大码")] * 20)
    async with visiting(shop.bot) as stranger:
        to = f"/console/scripts/edit?{asked}"
        left = await stranger.get("/login/wecom", params={"to": to})
    cookie = left.headers["Set-Cookie"].partition(";")[0]
    session = shop.bot.office.seal.read(cookie.partition("=")[2])
    assert session is not None
    assert (len(cookie) < 4096, session.to) == (True, "/console/scripts/edit")


@pytest.mark.asyncio(loop_scope="module")
async def test_a_strangers_state_with_an_accent_failed_the_login(
    shop: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    """Each filled the log with a page of it."""
    async with visiting(shop.bot) as stranger:
        left = await stranger.get("/login/wecom")
        headers = {"Cookie": left.headers["Set-Cookie"].partition(";")[0]}
        back = await stranger.get("/login/back?code=x&state=%C3%A9", headers=headers)
    assert (back.status, "a page failed" in caplog.text) == (403, False)


@pytest.mark.asyncio(loop_scope="module")
async def test_the_body_of_whom_may_not_was_read_and_a_broken_one_failed_the_page(
    shop: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    parts = (
        "Content-Disposition: form-data; name=a\r\nContent-Type: multipart/mixed; boundary=b",
        "Content-Disposition: form-data",
        "Content-Disposition: form-data; name=a\r\nContent-Type: text/plain; charset=none",
    )
    broken = [
        (f"--x\r\n{part}\r\n\r\n1\r\n--x--\r\n", "multipart/form-data; boundary=x")
        for part in parts
    ]
    broken += [("a=1", "application/x-www-form-urlencoded; charset=none")]
    broken += [("--x", "multipart/form-data")]
    async with (
        visiting(shop.bot) as stranger,
        visiting(shop.bot, "low") as member,
        visiting(shop.bot, "boss", Role.ADMIN) as boss,
    ):
        for body, kind in broken:
            sent: dict[str, Any] = {"data": body, "headers": {"Content-Type": kind}}
            answer = await stranger.post("/console/people", **sent)
            assert answer.headers["HX-Redirect"].startswith("/login")
            assert (await member.post("/console/people", **sent)).status == 403
            assert (await boss.post("/console/people", **sent)).status == 400, sent
            assert (await stranger.post("/login/once/x", **sent)).status == 400, sent
        much = {"csrf": "x" * STRANGERS_BYTES}
        assert (await stranger.post("/login/once/x", data=much)).status == 413
        assert (await boss.post("/console/people", data=much)).status == 422
        large = {"csrf": "x" * FORM_BYTES}  # 10 MB of a birthday held the engine up for 3 s
        refused = await member.post("/sidebar/scripts/may", data=large)
        assert (refused.status, "最多 512 KB" in await refused.text()) == (413, True)
        refused = await boss.post("/console/people?lang=en", data=large)
        assert (refused.status, "512 KB at most" in await refused.text()) == (413, True)
        assert (await boss.post("/console/scripts/picture", data=large)).status == 422, "files"
        page = {"Referer": f"{shop.bot.url}/console/scripts/edit?id=faq/invoice"}
        late = await stranger.post("/console/scripts/save", headers=page)
        to = late.headers["HX-Redirect"]
        assert to == "/login?to=/console/scripts/edit%3Fid%3Dfaq/invoice&unsaved=1", "the overview"
        assert "刚才的操作没有保存" in await stranger.text(to)
        save = f"{shop.bot.url}/console/scripts/save"
        for no_page in ("http://evil.example/console", save, "http://[/console"):
            late = await stranger.post("/console/scripts/save", headers={"Referer": no_page})
            assert late.headers["HX-Redirect"] == "/login?to=/console&unsaved=1"
    assert "a page failed" not in caplog.text


@pytest.mark.asyncio(loop_scope="module")
async def test_a_list_of_thousands_of_tags_held_the_bot_up_for_minutes(shop: Stage) -> None:
    tags = ",".join(map(str, range(40_000)))
    async with visiting(shop.bot, "boss", Role.ADMIN) as pages:
        for path, name in (("/console/segments", "any_tag"), ("/console/channels", "tags")):
            sent = {"title": "x", "name": "x", "state": "x", "members": "boss", name: tags}
            answer = await pages.post(path, data=sent)
            assert (answer.status, "最多填 500 个" in await answer.text()) == (422, True), path


@pytest.mark.asyncio(loop_scope="module")
async def test_half_a_sign_failed_the_page(shop: Stage, caplog: pytest.LogCaptureFixture) -> None:
    """No browser sends one, but a form says in which charset it is to be read."""
    kind = {"Content-Type": "application/x-www-form-urlencoded; charset=unicode_escape"}
    async with visiting(shop.bot, "boss", Role.ADMIN) as pages:
        form = "id=ahua&role=1&active=1&name=%5Cud83d"
        saved = await pages.post("/console/people", data=form, headers=kind)
    assert saved.headers["HX-Redirect"] == "/console/people"
    assert await shop.rows("SELECT name FROM staff WHERE id = 'ahua'") == [{"name": "\ufffd"}]
    assert "a page failed" not in caplog.text


@pytest.mark.asyncio(loop_scope="module")
async def test_hundreds_of_people_are_a_page_that_can_be_read(shop: Stage) -> None:
    """Each of 480 had a form with all others as possible leaders: ten megabytes."""
    async with visiting(shop.bot, "boss", Role.ADMIN) as pages:
        await shop.bot.office.database.change(MANY, given([f"{one:03}"] for one in range(120)))
        page = await pages.text("/console/people")
        assert len(page) < 50_000
        assert page.count("/console/people/one?id=") == 50
        last = await pages.text("/console/people?words=导购&from=100")
        assert ("导购119" in last, "下一页" in last) == (True, False)
        found = await pages.text("/console/people?words=M077")
        assert found.count("/console/people/one?id=") == 1
        assert "导购077" in found
