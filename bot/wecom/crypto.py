"""Signature and AES envelope of WeCom callbacks (doc 90968). Pure.

The mock server uses this file too; it is tested with published vectors (tests/data/wecom).
"""

import base64
import binascii
import hmac
import os
from hashlib import sha1

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

from bot.errors import BadCallback

BLOCK = 32  # PKCS7 with blocks of 32 bytes, not of AES's 16


def signature(token: str, timestamp: str, nonce: str, encrypt: str) -> str:
    """`msg_signature`: the strings are used exactly as received, after URL-decoding."""
    return sha1("".join(sorted((token, timestamp, nonce, encrypt))).encode()).hexdigest()


def pad(data: bytes) -> bytes:
    count = BLOCK - len(data) % BLOCK
    return data + bytes((count,)) * count


def unpad(data: bytes) -> bytes:
    """Raises BadCallback (-40007) unless `data` ends in 1 to 32 equal bytes of that value."""
    count = data[-1] if data else 0
    if not 1 <= count <= BLOCK or data[-count:] != bytes((count,)) * count:
        raise BadCallback("decrypted, but the padding is wrong", code=-40007)
    return data[:-count]


class Envelope:
    """Seals and opens callbacks of one callback configuration.

    Args:
        token: "Token" of the callback settings page.
        aes_key: "EncodingAESKey", 43 characters.
        receive_id: the corp id; "" for a smart bot inside the company (doc 101033).

    Raises:
        ValueError: `aes_key` is not a key.
    """

    def __init__(self, token: str, aes_key: str, receive_id: str) -> None:
        if len(aes_key) != 43:
            raise ValueError(f"EncodingAESKey has 43 characters, not {len(aes_key)}")
        try:
            # The last character's two spare bits may be set, so decoding must not be strict.
            key = base64.b64decode(aes_key + "=")
        except binascii.Error as error:
            raise ValueError("EncodingAESKey is not base64") from error
        if len(key) != 32:
            raise ValueError("EncodingAESKey has characters that are not base64")
        self._token = token
        self._receive_id = receive_id.encode()
        self._cipher, self._vector = Cipher(AES(key), CBC(key[:16])), key[:16]
        self._decryptor = self._cipher.decryptor()

    def open(self, msg_signature: str, timestamp: str, nonce: str, encrypt: str) -> bytes:
        """Check the signature, decrypt, check the receiver, return the message.

        Raises:
            BadCallback: with the code of the sample library (-40001, -40005, -40007 …).
        """
        expected = signature(self._token, timestamp, nonce, encrypt)
        if not hmac.compare_digest(expected.encode(), msg_signature.encode()):
            raise BadCallback("msg_signature does not fit", code=-40001)
        try:
            sealed = binascii.a2b_base64(encrypt, strict_mode=True)
        except ValueError as error:
            raise BadCallback("Encrypt is not base64", code=-40010) from error
        if not sealed or len(sealed) % 16:
            raise BadCallback("Encrypt is not whole AES blocks", code=-40007)
        frame = unpad(self.decrypt(sealed))
        end = 20 + int.from_bytes(frame[16:20], "big")
        if len(frame) < 20 or end > len(frame):
            raise BadCallback("decrypted, but the frame is too short", code=-40008)
        if not hmac.compare_digest(frame[end:], self._receive_id):
            raise BadCallback("receiveid is not ours", code=-40005)
        return frame[20:end]

    def seal(
        self, message: bytes, timestamp: str, nonce: str, *, random16: bytes = b""
    ) -> tuple[str, str]:
        """Return (encrypt, msg_signature). `random16` is for reproducible tests only."""
        frame = b"".join((random16 or os.urandom(16), len(message).to_bytes(4, "big"), message))
        encryptor = self._cipher.encryptor()
        sealed = encryptor.update(pad(frame + self._receive_id)) + encryptor.finalize()
        encrypt = base64.b64encode(sealed).decode()
        return encrypt, signature(self._token, timestamp, nonce, encrypt)

    def decrypt(self, sealed: bytes) -> bytes:
        """AES only, no framing: what `open` and a smart bot's media (doc 100719) share.

        Raises:
            ValueError: not whole blocks, whose rest would be taken for the next message's.
        """
        if len(sealed) % 16:
            raise ValueError("not whole AES blocks")
        # CBC goes on from the block before, so decrypting the vector as such a block starts a new
        # message. A context for each message would cost six times as much.
        return self._decryptor.update(self._vector + sealed)[16:]

    def encrypt(self, plain: bytes) -> bytes:
        encryptor = self._cipher.encryptor()
        return encryptor.update(pad(plain)) + encryptor.finalize()
