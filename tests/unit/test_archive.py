"""Opening messages of the archive, and the errors if that fails."""

import base64
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from bot.app import background
from bot.clock import ManualClock
from bot.errors import ConfigError, NoAnswer, Refused, TryLater
from bot.groups.archive import ArchiveReader
from bot.inbox import TableInbox
from bot.store.database import open_database, opened
from bot.store.journal import Journal
from bot.store.sql import Database
from bot.wecom.archive import Keys, Sealed, sealed_in
from bot.wecom.archive_sdk import NativeSource, proxy_of
from tests.closed import closed
from tests.wecom.double import client_at


def keys_in(folder: Path, version: int = 3) -> tuple[Keys, str]:
    """Of this version too, and a random key that is sealed with it."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    own = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / f"{version}.pem").write_bytes(own)
    sealed = key.public_key().encrypt(b"random", padding.PKCS1v15())
    return Keys(folder), base64.b64encode(sealed).decode()


def test_a_random_key_is_opened_with_the_key_of_its_version(tmp_path: Path) -> None:
    keys, told = keys_in(tmp_path)
    assert keys.open(3, told) == b"random"
    with pytest.raises(Refused, match="10007"):
        keys.open(2, told)
    with pytest.raises(Refused, match="10004"):
        keys.open(3, "AAAA")


def test_what_cannot_be_used_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"archive\.keys"):
        Keys(tmp_path)
    (tmp_path / "one.pem").write_text("no key")
    for place in (tmp_path / "one.pem", tmp_path):
        with closed(place), pytest.raises(ConfigError, match="may not be opened"):
            Keys(tmp_path)  # copied by root, and the start ended in a page of traceback
    with pytest.raises(ConfigError, match=r"one\.pem"):
        Keys(tmp_path)
    with pytest.raises(ConfigError, match=r"archive\.library"):
        NativeSource(tmp_path / "none.so", "ww1", "secret")


def test_errors_of_the_sdk_are_classed() -> None:
    with pytest.raises(TryLater):
        sealed_in({"errcode": 10001, "errmsg": "network"})
    with pytest.raises(Refused):
        sealed_in({"errcode": 10009, "errmsg": "address"})
    assert sealed_in({"errcode": 0}) == []


def test_the_sdk_gets_proxy_and_password_apart() -> None:
    assert proxy_of("http://me:s@cret@10.0.0.5:3128") == (b"http://10.0.0.5:3128", b"me:s@cret")
    assert proxy_of("http://10.0.0.5:3128") == (b"http://10.0.0.5:3128", b"")
    assert proxy_of("") == (b"", b"")


WHOLE = {
    "action": "send", "msgid": "whole", "msgtime": 1, "from": "liming", "roomid": "wr1",
    "msgtype": "text", "text": {"content": "在的"},
}  # fmt: skip


class Told:
    """A source of these messages, each with the version and the random key it is sealed with."""

    def __init__(self, *messages: tuple[object, int, str]) -> None:
        self._messages = [
            Sealed(seq=seq, msgid="", key_version=version, random_key=key, message=json.dumps(one))
            for seq, (one, version, key) in enumerate(messages, 1)
        ]

    async def pull(self, seq: int, limit: int) -> Sequence[Sealed]:
        return self._messages[seq:]

    def open(self, random_key: bytes, message: str) -> bytes:
        return message.encode()


@asynccontextmanager
async def reading(folder: Path, keys: Keys, source: Told) -> AsyncIterator[ArchiveReader]:
    clock = ManualClock()
    async with (
        open_database(f"sqlite://{folder}/a.db") as connection,
        client_at("http://127.0.0.1:9", clock) as client,
    ):
        journal = Journal(connection)
        async with background(journal.run):
            yield ArchiveReader(
                source, keys, client=client, database=Database(connection),
                journal=journal, inbox=TableInbox(journal, clock), clock=clock, limit=100,
                stale_s=1e12,
            )  # fmt: skip


async def heard() -> list[str]:
    return [row["id"] for row in await opened().rows("SELECT id FROM event ORDER BY id")]


async def test_a_message_that_lacks_something_stopped_the_archive_for_ever(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    keys, random_key = keys_in(tmp_path)
    lacking: list[object] = [
        {key: one for key, one in WHOLE.items() if key != name} for name in ("from", "msgtime")
    ]
    lacking += [{**WHOLE, "msgid": "to", "roomid": ""}, {**WHOLE, "text": "在的"}, []]
    told = Told(*((one, 3, random_key) for one in (*lacking, WHOLE)))
    async with reading(tmp_path, keys, told) as reader:
        await reader.sweep()
        assert await heard() == ["archive:whole"]
    assert caplog.text.count("cannot be opened") == 5


async def test_what_was_said_under_a_new_key_was_lost_until_the_key_was_here(
    tmp_path: Path,
) -> None:
    """Each message was passed over, and never asked for again. One of a key that was given up long
    ago still is."""
    keys, old = keys_in(tmp_path)
    (aside := tmp_path / "aside").mkdir()
    _, new = keys_in(aside, 4)
    lost = {**WHOLE, "msgid": "lost"}, 2, old
    told = Told(lost, (WHOLE, 3, old), ({**WHOLE, "msgid": "young"}, 4, new))
    async with reading(tmp_path, keys, told) as reader:
        for content in ("", "no key"):
            (tmp_path / "4.pem").write_text(content)
            with pytest.raises(NoAnswer, match=r"cannot be read from .*/4\.pem"):
                await reader.sweep()
        assert await heard() == ["archive:whole"]
        (aside / "4.pem").rename(tmp_path / "4.pem")
        await reader.sweep()
        assert await heard() == ["archive:whole", "archive:young"]
