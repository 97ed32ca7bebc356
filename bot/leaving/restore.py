"""A folder of open files → an empty database and its workspace, completely or not at all."""

from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

import orjson

from bot.errors import BotError
from bot.leaving import files
from bot.leaving.manifest import Manifest, TableEntry, read, sha256_of
from bot.store.sql import Database, Source, Transaction
from bot.store.tables import (
    PAGE,
    RowsHash,
    Table,
    go_on,
    is_empty,
    lines,
    migrations,
    putting,
    tables,
)  # fmt: skip

SHOWN = 5  # mistakes
Place = Callable[[], None]
Tell = Callable[[str, int], None]  # called for each table imported, with its number of rows


def checked(folder: Path) -> Manifest:
    """Check that an export is complete; returns its manifest.

    Raises:
        BotError: something is missing or has been changed.
    """
    manifest = read(folder)
    _not_newer(manifest)
    wrong = [
        f"files/{name}: 不允许 is not allowed" for name in manifest.files if not files.fit(name)
    ]
    if not wrong:
        for name, table in manifest.tables.items():
            wrong += _changed(folder, f"tables/{name}.jsonl", table.sha256)
        for name, file in manifest.files.items():
            wrong += _changed(folder, f"{files.IN_EXPORT}/{name}", file.sha256)
    if wrong:
        more = [f"… {len(wrong) - SHOWN}"] if len(wrong) > SHOWN else []
        raise BotError("\n".join([*wrong[:SHOWN], *more]))
    return manifest


def _not_newer(manifest: Manifest) -> None:
    known = {table.name: table for table in tables()}
    unknown = [
        f"{name}.{column}"
        for name, table in manifest.tables.items()
        for column in table.columns
        if name not in known or column not in known[name].columns
    ]
    if unknown:
        raise _newer(manifest, unknown)


def _newer(manifest: Manifest, what: list[str]) -> BotError:
    return BotError(
        f"导出来自更新的版本 the export is of a newer version ({', '.join(what[:SHOWN])}): "
        f"安装 install Huashu {manifest.huashu}"
    )


def _changed(folder: Path, name: str, sha256: str) -> Iterator[str]:
    if not (folder / name).is_file():
        yield f"{folder / name}: 缺少 is missing"
    elif sha256_of(folder / name) != sha256:
        yield f"{folder / name}: 与清单不符 differs from the manifest: copy the export again"


async def restore(
    database: Database, folder: Path, manifest: Manifest, *,
    place: Place = lambda: None, tell: Tell = lambda table, rows: None,
) -> None:  # fmt: skip
    """Fill an empty database from an export that was `checked`.

    Args:
        place: called just before the commit; if it raises, everything is undone.
        tell: called for each table imported, with its number of rows.

    Raises:
        BotError: the database is not empty, is older than the export, or stored a row
            differently.
    """
    kind = "postgres" if database.postgres else "sqlite"
    async with database.transaction() as source:
        await _fitting(source, manifest)
        for table in tables():
            if (entry := manifest.tables.get(table.name)) is None:
                continue  # newer than the export
            await _fill(source, table, entry, folder)
            await go_on(source, table, entry.last, kind)
            tell(table.name, entry.rows)
        place()


async def _fitting(source: Source, manifest: Manifest) -> None:
    ours = await migrations(source)
    if newer := [name for name in manifest.schema if name not in ours]:
        raise _newer(manifest, newer)
    used = [
        table.name
        for table in tables()
        if table.name in manifest.tables and not await is_empty(source, table)
    ]
    if used:
        raise BotError(
            f"数据库不是空的 the database is not empty ({', '.join(used[:SHOWN])}): "
            "只能导入到空的数据库 import into a new workspace"
        )


async def _fill(source: Transaction, table: Table, entry: TableEntry, folder: Path) -> None:
    put = putting(table, entry.columns)
    for page in _pages(folder / f"tables/{table.name}.jsonl"):
        await source.each(put, [_values(where, line, table, entry) for where, line in page])
    found = RowsHash()
    async for kept in lines(source, table, entry.columns):  # as the database has them now
        for line in kept:
            found.add(line)
    if (found.rows, str(found)) != (entry.rows, entry.rows_sha256):
        raise BotError(
            f"{table.name}: 读回来的 {found.rows} 行与导出不一致 "
            f"what is read back differs from the {entry.rows} rows of the export"
        )


def _pages(path: Path) -> Iterator[list[tuple[str, bytes]]]:
    """Lines with names for messages, in batches."""
    with path.open("rb") as file:
        named = ((f"{path.name}:{number}", line) for number, line in enumerate(file, 1))
        while page := [*islice(named, PAGE)]:
            yield page


def _values(where: str, line: bytes, table: Table, entry: TableEntry) -> list[Any]:
    try:
        row: Mapping[str, Any] = orjson.loads(line)
        values = [row[name] for name in entry.columns]
    except (orjson.JSONDecodeError, KeyError, TypeError) as error:
        raise BotError(f"{where}: 不是一行数据 is no row: {error!r}") from None
    for name, value in zip(entry.columns, values, strict=True):
        kind = table.columns[name]
        if value is not None and type(value) is not kind:
            raise BotError(f"{where}: {name}: {value!r} 不是 is not of the kind {kind.__name__}")
    return values
