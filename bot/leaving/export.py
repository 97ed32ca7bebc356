"""The whole state of a workspace → a folder of open files, while the bot runs."""

import asyncio
import hashlib
import os
from collections.abc import Callable
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import BinaryIO

from bot.errors import BotError
from bot.files.private import create_private
from bot.leaving import files
from bot.leaving.manifest import FILE, FORMAT, FileEntry, Manifest, TableEntry, sha256_of
from bot.leaving.readme import README, written
from bot.store.sql import Database, Source
from bot.store.tables import RowsHash, Table, highest, lines, migrations, tables

LEFT_OUT = {
    "credential": "令牌、票据和会话密钥：每台机器自己取得 "
    "access tokens, tickets and session keys: each machine gets its own",
    "archive_keys/": "会话存档的私钥：请另行保管 private keys of the message archive: keep them "
    "elsewhere",
    ".env": "密钥：请另行保管 secrets: keep them elsewhere",
    "handlers/": "程序：随版本库走 program text: take it from your version control",
}
Tell = Callable[[str, int], None]  # called for each table written, with its number of rows


async def export(
    database: Database, root: Path, target: Path, now: datetime, *,
    library: str = "scripts_library", tell: Tell = lambda table, rows: None,
) -> Manifest:  # fmt: skip
    """Write everything, as of one moment, into the new or empty folder `target`.

    Args:
        root: the workspace's folder.
        library: the folder of its scripts.

    Raises:
        BotError: the folder is not empty.
        OSError: it cannot be written.
    """
    _begin(target)
    about, kind = {}, "postgres" if database.postgres else "sqlite"
    async with database.snapshot() as source:
        schema = await migrations(source)
        for table in tables():
            if table.name in LEFT_OUT:
                continue
            entry = about[table.name] = await _table(source, table, target, kind)
            tell(table.name, entry.rows)
    manifest = Manifest(
        format=FORMAT, huashu=version("huashu"), made_at=now.isoformat(timespec="seconds"),
        schema=tuple(schema), tables=about, left_out=LEFT_OUT,
        files=await asyncio.to_thread(_copied, root, ("config", library), target),
    )  # fmt: skip
    await asyncio.to_thread(_write, target / README, written(manifest).encode())
    # written last: without it nothing is imported
    await asyncio.to_thread(_write, target / FILE, manifest.encoded())
    return manifest


def _begin(target: Path) -> None:
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise BotError(f"{target}: 请指定新的或空的目录 name a new or empty folder")
    target.mkdir(parents=True, exist_ok=True)
    target.chmod(0o700)


async def _table(source: Source, table: Table, target: Path, kind: str) -> TableEntry:
    name = f"tables/{table.name}.jsonl"
    digest, rows = hashlib.sha256(), RowsHash()
    file = _opened(target / name)
    try:
        async for page in lines(source, table):
            for line in page:
                rows.add(line)
            text = b"".join(line + b"\n" for line in page)
            digest.update(text)
            file.write(text)
        await asyncio.to_thread(_close, file)
    finally:
        file.close()
    return TableEntry(
        file=name, key=table.key, columns=tuple(table.columns), rows=rows.rows,
        last=await highest(source, table, kind), sha256=digest.hexdigest(), rows_sha256=str(rows),
    )  # fmt: skip


def _copied(root: Path, folders: tuple[str, ...], target: Path) -> dict[str, FileEntry]:
    return {
        name: _copy(path, target / files.IN_EXPORT / name)
        for name, path in files.found(root, folders)
    }


def _copy(source: Path, target: Path) -> FileEntry:
    files.copy_private(source, target)
    return FileEntry(bytes=target.stat().st_size, sha256=sha256_of(target))


def _write(path: Path, text: bytes) -> None:
    with _opened(path) as file:
        file.write(text)
        _close(file)


def _opened(path: Path) -> BinaryIO:
    create_private(path)
    return path.open("wb")


def _close(file: BinaryIO) -> None:
    """Have it on the disk before the manifest lists it. That may take long, and the bot's answers
    must not wait for it."""
    file.flush()
    os.fsync(file.fileno())
