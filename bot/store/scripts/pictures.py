"""Pictures of scripts that came by the console: each process writes those that its library lacks.

They are kept in pieces, so that copying all tables never takes many whole ones into memory.
"""

import asyncio
import logging
from base64 import b64decode, b64encode
from hashlib import sha256
from pathlib import Path

from bot.scripts.files import lacks, write_picture
from bot.store.sql import Database, Source

log = logging.getLogger(__name__)

TABLE = "script_picture"
PIECE = 24 * 2**10  # bytes
KNOWN = f"SELECT name, hash FROM {TABLE} WHERE part = 0"
PIECES = f"SELECT content FROM {TABLE} WHERE name = $1 ORDER BY part"
KEEP = f"""
    INSERT INTO {TABLE} (name, hash, part, content)
    VALUES ($1, $2, $3, $4) ON CONFLICT (name, part) DO NOTHING"""


class Pictures:
    def __init__(self, source: Source) -> None:
        self._source = source

    async def fetch(self, library: Path) -> None:
        """Write the pictures that a library lacks; what is in the folder stays as it is. One that
        is damaged or cannot be written is logged and passed over."""
        for row in await self._source.rows(KNOWN):
            name = str(row["name"])
            if not await asyncio.to_thread(lacks, library, name):
                continue
            pieces = await self._source.rows(PIECES, name)
            content = b"".join(b64decode(piece["content"]) for piece in pieces)
            if sha256(content).hexdigest() != row["hash"]:
                log.error("the picture %s is not whole in the database", name, extra=_ACTION)
                continue
            try:
                await asyncio.to_thread(write_picture, library, name, content)
            except OSError as error:
                told = error.strerror or type(error).__name__
                log.error("the picture %s cannot be written: %s", name, told, extra=_ACTION)


async def keep(database: Database, name: str, content: bytes) -> None:
    """Keep a picture for all processes; one that is kept already stays as it is."""
    hashed, starts = sha256(content).hexdigest(), range(0, len(content), PIECE)
    rows = [
        (name, hashed, number, b64encode(content[start : start + PIECE]).decode())
        for number, start in enumerate(starts)
    ]
    async with database.transaction() as transaction:
        await transaction.each(KEEP, rows)


_ACTION = {"action": "scripts"}
