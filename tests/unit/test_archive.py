"""How messages of the archive are opened, and what is said when they cannot be."""

import base64
import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from bot.app import background
from bot.clock import ManualClock
from bot.errors import ConfigError, Refused, TryLater
from bot.groups.archive import ArchiveReader
from bot.inbox import TableInbox
from bot.store.database import open_database
from bot.store.journal import Journal
from bot.store.sql import Database
from bot.wecom.archive import Keys, Sealed, sealed_in
from bot.wecom.archive_sdk import NativeSource, proxy_of
from tests.wecom.double import client_at


def keys_in(folder: Path) -> tuple[Keys, str]:
    """Of version 3, and a random key that is sealed with it."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    own = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "3.pem").write_bytes(own)
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


class Lying:
    """A source of messages that lack something, and one that is whole."""

    def __init__(self, random_key: str) -> None:
        whole = {"action": "send", "msgid": "whole", "msgtime": 1, "from": "liming"}
        whole |= {"roomid": "wr1", "msgtype": "text", "text": {"content": "在的"}}
        lacking = [
            {key: one for key, one in whole.items() if key != name} for name in ("from", "msgtime")
        ]
        lacking += [{**whole, "msgid": "to", "roomid": ""}, {**whole, "text": "在的"}]
        self._told = [json.dumps(one) for one in (*lacking, [], whole)]
        self._random_key = random_key

    async def pull(self, seq: int, limit: int) -> Sequence[Sealed]:
        return [
            Sealed(seq=seq, msgid="", key_version=3, random_key=self._random_key, message=message)
            for seq, message in list(enumerate(self._told, 1))[seq:]
        ]

    def open(self, random_key: bytes, message: str) -> bytes:
        return message.encode()


async def test_a_message_that_lacks_something_stopped_the_archive_for_ever(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    keys, random_key = keys_in(tmp_path)
    clock = ManualClock()
    async with (
        open_database(f"sqlite://{tmp_path}/a.db") as connection,
        client_at("http://127.0.0.1:9", clock) as client,
    ):
        journal = Journal(connection)
        reader = ArchiveReader(
            Lying(random_key), keys, client=client, database=Database(connection),
            journal=journal, inbox=TableInbox(journal, clock), clock=clock, limit=100,
            stale_s=1e12,
        )  # fmt: skip
        async with background(journal.run):
            await reader.sweep()
            rows = await journal.rows("SELECT id FROM event")
    assert [row["id"] for row in rows] == ["archive:whole"]
    assert caplog.text.count("cannot be opened") == 5
