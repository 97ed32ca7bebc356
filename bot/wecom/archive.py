"""The message archive (会话内容存档, doc 91774): fetching sealed messages and opening them.

A message is sealed with a random key, and that with our RSA key (PKCS#1 v1.5), whose version is
given. Only WeCom's closed SDK knows how the random key opens the message, so a `Source` does that
part.
"""

import base64
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any, Protocol, Self

import aiohttp
from cryptography.hazmat.primitives import padding as blocks
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from bot.errors import Complaint, ConfigError, NoAnswer, Refused, TryLater, WeComError
from bot.files.textfile import cannot_read, closed_folders
from bot.wecom.understanding import readable

API = "msgaudit/GetChatData"
AGAIN = frozenset({10001, 10002, 10003})  # network, parsing, system: the SDK says to try again
AGAIN_S = 15.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    seq: int
    msgid: str
    key_version: int
    random_key: str  # base64
    message: str

    @classmethod
    def read(cls, item: Mapping[str, Any]) -> Self:
        return cls(
            seq=int(item["seq"]),
            msgid=str(item["msgid"]),
            key_version=int(item["publickey_ver"]),
            random_key=str(item["encrypt_random_key"]),
            message=str(item["encrypt_chat_msg"]),
        )


class Source(Protocol):
    """Both calls raise only WeComError."""

    async def pull(self, seq: int, limit: int) -> Sequence[Sealed]:
        """Up to `limit` messages behind `seq`, in order."""
        ...

    def open(self, random_key: bytes, message: str) -> bytes:
        """The message as JSON."""
        ...


def sealed_in(answer: Mapping[str, Any]) -> list[Sealed]:
    """The messages of an answer in the shape of GetChatData.

    Raises:
        WeComError: it tells an error.
    """
    if code := int(answer.get("errcode") or 0):
        raise failed(code, str(answer.get("errmsg", "")))
    return readable(Sealed.read, answer.get("chatdata") or ())


def failed(code: int, why: str) -> WeComError:
    """An error of the SDK, by what is to be done about it (doc 91774)."""
    if code in AGAIN:
        return TryLater(code, why, API, after_s=AGAIN_S)
    return Refused(code, why, API, alert=True)


class HttpSource:
    """A program of the company's own, or the mock, that runs the SDK and passes on its answers.

    POST {"seq", "limit"} with the secret as bearer → the JSON of GetChatData. Messages on this way
    are sealed by a stand-in of our own: AES-256-CBC under the SHA-256 of the random key, the first
    16 bytes of which are the IV; PKCS#7; base64.
    """

    def __init__(self, url: str, secret: str, timeout_s: float) -> None:
        self._url, self._secret = url, secret
        self._patience = aiohttp.ClientTimeout(total=timeout_s)

    async def pull(self, seq: int, limit: int) -> Sequence[Sealed]:
        head = {"Authorization": f"Bearer {self._secret}"}
        asked = {"seq": seq, "limit": limit}
        try:
            async with (
                aiohttp.ClientSession(timeout=self._patience) as session,
                session.post(self._url, json=asked, headers=head) as answer,
            ):
                if answer.status != 200:
                    raise NoAnswer(f"HTTP {answer.status}", API, sent=False)
                return sealed_in(await answer.json())
        except (aiohttp.ClientError, TimeoutError, KeyError, ValueError) as error:
            raise NoAnswer(type(error).__name__, API, sent=False) from error

    def open(self, random_key: bytes, message: str) -> bytes:
        try:
            return stand_in(random_key, base64.b64decode(message))
        except ValueError as error:
            raise failed(10006, "decrypt") from error


def stand_in(random_key: bytes, sealed: bytes) -> bytes:
    """See HttpSource. Raises `ValueError`."""
    key = sha256(random_key).digest()
    opening = Cipher(algorithms.AES(key), modes.CBC(key[:16])).decryptor()
    unpadding = blocks.PKCS7(128).unpadder()
    plain = unpadding.update(opening.update(sealed) + opening.finalize())
    return plain + unpadding.finalize()


class Keys:
    """Our private keys by version.

    Raises:
        ConfigError: there is none, or a file is no RSA key or may not be opened.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._keys: dict[int, rsa.RSAPrivateKey] = {}
        self._read()
        if not self._keys:
            cure = "Put the private key of 会话内容存档 there as 1.pem, 1 being its 版本号"
            lacking = Complaint("config/bot.toml", "archive.keys", "no key there", cure)
            raise ConfigError([*closed_folders(folder, folder.name)] or [lacking])
        self.open = lru_cache(maxsize=256)(self._open)

    def may_open(self, one: Sealed) -> bool:
        """Whether its key is here or never will be; one newer than ours may still come."""
        if one.key_version > max(self._keys):
            with suppress(ConfigError):  # `lacking` names the file
                self._read()
        return one.key_version <= max(self._keys)

    def lacking(self, one: Sealed) -> WeComError:
        place = f"{self._folder.name}/{one.key_version}.pem"
        return NoAnswer(
            f"what is new is sealed with a key that cannot be read from {place}", API, sent=False
        )

    def _read(self) -> None:
        place = f"{self._folder.name}/"
        for file in sorted(self._folder.glob("*.pem")):
            try:
                key = load_pem_private_key(file.read_bytes(), None)
                version = int(file.stem)
            except OSError as error:
                told = Complaint(place, file.name, *cannot_read(error))
                raise ConfigError([told]) from error
            except (ValueError, TypeError) as error:
                cure = (
                    "Name it by its version, like 1.pem: an RSA key of 2048 bits without password"
                )
                raise ConfigError([Complaint(place, file.name, str(error), cure)]) from error
            if isinstance(key, rsa.RSAPrivateKey):
                self._keys[version] = key

    def _open(self, version: int, random_key: str) -> bytes:
        """
        Raises:
            WeComError: it is not sealed with a key of ours.
        """
        if version not in self._keys:
            raise failed(10007, f"no private key of version {version}")
        try:
            return self._keys[version].decrypt(base64.b64decode(random_key), padding.PKCS1v15())
        except ValueError as error:
            raise failed(10004, "key") from error
