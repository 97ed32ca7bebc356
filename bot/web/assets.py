"""The files that browsers fetch: read once, packed once, and kept by browsers for a year.

An address holds the hash of its content, so a new file has a new address.
"""

import gzip
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from aiohttp import web

FOLDER = Path(__file__).parent / "static"
KINDS = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
}
YEAR = "public, max-age=31536000, immutable"
PREFIX = "/static/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    content: bytes
    packed: bytes
    kind: str
    digest: str


class Assets:
    def __init__(self, folder: Path = FOLDER) -> None:
        self._files = {
            path.relative_to(folder).as_posix(): _read(path)
            for path in sorted(folder.rglob("*"))
            if path.suffix in KINDS
        }

    def address(self, name: str) -> str:
        """
        Raises:
            KeyError: there is no such file.
        """
        return f"{PREFIX}{self._files[name].digest}/{name}"

    async def get(self, request: web.BaseRequest) -> web.Response:
        """Any older hash is answered too, with what there is now and for no longer than a look."""
        digest, _, name = request.path.removeprefix(PREFIX).partition("/")
        asset = self._files.get(name)
        if asset is None:
            return web.Response(status=404)
        headers = {
            "Content-Type": asset.kind,
            "Cache-Control": YEAR if digest == asset.digest else "no-cache",
            "X-Content-Type-Options": "nosniff",
            "Vary": "Accept-Encoding",
        }
        if "gzip" in request.headers.get("Accept-Encoding", ""):
            headers["Content-Encoding"] = "gzip"
            return web.Response(body=asset.packed, headers=headers)
        return web.Response(body=asset.content, headers=headers)


def _read(path: Path) -> Asset:
    content = path.read_bytes()
    return Asset(
        content=content,
        packed=gzip.compress(content, 9, mtime=0),
        kind=KINDS[path.suffix],
        digest=sha256(content).hexdigest()[:12],
    )
