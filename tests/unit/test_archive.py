"""How messages of the archive are opened, and what is said when they cannot be."""

import base64
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from bot.errors import ConfigError, Refused, TryLater
from bot.wecom.archive import Keys, sealed_in
from bot.wecom.archive_sdk import NativeSource, proxy_of


def test_a_random_key_is_opened_with_the_key_of_its_version(tmp_path: Path) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    own = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (tmp_path / "3.pem").write_bytes(own)
    sealed = key.public_key().encrypt(b"random", padding.PKCS1v15())
    keys, told = Keys(tmp_path), base64.b64encode(sealed).decode()
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
