"""Files that pages hand out."""

from pathlib import PurePath
from typing import Final

from aiohttp import web

from bot.web.visit import NO_STORE

_TYPES: Final = {
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".csv": "text/csv",
    ".toml": "application/toml",
    ".jsonl": "application/jsonl",
}


def headers(name: str) -> dict[str, str]:
    """By which a browser keeps what it gets as a file of this name."""
    return {"Content-Disposition": f'attachment; filename="{name}"', **NO_STORE}


def attached(name: str, content: bytes) -> web.Response:
    kind = _TYPES.get(PurePath(name).suffix, "application/octet-stream")
    return web.Response(body=content, content_type=kind, headers=headers(name))
