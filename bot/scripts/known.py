"""Keeps the scripts of a reading, so that the next one builds only those that have changed.

Compiling a template takes half a millisecond. And an object that the old and the new library share
is neither in memory twice nor freed with the old one.
"""

from collections.abc import Callable
from hashlib import blake2b

import orjson

from bot.scripts.script import Script
from bot.scripts.templates import Sandbox


class Known:
    """Scripts by the tables that they were made of, for one reading at a time.

    Args:
        before: what another reading has kept; it is copied, not changed.
    """

    def __init__(self, before: "Known | None" = None) -> None:
        self._scripts: dict[bytes, Script] = dict(before._scripts) if before else {}
        self._used: dict[bytes, Script] = {}  # in this reading
        self._shared: tuple[str, Sandbox] | None = before._shared if before else None

    def begin(self, shared: str, make: Callable[[str], Sandbox]) -> Sandbox:
        """Begin a reading with these shared phrases. If they have changed, all scripts are built
        again. Returns the sandbox with them.

        Raises:
            TemplateError: as `make` does.
        """
        self._used = {}
        if self._shared is None or self._shared[0] != shared:
            self._scripts = {}
            self._shared = shared, make(shared)
        return self._shared[1]

    def end(self) -> None:
        """End a reading without mistakes: forget the scripts that it did not use."""
        self._scripts = self._used

    def script(self, file: str, table: object) -> tuple[bytes, Script | None]:
        """(the key under which to `keep` the script of this table, the script if it is known)."""
        try:
            # Of all that TOML and JSON can hold only numbers beyond 64 bits cannot be written.
            key = blake2b(orjson.dumps((file, table)), digest_size=16).digest()
        except orjson.JSONEncodeError:
            return b"", None
        if (script := self._scripts.get(key)) is not None:
            self._used[key] = script
        return key, script

    def keep(self, key: bytes, script: Script) -> None:
        """Keep a script for the next reading, unless it has attached files: whether these exist is
        checked each time."""
        if key and not any(item.file or item.pic_file for item in script.attachments):
            self._scripts[key] = self._used[key] = script
