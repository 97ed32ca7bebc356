"""The files that browsers fetch: read at the start, compressed at first use, and cached by
browsers for a year.

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
    kind: str
    digest: str


class Assets:
    def __init__(self, folder: Path = FOLDER) -> None:
        self._files = {
            path.relative_to(folder).as_posix(): _read(path)
            for path in sorted(folder.rglob("*"))
            if path.suffix in KINDS
        }
        self._packed: dict[str, bytes] = {}

    def address(self, name: str) -> str:
        """
        Raises:
            KeyError: there is no such file.
        """
        return f"{PREFIX}{self._files[name].digest}/{name}"

    async def get(self, request: web.BaseRequest) -> web.Response:
        """An older hash is answered too, with the current file, which is then not cached."""
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
            if name not in self._packed:
                self._packed[name] = gzip.compress(asset.content, 9, mtime=0)
            return web.Response(body=self._packed[name], headers=headers)
        return web.Response(body=asset.content, headers=headers)


def _read(path: Path) -> Asset:
    content = path.read_bytes()
    return Asset(
        content=content,
        kind=KINDS[path.suffix],
        digest=sha256(content).hexdigest()[:12],
    )
