"""`huashu scripts misses`, as its operator meets it."""

import asyncio
import json
import tomllib
from pathlib import Path
from shutil import copytree
from typing import Any

from typer.testing import CliRunner, Result

from bot.cli import app
from bot.clock import ManualClock, SystemClock
from tests.engine import ROOT, STORE, Engine, asked, engine, lay_secrets, workspace

WANTS_MORE = "帮我推荐一下"  # its script: then = "person"
JOBS = ["你们招不招暑假工", "暑假工还招吗", "想来应聘暑假工", "招暑假工多少钱一天"]
SCRIPT = """
[[script]]
id = "faq/jobs"
title = "招聘"
category = "faq"
ask = [{ask}]
say = ["请到官网看招聘信息。"]
"""


def now() -> ManualClock:
    return ManualClock(SystemClock().now())  # the command counts days from today


def lay_out(root: Path, quiet_s: float = 0.0) -> dict[str, Any]:
    copytree(ROOT / "scripts_library", root / "scripts_library")
    lay_secrets(root)
    return {"settings": workspace(root, quiet_s=quiet_s, more=STORE)}


async def misses(root: Path, *more: str) -> Result:
    words = ["scripts", "misses", "--root", str(root), *more]
    return await asyncio.to_thread(CliRunner().invoke, app, words)


async def objects(root: Path, *more: str) -> list[dict[str, Any]]:
    result = await misses(root, "--json", *more)
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


async def ask(parts: Engine, *texts: str) -> None:
    """Each by a customer of their own, for whom no person was called yet."""
    before = len(await parts.rows("SELECT id FROM event"))
    for number, text in enumerate(texts, before):
        await parts.put(asked(number, text, parts.clock, customer=f"wm{number}"))
    await parts.settled(before + len(texts))


async def test_questions_without_a_script_are_clustered(tmp_path: Path) -> None:
    async with engine(tmp_path, clock=now(), **lay_out(tmp_path)) as parts:
        await ask(parts, *JOBS, "我要投诉", "退款多久到账", "嗯", "订单123456789012")
        (only,) = await objects(tmp_path)
        assert only["size"] == 4
        assert set(only["questions"]) == set(JOBS)
        assert only["nearest"] == ""
        assert only["draft"]["keywords"] == ["暑假工"]
        told = (await misses(tmp_path)).output
        day = f"{parts.clock.now():%Y-%m}"
        assert told.startswith(f"1. 4 次 times  {day}")
        draft = tomllib.loads(told[told.index("[[script]]") :])["script"][0]
        assert draft["keywords"] == ["暑假工"]
        assert set(draft["ask"]) <= set(JOBS)


async def test_what_the_scripts_of_today_answer_is_no_miss_any_more(tmp_path: Path) -> None:
    async with engine(tmp_path, clock=now(), **lay_out(tmp_path)) as parts:
        await ask(parts, *JOBS)
        texts = ", ".join(f'"{text}"' for text in JOBS[:3])
        jobs = tmp_path / "scripts_library/jobs.toml"
        jobs.write_text(SCRIPT.format(ask=texts), "utf-8")
        left = [question for one in await objects(tmp_path) for question in one["questions"]]
        assert set(left) <= set(JOBS[3:])
        jobs.write_text(SCRIPT.format(ask=", ".join(f'"{text}"' for text in JOBS)), "utf-8")
        assert "Nothing was missed." in (await misses(tmp_path)).output


async def test_the_pieces_of_a_question_are_one(tmp_path: Path) -> None:
    clock = now()
    async with engine(tmp_path, clock=clock, **lay_out(tmp_path, quiet_s=2.0)) as parts:
        await parts.put(asked(1, "想问下", clock), asked(2, JOBS[0], clock))

        async def done() -> bool:
            await clock.advance(1.0)
            return bool(await parts.rows("SELECT id FROM event WHERE state = 1"))

        await parts.until(done)
        await parts.settled(2)
        (only,) = await objects(tmp_path)
        assert only["questions"] == [f"想问下\n{JOBS[0]}"]


async def test_a_menu_points_to_the_nearest_script(tmp_path: Path) -> None:
    async with engine(tmp_path, clock=now(), **lay_out(tmp_path)) as parts:
        await ask(parts, "店里换货")
        (only,) = await objects(tmp_path)
        assert only["draft"] is None
        told = (await misses(tmp_path)).output
        assert f"add to the script {only['nearest']}  " in told


async def test_what_was_called_for_another_reason_is_no_miss(tmp_path: Path) -> None:
    """What comes after a script that asked for something goes to a person, whatever it is."""
    async with engine(tmp_path, clock=now(), **lay_out(tmp_path)) as parts:
        await parts.put(asked(1, WANTS_MORE, parts.clock), asked(2, JOBS[2], parts.clock))
        await parts.settled(2)
        (kept,) = await parts.rows("SELECT decision FROM event WHERE id = 'kf:2'")
        assert "客户回复了我们要的信息" in kept["decision"]
        assert await objects(tmp_path) == []


async def test_only_the_last_days(tmp_path: Path) -> None:
    clock = ManualClock()  # long ago
    async with engine(tmp_path, clock=clock, **lay_out(tmp_path)) as parts:
        await ask(parts, *JOBS)
        assert await objects(tmp_path) == []
        assert len(await objects(tmp_path, "--days", "3650")) == 1


async def test_customers_cannot_steer_the_terminal(tmp_path: Path) -> None:
    async with engine(tmp_path, clock=now(), **lay_out(tmp_path)) as parts:
        await ask(parts, "\x1b]0;owned\x07你们招不招\x9b2J暑假工")
        told = (await misses(tmp_path)).output
        assert "\x1b" not in told
        assert "\x9b" not in told
        assert "暑假工" in told


async def test_a_file_of_questions_needs_no_store(tmp_path: Path) -> None:
    copytree(ROOT / "scripts_library", tmp_path / "scripts_library")
    pets = ["能带宠物进店吗", "宠物可以进来不", "宠物让进店吗"]
    lines = [json.dumps({"text": text, "id": None}) for text in [*JOBS, *pets]]
    (tmp_path / "asked.jsonl").write_text("\n".join(lines), "utf-8")
    queries = ("--queries", str(tmp_path / "asked.jsonl"))
    assert [one["size"] for one in await objects(tmp_path, *queries)] == [4, 3]
    told = (await misses(tmp_path, *queries, "--top", "1")).output
    assert "还有 1 类 3 次" in told


async def test_without_a_database_the_cure_is_told(tmp_path: Path) -> None:
    lay_out(tmp_path)
    result = await misses(tmp_path)
    assert result.exit_code == 1
    assert "`huashu run` makes it" in result.output
