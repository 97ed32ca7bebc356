"""What was read before, so that the next reading builds only what has changed.

Compiling a template takes half a millisecond; and an object shared by the old and the new library
is neither in memory twice nor freed with the old one.
"""

from collections.abc import Callable
from hashlib import blake2b

import orjson

from bot.scripts.script import Script
from bot.scripts.templates import Sandbox


class Known:
    """Scripts by what they were made of; one reading at a time.

    Args:
        before: what somebody else has read; it stays theirs.
    """

    def __init__(self, before: "Known | None" = None) -> None:
        self._scripts: dict[bytes, Script] = dict(before._scripts) if before else {}
        self._used: dict[bytes, Script] = {}  # in this reading
        self._shared: tuple[str, Sandbox] | None = before._shared if before else None

    def begin(self, shared: str, make: Callable[[str], Sandbox]) -> Sandbox:
        """A reading with these shared phrases; if they have changed, so has every script.

        Raises:
            TemplateError: as `make` does.
        """
        self._used = {}
        if self._shared is None or self._shared[0] != shared:
            self._scripts = {}
            self._shared = shared, make(shared)
        return self._shared[1]

    def end(self) -> None:
        """The reading was a good one: forget what it did not need."""
        self._scripts = self._used

    def script(self, file: str, table: object) -> tuple[bytes, Script | None]:
        """Under which key to `keep` what is made of this table, and what was."""
        try:
            # Of all that TOML and JSON can hold only numbers beyond 64 bits cannot be written.
            key = blake2b(orjson.dumps((file, table)), digest_size=16).digest()
        except orjson.JSONEncodeError:
            return b"", None
        if (script := self._scripts.get(key)) is not None:
            self._used[key] = script
        return key, script

    def keep(self, key: bytes, script: Script) -> None:
        """Keep it for the next time; only whether attached files exist is checked again."""
        if key and not any(item.file or item.pic_file for item in script.attachments):
            self._scripts[key] = self._used[key] = script
