"""Every table is exported and imported again, from either database into the other."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.errors import BotError
from bot.leaving.export import LEFT_OUT, export
from bot.leaving.manifest import Manifest, read
from bot.leaving.restore import checked, restore
from bot.store.sql import Database
from bot.store.tables import PAGE, Table, putting, tables
from tests.databases import opened

NOW = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)
SQLITE_TABLES = "SELECT name FROM sqlite_master WHERE type = 'table'"
OF_OTHERS = {"sqlite_sequence", "tortoise_migrations"}
HOSTILE = ('=HYPERLINK("x")', "小满🌸\u2028'\"\\", "")
KEPT = tuple(table for table in tables() if table.name not in LEFT_OUT)


def value(kind: type, number: int, column: str) -> Any:
    if kind is str:
        return f"{number}{HOSTILE[number % 3]}" if column in ("id", "name") else f"{number}"
    return kind(1779000000.1234567 + number / 7) if kind is float else kind(number)


def rows(table: Table, number: int) -> Iterator[list[Any]]:
    for row in range(1, number + 1):
        yield [value(kind, row, name) for name, kind in table.columns.items()]


async def fill(database: Database) -> None:
    async with database.transaction() as transaction:
        for table in KEPT:
            number = PAGE + 7 if table.name in ("learned", "customer") else 4
            await transaction.each(putting(table, [*table.columns]), rows(table, number))


def hashes(manifest: Manifest) -> dict[str, tuple[int, str]]:
    return {name: (one.rows, one.rows_sha256) for name, one in manifest.tables.items()}


def workspace(root: Path) -> Path:
    (root / "config").mkdir(parents=True)
    (root / "config/bot.toml").write_text("[company]\n", "utf-8")
    return root


async def test_no_table_is_forgotten(tmp_path: Path) -> None:
    async with opened("sqlite", tmp_path) as connection:
        found = await Database(connection).rows(SQLITE_TABLES)
    assert {row["name"] for row in found} - OF_OTHERS == {table.name for table in tables()}
    assert {table.name for table in tables()} - {table.name for table in KEPT} == {"credential"}


async def test_rows_are_equal_on_either_database_and_numbers_go_on(tmp_path: Path) -> None:
    root, seen = workspace(tmp_path / "shop"), []
    async with opened("sqlite", tmp_path) as connection:
        await fill(Database(connection))
        await Database(connection).rows("DELETE FROM audit WHERE seq = 4")
        seen.append(await export(Database(connection), root, tmp_path / "0", NOW))
    for number, kind in enumerate(("postgres", "sqlite"), 1):
        (folder := tmp_path / kind).mkdir()
        async with opened(kind, folder) as connection:
            database = Database(connection)
            last = tmp_path / f"{number - 1}"
            await restore(database, last, checked(last))
            seen.append(await export(database, root, tmp_path / f"{number}", NOW))
            added = await database.rows(
                "INSERT INTO audit (at, who, act, subject, why, details)"
                " VALUES (1, '', '', '', '', '') RETURNING seq"
            )
            assert added == [{"seq": 5}]
            with pytest.raises(BotError, match="not empty"):
                await restore(database, last, checked(last))
    first, *others = map(hashes, seen)
    assert first["customer"][0] == PAGE + 7
    assert others == [first, first]


async def test_what_is_not_whole_is_refused(tmp_path: Path) -> None:
    root = workspace(tmp_path / "shop")
    (root / "config/.secrets").write_text("key", "utf-8")
    (root / "config/code.py").write_text("1", "utf-8")
    (root / "config/linked.toml").symlink_to("/etc/hostname")
    async with opened("sqlite", tmp_path) as connection:
        await fill(Database(connection))
        manifest = await export(Database(connection), root, tmp_path / "0", NOW)
        with pytest.raises(BotError, match="empty folder"):
            await export(Database(connection), root, tmp_path / "0", NOW)
    assert [*manifest.files] == ["config/bot.toml"]
    told = 0
    for path, other in (
        ("tables/todo.jsonl", b"{}\n"),
        ("files/config/bot.toml", b"[other]"),
        ("manifest.json", b"{}"),
    ):
        shutil.rmtree(tmp_path / "1", ignore_errors=True)
        shutil.copytree(tmp_path / "0", tmp_path / "1")
        (tmp_path / "1" / path).write_bytes(other)
        with pytest.raises(BotError):
            checked(tmp_path / "1")
        (tmp_path / "1" / path).unlink()
        with pytest.raises(BotError):
            checked(tmp_path / "1")
        told += 1
    assert told == 3
    for name in ("../out.toml", "/etc/out.toml", "handlers/out.py", "config/.env", "out.toml"):
        text = (tmp_path / "0/manifest.json").read_text("utf-8")
        (tmp_path / "1/manifest.json").write_text(text.replace("config/bot.toml", name), "utf-8")
        with pytest.raises(BotError, match="is not allowed"):
            checked(tmp_path / "1")


async def test_all_or_nothing(tmp_path: Path) -> None:
    async with opened("sqlite", tmp_path) as connection:
        await fill(Database(connection))
        await export(Database(connection), workspace(tmp_path / "shop"), tmp_path / "0", NOW)
    manifest = checked(tmp_path / "0")
    (fresh := tmp_path / "fresh").mkdir()
    async with opened("sqlite", fresh) as connection:
        database = Database(connection)

        def full() -> None:
            raise OSError("the disk is full")

        with pytest.raises(OSError, match="the disk is full"):
            await restore(database, tmp_path / "0", manifest, place=full)
        lines = (tmp_path / "0/tables/touch.jsonl").read_text("utf-8").replace('"1"', '"0"')
        (tmp_path / "0/tables/touch.jsonl").write_text(lines, "utf-8")
        with pytest.raises(BotError, match="differs from the 4 rows"):
            await restore(database, tmp_path / "0", manifest)
        for table in KEPT:
            assert await database.rows(f'SELECT 1 AS n FROM "{table.name}"') == []
    whole = (tmp_path / "0/manifest.json").read_text("utf-8")
    for more in (whole.replace('"todo"', '"todo_later"'), whole.replace('"words"', '"later"')):
        (tmp_path / "0/manifest.json").write_text(more, "utf-8")
        with pytest.raises(BotError, match=r"newer version .*later.* install Huashu"):
            checked(tmp_path / "0")  # it only said that there is no such table
    newer = whole.replace("0001_initial", "9999_later")
    (tmp_path / "0/manifest.json").write_text(newer, "utf-8")
    async with opened("sqlite", fresh) as connection:
        with pytest.raises(BotError, match="newer version"):
            await restore(Database(connection), tmp_path / "0", read(tmp_path / "0"))
