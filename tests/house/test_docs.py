"""The documents tell the truth: examples run, links resolve, what is named exists."""

import asyncio
import re
import shlex
import sys
from datetime import date
from itertools import chain
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from typer.main import get_command

from bot import Channel, Context
from bot.cli import app
from bot.doctor.line import TITLES
from bot.plans.book import read_book
from bot.rehearse.reading import read_conversations
from bot.scripts.checks import check
from bot.scripts.library import Library
from bot.scripts.matcher import Matcher
from bot.settings import Settings
from bot.store import structure
from bot.store.database import open_database
from bot.touch.calendar import Calendar, read_days
from bot.web.route import UPLOAD_BYTES
from bot.workspace.application import load_application
from bot.workspace.slips import slips
from bot.workspace.workspace import lay_out
from tests.engine import asked, engine

CHECKOUT = Path(__file__).parents[2]
FOLDERS = ("docs", "bot", "handlers", "config", "tests", "benchmarks", "scripts_library")
DOCUMENTS = sorted(
    chain(CHECKOUT.glob("*.md"), *((CHECKOUT / folder).rglob("*.md") for folder in FOLDERS))
)
NAMES = [str(path.relative_to(CHECKOUT)) for path in DOCUMENTS]
READMES = ("README.md", "README.zh-CN.md")
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\]\((?!https?:)([^)#\s]+)")
COMMAND = re.compile(r"(?:^|\s|bin/)huashu ((?:--)?[a-z].*)", re.MULTILINE)
VARIABLE = re.compile(r"\bHUASHU_[A-Z_]+")
TARGET = re.compile(r"(?:^|\s)make ([a-z]+)", re.MULTILINE)
COMMAND_LINE: Any = get_command(app)


def read(name: str) -> str:
    return (CHECKOUT / name).read_text("utf-8")


def blocks(text: str, language: str) -> list[str]:
    return [body for found, body in FENCE.findall(text) if found == language]


def code(text: str) -> str:
    """All that stands in code, fenced or inline, a piece a line."""
    fenced = [body for _, body in FENCE.findall(text)]
    return "\n".join([*fenced, *INLINE.findall(FENCE.sub("", text))])


def unknown_in_command(line: str) -> list[str]:
    """Subcommands and options of `huashu …` that the command line does not have."""
    command = COMMAND_LINE
    words = line.split()
    while words and hasattr(command, "list_commands"):
        name = words[0]
        if name not in {*command.list_commands(None), "--version"}:
            return words[:1]
        command = None if name == "--version" else command.resolve_command(None, [name])[1]
        words.pop(0)
    options = {name for parameter in getattr(command, "params", ()) for name in parameter.opts}
    return [word for word in words if word.startswith("--") and word not in options]


def test_all_that_a_handler_can_do_is_told() -> None:
    told, theirs = read("handlers/README.md"), {"close", "messages", "session_changed"}
    own = {name for name in vars(Context) if not name.startswith("_")} - theirs  # the dispatcher's
    assert [name for name in sorted(own) if f"context.{name}" not in told] == []


def test_each_line_of_the_doctor_is_told_as_it_is_shown() -> None:
    """The page had their ids alone, which the command shows with --json only."""
    told = read("docs/doctor.md")
    assert [one for one in TITLES if TITLES[one].zh not in told or f"`{one}`" not in told] == []


@pytest.mark.parametrize("name", NAMES)
def test_links_lead_somewhere(name: str) -> None:
    folder = (CHECKOUT / name).parent
    assert [link for link in LINK.findall(read(name)) if not (folder / link).exists()] == []


@pytest.mark.parametrize("name", NAMES)
def test_commands_exist(name: str) -> None:
    lines = COMMAND.findall(code(read(name)))
    assert [line for line in lines if unknown_in_command(line)] == []


@pytest.mark.parametrize("line", ["demmo", "demo --twice", "scripts burn", "check --root x --y"])
def test_a_command_that_does_not_exist_is_found(line: str) -> None:
    assert len(unknown_in_command(line)) == 1


@pytest.mark.parametrize("name", NAMES)
def test_make_targets_exist(name: str) -> None:
    targets = re.findall(r"^(\w+):", read("Makefile"), re.MULTILINE)
    assert set(TARGET.findall(code(read(name)))) <= set(targets)


@pytest.mark.parametrize("name", NAMES)
def test_variables_are_those_of_the_example(name: str) -> None:
    assert set(VARIABLE.findall(read(name))) <= set(VARIABLE.findall(read(".env.example")))


def test_each_variable_has_its_place_in_the_guide() -> None:
    wanted = set(VARIABLE.findall(read(".env.example")))
    assert wanted <= set(VARIABLE.findall(read("docs/real-company.md")))


def test_debian_12_could_not_build_the_next_version() -> None:
    """Its pip builds a wheel of lunar-python, which comes as source alone, only if told so."""
    lines = "".join(blocks(read("docs/operations.md"), "sh")).splitlines()
    building = [line for line in lines if "pip wheel" in line]
    assert building
    assert [line for line in building if "--use-pep517" not in line] == []


def test_both_readmes_have_the_same_shape() -> None:
    shapes = []
    for name in READMES:
        text = read(name)
        prose = FENCE.sub("", text)
        shown = [
            (language, body if language != "text" else "")
            for language, body in FENCE.findall(text)
        ]
        # a picture shows the page in the language of the text
        linked = [
            re.sub(r"-(zh|en)\.png", ".png", link)
            for link in LINK.findall(prose)
            if link not in READMES
        ]
        named = VARIABLE.findall(prose)
        shapes.append((re.findall(r"^#+", prose, re.MULTILINE), shown, linked, named))
    assert shapes[0] == shapes[1]


@pytest.mark.parametrize("name", READMES)
async def test_the_readme_s_company_runs(name: str, tmp_path: Path) -> None:
    """Its settings load, its script and its plan are in order, and its handler says it."""
    settings_block, script_block, plan_block = blocks(read(name), "toml")
    (handler_block,) = blocks(read(name), "python")
    lay_out(tmp_path)
    config = tmp_path / "config/bot.toml"
    config.write_text(f"{config.read_text('utf-8')}\n{settings_block}", "utf-8")
    (tmp_path / "scripts_library/catalogue.toml").write_text(script_block, "utf-8")
    assert check(tmp_path / "scripts_library") == []

    (tmp_path / "config/plans/mid_autumn.toml").write_text(plan_block, "utf-8")
    library = Library.load(tmp_path / "scripts_library")
    book = read_book(
        tmp_path, scripts={one.id: one for one in library},
        calendar=Calendar(read_days(tmp_path, [])),
        today=date(2026, 9, 1), zone=ZoneInfo("Asia/Shanghai"),
    )  # fmt: skip
    assert book.complaints == ()

    environ = dict.fromkeys(VARIABLE.findall(read(".env.example")), "1")
    environ |= {"HUASHU_CORP_ID": "ww1", "HUASHU_CALLBACK_AES_KEY": "a" * 43}
    settings = Settings.load(tmp_path, environ)
    assert (settings.kf is not None, settings.bot is not None) == (True, True)

    names: dict[str, Any] = {}
    exec(compile(handler_block, name, "exec"), names)
    async with engine(tmp_path, routers=[names["router"]], settings=settings) as running:
        await running.put(asked(1, " 目录", running.clock, channel=Channel.APP))
        await running.settled(1)
    assert {message.script for message in running.sent} == {"news/catalogue"}
    assert "新品目录在这里" in running.sent[0].speech.text
    assert Matcher(library).match("有新品目录吗") is not None


async def test_the_handlers_example_works_as_it_is_pasted(tmp_path: Path) -> None:
    """Its service, filter, middleware, script and rehearsal."""
    text = read("handlers/README.md")
    lay_out(tmp_path)
    package = tmp_path / "handlers_told"  # no other test has imported it
    (tmp_path / "handlers").rename(package)
    (handler,), (script,) = blocks(text, "python"), blocks(text, "toml")
    (package / "orders.py").write_text(handler, "utf-8")
    (tmp_path / "scripts_library/order.toml").write_text(script, "utf-8")
    init = (package / "__init__.py").read_text("utf-8")
    for old, new in (
        ("    invites,", "    invites,\n    orders,"),
        ("faq.router,", "orders.router, faq.router,"),
        ("(consent.mind,)", "(consent.mind, orders.mark)\nfrom .orders import services"),
    ):
        assert old in init
        init = init.replace(old, new, 1)
    (package / "__init__.py").write_text(init, "utf-8")
    assert check(tmp_path / "scripts_library") == []
    application = load_application(tmp_path, "handlers_told:routers")
    ids = {one.id for one in Library.load(tmp_path / "scripts_library")}
    assert [*slips(tmp_path, "handlers_told", application.routers, ids)] == []

    (tmp_path / "orders.jsonl").write_text(blocks(text, "json")[0], "utf-8")
    rehearsed = read_conversations(tmp_path / "orders.jsonl", ZoneInfo("Asia/Shanghai"))
    routers, middlewares = application.routers, application.middlewares
    async with (
        engine(tmp_path, routers=routers, middlewares=middlewares) as running,
        application.services() as services,
    ):
        running.desk.services = services
        for number, one in enumerate(rehearsed, 1):
            text, (expected,) = one.steps[0].text, one.expectations
            await running.put(asked(number, text, running.clock, customer=f"wm{number}"))
            await running.settled(number)
            replies = {None, *(message.script for message in running.sent)}
            assert replies.issuperset(expected.reply_ids)
            assert running.sessions[f"kf:wk1:wm{number}"].staffed is expected.handover
        decision = (await running.rows("SELECT decision FROM event ORDER BY id LIMIT 1"))[0]
    said = {message.script: message.speech.text for message in running.sent}
    assert said["system/order"].endswith("，这一单今天送到。")
    assert "asked_in" in decision["decision"]


async def test_queries_run(tmp_path: Path) -> None:
    queries = [query for path in DOCUMENTS for query in blocks(path.read_text("utf-8"), "sql")]
    assert queries
    async with open_database(f"sqlite://{tmp_path / 'huashu.db'}") as connection:
        for query in queries:
            assert await connection.execute_query_dict(query) == []


async def test_a_backup_is_whole_and_private_as_it_is_told(tmp_path: Path) -> None:
    told = next(one for one in blocks(read("docs/operations.md"), "sh") if "import sqlite3" in one)
    script = told.replace("/opt/huashu/bin/python", shlex.quote(sys.executable))
    async with open_database(f"sqlite://{tmp_path}/var/huashu.db"):
        for _ in "12":  # over that of yesterday
            shell = ("sh", "-e", "-c", f"umask 022\n{script}")
            made = await asyncio.create_subprocess_exec(*shell, cwd=tmp_path)
            assert await made.wait() == 0
    copy = tmp_path / "backup/huashu.db"
    assert [one.stat().st_mode & 0o777 for one in (copy.parent, copy)] == [0o700, 0o600]
    assert [one.name for one in copy.parent.iterdir()] == ["huashu.db"]
    async with open_database(f"sqlite://{copy}") as connection:
        assert await structure.is_newest(connection)


def test_the_documented_proxy_lets_pages_through_as_well() -> None:
    """Once it passed callbacks alone: no console, no sidebar, no way in."""
    nginx, caddy = (blocks(read("docs/operations.md"), kind)[0] for kind in ("nginx", "caddyfile"))
    assert re.findall(r"location (.+) \{", nginx) == ["/", "= /healthz"]
    # Debian 12 and Ubuntu 24.04 have a nginx that ended with: unknown directive "http2"
    assert "    listen 443 ssl http2;" in nginx
    assert f"client_max_body_size {UPLOAD_BYTES >> 20}m;" in nginx
    assert "    reverse_proxy 127.0.0.1:8080\n" in caddy
