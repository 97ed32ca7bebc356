"""Files that pages hand out."""

from collections.abc import Awaitable, Callable
from pathlib import Path, PurePath
from tempfile import TemporaryDirectory
from typing import Final
from urllib.parse import quote

from aiohttp import web

from bot.web.visit import NO_STORE, Visit

_TYPES: Final = {
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".csv": "text/csv",
    ".toml": "application/toml",
    ".json": "application/json",
    ".jsonl": "application/jsonl",
}


def headers(name: str) -> dict[str, str]:
    """Headers that make a browser save a download under this name; Chinese ones by RFC 6266."""
    told = f'filename="{name}"' if name.isascii() else f"filename*=UTF-8''{quote(name)}"
    return {"Content-Disposition": f"attachment; {told}", **NO_STORE}


def attached(name: str, content: bytes) -> web.Response:
    kind = _TYPES.get(PurePath(name).suffix, "application/octet-stream")
    return web.Response(body=content, content_type=kind, headers=headers(name))


async def listed(
    visit: Visit, stem: str, ending: str, write: Callable[[Path], Awaitable[int]]
) -> tuple[int, web.Response]:
    """How many rows `write` puts into a file, and the file, named by today."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"list.{ending}"
        number = await write(path)
        content = path.read_bytes()
    day = visit.office.now
    return number, attached(f"{stem}-{day:%Y%m%d}.{ending}", content)


def made(name: str, write: Callable[[Path], object]) -> bytes:
    """The bytes that `write` puts into a file of this name."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / name
        write(path)
        return path.read_bytes()
