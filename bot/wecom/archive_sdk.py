"""WeCom's native SDK of the message archive (doc 91774), by ctypes. It is not ours to ship: the
company downloads libWeWorkFinanceSdk_C.so and names it in the settings."""

import asyncio
import ctypes
from collections.abc import Callable, Sequence
from pathlib import Path

import orjson

from bot.errors import Complaint, ConfigError
from bot.wecom.archive import Sealed, failed, sealed_in

PATIENCE_S = 10
_POINTERS = ("NewSdk", "NewSlice", "GetContentFromSlice")


class NativeSource:
    """
    Args:
        proxy: http://user:password@host:port of an HTTP proxy on the way; "" = none.

    Raises:
        ConfigError: the library cannot be loaded, or does not take our secret.
    """

    def __init__(self, library: Path, corp_id: str, secret: str, proxy: str = "") -> None:
        self._proxy = proxy_of(proxy)
        try:
            self._sdk = ctypes.CDLL(str(library))
        except OSError as error:
            cure = "Download the SDK of 会话内容存档 (Linux, C) and name its .so"
            told = Complaint("config/bot.toml", "archive.library", str(error), cure)
            raise ConfigError([told]) from error
        for name in _POINTERS:
            getattr(self._sdk, name).restype = ctypes.c_void_p
        self._own = ctypes.c_void_p(self._sdk.NewSdk())
        if code := self._sdk.Init(self._own, corp_id.encode(), secret.encode()):
            cure = (
                "Copy the Secret of 会话内容存档 once more; the machine's address must be allowed"
            )
            told = Complaint("config/bot.toml", "archive.secret", f"Init: {code}", cure)
            raise ConfigError([told])

    async def pull(self, seq: int, limit: int) -> Sequence[Sealed]:
        return await asyncio.to_thread(self._pull, seq, limit)

    def _pull(self, seq: int, limit: int) -> list[Sealed]:
        number, most = ctypes.c_ulonglong(seq), ctypes.c_uint(limit)
        return sealed_in(
            orjson.loads(
                self._told(
                    lambda into: self._sdk.GetChatData(
                        self._own, number, most, *self._proxy, PATIENCE_S, into
                    )
                )
            )
        )

    def open(self, random_key: bytes, message: str) -> bytes:
        return self._told(lambda into: self._sdk.DecryptData(random_key, message.encode(), into))

    def _told(self, ask: Callable[[ctypes.c_void_p], int]) -> bytes:
        """What `ask` writes into a slice."""
        into = ctypes.c_void_p(self._sdk.NewSlice())
        try:
            if code := ask(into):
                raise failed(code, "the SDK refused")
            content = ctypes.c_void_p(self._sdk.GetContentFromSlice(into))
            return ctypes.string_at(content, self._sdk.GetSliceLen(into))
        finally:
            self._sdk.FreeSlice(into)


def proxy_of(url: str) -> tuple[bytes, bytes]:
    """As the SDK wants it (doc 91774): the address, and "user:password"."""
    before, at, host = url.rpartition("@")
    scheme, _, account = before.partition("://")
    return (f"{scheme}://{host}".encode(), account.encode()) if at else (url.encode(), b"")
