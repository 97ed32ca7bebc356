"""We open what the npm package @wecom/crypto seals, and compute the same signatures.

Recorded by tests/data/npm_wecom_crypto/record.js, whose head names the command; the tests need
no Node.
"""

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from bot.wecom.crypto import Envelope, signature

RECORDED: dict[str, Any] = json.loads(
    (Path(__file__).parents[1] / "data/npm_wecom_crypto/vectors.json").read_text("utf-8")
)


@pytest.mark.parametrize("vector", RECORDED["vectors"], ids=lambda vector: vector["name"])
def test_what_it_sealed_is_opened(vector: dict[str, str]) -> None:
    timestamp, nonce = RECORDED["timestamp"], RECORDED["nonce"]
    envelope = Envelope(RECORDED["token"], RECORDED["key"], vector["receiveId"])
    signed = signature(RECORDED["token"], timestamp, nonce, vector["encrypt"])
    assert signed == vector["signature"]
    plain = envelope.open(vector["signature"], timestamp, nonce, vector["encrypt"])
    assert plain.decode() == vector["message"]


@pytest.mark.parametrize("vector", RECORDED["vectors"], ids=lambda vector: vector["name"])
def test_with_its_random_bytes_we_seal_the_same(vector: dict[str, str]) -> None:
    """The 16 random bytes are taken out of its ciphertext; everything else must be equal."""
    timestamp, nonce = RECORDED["timestamp"], RECORDED["nonce"]
    envelope = Envelope(RECORDED["token"], RECORDED["key"], vector["receiveId"])
    random16 = envelope.decrypt(base64.b64decode(vector["encrypt"]))[:16]
    sealed = envelope.seal(vector["message"].encode(), timestamp, nonce, random16=random16)
    assert sealed == (vector["encrypt"], vector["signature"])
