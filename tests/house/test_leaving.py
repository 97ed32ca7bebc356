"""`huashu export` beside a running bot, `huashu import` on an empty machine: nothing is lost."""

import csv
import json
from datetime import datetime
from pathlib import Path
from shutil import copytree
from typing import Any

import openpyxl

from bot.cli.records import store_url
from bot.joined.ground import open_editions
from bot.settings import Settings
from bot.sheets.sheet import guarded
from bot.store.customers import people
from bot.store.database import open_database
from bot.store.journal import Journal, Write
from bot.store.touch.statements import TouchRows, merge
from tests.engine import ROOT, SECRETS, Engine, asked
from tests.house.test_records import huashu, refused, running

QUESTIONS = [
    json.loads(line)["text"]
    for line in (ROOT / "tests/questions.jsonl").read_text("utf-8").splitlines()[:200]
]
CATALOGUE = """
[[script]]
id = "faq/catalogue"
title = "秋季画册"
category = "faq"
ask = ["我是头一回买，听说有新客的券，从哪儿弄"]
say = ["画册在路上。"]
"""
PENDING = (
    "SELECT * FROM touch ORDER BY seq",
    "SELECT * FROM plan ORDER BY id",
    "SELECT * FROM reminder ORDER BY id",
    "SELECT * FROM message ORDER BY seq",
)
TOUCHES = """
    INSERT INTO touch (plan, customer, slot, scenario, script, due_at, deadline)
    SELECT 'new_customer', 'wm' || value, 'day3', 1, 'care/day3', 1e9 + CAST(value AS INTEGER),
           2e9 + CAST(value AS INTEGER)
    FROM texts('["1", "2", "3", "4", "5", "6", "7", "8", "9"]') RETURNING seq"""
PLANS = "INSERT INTO plan (id, changed_at, who) VALUES ('new_customer', 1.5, '') RETURNING id"
TOKEN = """
    INSERT INTO credential (key, token, expires_at) VALUES ('app', 'token-of-wecom', 9e9)
    RETURNING key"""

SPRING = """
[referral.spring]
title = "春季老带新"
from = 2026-03-01
until = 2026-03-31
members = ["liming"]
thresholds = [{ count = 3, script = "news/three" }]
"""
TILL = '[channel.till]\ntitle = "收银台"\nmembers = ["liming"]\n'


async def live(root: Path, parts: Engine) -> None:
    """A shop's few days."""
    for query in (TOUCHES, PLANS, TOKEN):
        await parts.rows(query)
    more: TouchRows = people.contact("wm1", "liming", 1.0)
    more = merge(more, people.tagged("wm1", ["VIP"], 2.0))
    for customer, phone in (("wm2", "13800000001"), ("wm3", "+86 139")):
        more = merge(more, people.contact(customer, "wangfang", 3.0))
        more = merge(more, people.described(customer, phone=phone))
    more = merge(more, people.opted_out("wm3", 4.0, "不要再发"))
    more = merge(more, people.braked("wm2", 4.0, "投诉"))
    await parts.journal.write(Write(more=more))
    names = [("wm1", "=1+1\n小满", '["VIP"]', 1.0, 0)]
    await parts.journal.write(Write(customers=names))
    remind = ("touch", "remind", "wm1", "每月1号", "--text", "问问奶粉", "--by", "王芳", "--yes")
    assert (await huashu(*remind, "--root", root)).exit_code == 0
    (file := root / "new.toml").write_text(CATALOGUE, "utf-8")
    for step in (
        ("edit", "faq/catalogue", "--file", file, "--submit"),
        ("approve", "faq/catalogue"),
    ):
        told = await huashu("scripts", *step, "--by", "wangfang", "--root", root)
        assert told.exit_code == 0, told.output
    await parts.put(asked(1, "退款多久到账", parts.clock))
    await parts.settled(1)


async def answers(settings: Settings, journal: Journal) -> list[Any]:
    editions = open_editions(settings, journal)
    await editions.open()
    found = (editions.edition.matcher.decide(question) for question in QUESTIONS)
    return [(one.band, [near.script_id for near in one.candidates]) for one in found]


async def pending(journal: Journal) -> list[Any]:
    return [await journal.rows(query) for query in PENDING]


async def test_a_shop_moves_to_an_empty_machine(tmp_path: Path) -> None:
    old, new, away = tmp_path / "old", tmp_path / "new", tmp_path / "away"
    old.mkdir()
    copytree(ROOT / "scripts_library", old / "scripts_library")
    async with running(old) as parts:
        await live(old, parts)
        exported = await huashu("export", away, "--root", old)
        assert exported.exit_code == 0, exported.output
        assert "left out: credential" in exported.output
        before = (
            await answers(Settings.load(old, {}), parts.journal),
            await pending(parts.journal),
        )
    assert len(before[0]) == 200
    assert before[0][0] == ("answer", ["faq/catalogue"])  # by the version that was approved
    assert all(before[1])
    whole = b"".join(path.read_bytes() for path in away.rglob("*") if path.is_file())
    for secret in (*SECRETS.values(), "token-of-wecom"):
        assert secret.encode() not in whole
    for path in (away, *away.rglob("*.jsonl")):
        assert not path.stat().st_mode & 0o077  # it is about people

    assert "name a new or empty folder" in await refused("export", away, "--root", old)
    imported = await huashu("import", away, "--root", new)
    assert imported.exit_code == 0, imported.output
    (new / ".env").write_bytes((old / ".env").read_bytes())
    (new / "handlers").symlink_to(ROOT / "handlers")
    settings = Settings.load(new, {})
    async with open_database(store_url(settings)) as connection:
        journal = Journal(connection)
        assert (await answers(settings, journal), await pending(journal)) == before
    assert "the database is not empty" in await refused("import", away, "--root", new)
    again = await huashu("export", tmp_path / "again", "--root", new)
    assert again.exit_code == 0, again.output
    one, other = (
        json.loads((folder / "manifest.json").read_bytes())["tables"]
        for folder in (away, tmp_path / "again")
    )
    assert one == other


async def test_other_scripts_are_put_aside_only_if_somebody_says_so(tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    old.mkdir()
    copytree(ROOT / "scripts_library", old / "scripts_library")
    async with running(old):
        await huashu("export", tmp_path / "away", "--root", old)
    (new / "config").mkdir(parents=True)
    (new / "config/bot.toml").write_text("# mine\n", "utf-8")
    assert "--replace" in await refused("import", tmp_path / "away", "--root", new)
    assert [path.name for path in new.iterdir()] == ["config"]
    result = await huashu("import", tmp_path / "away", "--root", new, "--replace")
    assert result.exit_code == 0, result.output
    assert (new / "config.before-import-1/bot.toml").read_text("utf-8") == "# mine\n"
    assert (new / "config/bot.toml").read_bytes() == (old / "config/bot.toml").read_bytes()


def said(value: object) -> str:
    return f"{value:%Y-%m-%d %H:%M}" if isinstance(value, datetime) else str(value or "")


async def test_whom_to_reach_again_if_an_account_is_lost(tmp_path: Path) -> None:
    async with running(tmp_path) as parts:
        await live(tmp_path, parts)
        more = merge(people.lost("wm2", "wangfang", 9.0), people.contact("wm4", "liming", 9.0))
        await parts.journal.write(Write(more=more))
        practised = "UPDATE customer SET source = 'practice_1' WHERE id = 'wm4' RETURNING id"
        await parts.rows(practised)
        await parts.rows("UPDATE contact SET remark = '王姐' WHERE customer = 'wm2' RETURNING seq")
        await parts.rows("UPDATE customer SET source = 'till' WHERE id = 'wm1' RETURNING id")
        own = "UPDATE customer SET source = 'ref-spring-a' WHERE id = 'wm2' RETURNING id"
        await parts.rows(own)
        (tmp_path / "config").mkdir(exist_ok=True)
        (tmp_path / "config/channels.toml").write_text(TILL, "utf-8")
        (tmp_path / "config/referral.toml").write_text(SPRING, "utf-8")
        book, text = tmp_path / "list.xlsx", tmp_path / "list.csv"
        for file in (book, text):
            told = await huashu("export", "--wake-up", file, "--root", tmp_path)
            assert told.exit_code == 0, told.output
        with text.open(encoding="utf-8-sig", newline="") as listed:
            head, *found = csv.reader(listed)
        one, two = (
            dict(zip(head, row, strict=True)) for row in found
        )  # wm3 opted out, wm4 is for practice
        assert one["姓名 name"] == "'=1+1 小满"
        assert (one["成员 members"], one["标签 tags"]) == ("小李", "VIP")
        assert one["来源 source"] == "收银台", "its code, till, was told"
        assert two["来源 source"] == "春季老带新", "its code, ref-spring-a, was told"
        assert (two["电话 phone"], two["成员 members"]) == (
            "13800000001",
            "wangfang（已删除 lost）",
        )
        assert "投诉" in two["意愿 consent"]
        assert (one["备注 remark"], two["备注 remark"]) == ("", "王姐")
        sheet = openpyxl.load_workbook(book).active
        assert sheet is not None
        assert isinstance(sheet["H2"].value, datetime), "Excel could not filter by text"
        cells = [[said(cell.value) for cell in row] for row in sheet.iter_rows()]
        assert [[*map(guarded, row)] for row in cells] == [head, *found]
        assert "=1+1 小满" in cells[1]
        assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)
        told = await huashu(
            *("export", "--wake-up", text, "--member", "LiMing", "--root", tmp_path)
        )
        assert "1 位客户" in told.output, "once nobody, of a userid in other letters"
        assert ".csv or .xlsx" in await refused("export", "--wake-up", "a.doc", "--root", tmp_path)
        assert (await huashu("export", "--root", tmp_path)).exit_code == 2
