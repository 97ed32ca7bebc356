import json
from base64 import b64decode, b64encode
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wechatpy.work.crypto import WeChatCrypto

from bot.errors import BadCallback
from bot.wecom.crypto import BLOCK, Envelope, pad, signature, unpad

DATA = Path(__file__).parent.parent / "data" / "wecom"
VECTORS: dict[str, Any] = json.loads((DATA / "crypto_vectors.json").read_text("utf-8"))
CALLBACKS: dict[str, dict[str, Any]] = {v["id"]: v for v in VECTORS["callback_vectors"]}
KEY = CALLBACKS["official-post-text"]["encoding_aes_key"]

vectors = pytest.mark.parametrize("vector", CALLBACKS.values(), ids=CALLBACKS.keys())


def envelope(vector: dict[str, Any], **changes: str) -> Envelope:
    settings = {
        "token": vector["token"],
        "aes_key": vector["encoding_aes_key"],
        "receive_id": vector["receiveid"],
    }
    return Envelope(**(settings | changes))


def opened(vector: dict[str, Any], **changes: str) -> bytes:
    sealed = {name: vector[name] for name in ("msg_signature", "timestamp", "nonce", "encrypt")}
    return envelope(vector).open(**(sealed | changes))


@vectors
def test_a_vector_is_signed_and_opened(vector: dict[str, Any]) -> None:
    parts = (vector["token"], vector["timestamp"], vector["nonce"], vector["encrypt"])
    assert signature(*parts) == vector["msg_signature"]
    assert opened(vector) == vector["plaintext"].encode()


@vectors
def test_sealing_with_the_vectors_random_bytes_repeats_it_exactly(vector: dict[str, Any]) -> None:
    sealed = envelope(vector).seal(
        vector["plaintext"].encode(),
        vector["timestamp"],
        vector["nonce"],
        random16=bytes.fromhex(vector["random16_hex"]),
    )
    assert sealed == (vector["encrypt"], vector["msg_signature"])


def test_wechatpy_and_we_understand_each_other() -> None:
    ours = Envelope("token", KEY, "wwdemo0000000001")
    theirs = WeChatCrypto("token", KEY, "wwdemo0000000001")
    text = "<xml><Content><![CDATA[你好]]></Content></xml>"
    letter = theirs.encrypt_message(text, "nonce", "1767200000")
    encrypt, signed = (
        letter.partition(f"<{name}><![CDATA[")[2].partition("]]>")[0]
        for name in ("Encrypt", "MsgSignature")
    )
    assert ours.open(signed, "1767200000", "nonce", encrypt) == text.encode()
    encrypt, signed = ours.seal(text.encode(), "1767200000", "nonce")
    body = f"<xml><Encrypt><![CDATA[{encrypt}]]></Encrypt></xml>"
    assert theirs.decrypt_message(body, signed, "1767200000", "nonce") == text


def test_a_smart_bots_media_has_neither_frame_nor_receive_id() -> None:
    (vector,) = VECTORS["media_vectors"]
    media = Envelope("token", vector["encoding_aes_key"], "")
    plain = bytes.fromhex(vector["plaintext_hex"])
    assert unpad(media.decrypt(b64decode(vector["ciphertext_base64"]))) == plain
    assert media.encrypt(plain) == b64decode(vector["ciphertext_base64"])


def test_neg_bad_signature() -> None:
    vector = CALLBACKS["official-post-text"]
    digits = vector["msg_signature"]
    refused(-40001, vector, msg_signature=digits[:-1] + ("0" if digits[-1] != "0" else "1"))


@pytest.mark.parametrize("part", ["timestamp", "nonce", "encrypt"])
def test_the_signature_covers_every_part(part: str) -> None:
    vector = CALLBACKS["official-post-text"]
    refused(-40001, vector, **{part: vector[part] + "0"})


@pytest.mark.parametrize(
    ("vector_id", "receive_id"),
    [
        ("official-post-text", "ww_other_corp"),
        ("own-aibot-json-empty-receiveid", "wwdemo0000000001"),
    ],
    ids=["neg-wrong-receiveid", "neg-internal-bot-with-corpid"],
)
def test_neg_receive_id(vector_id: str, receive_id: str) -> None:
    vector = CALLBACKS[vector_id]
    with pytest.raises(BadCallback) as caught:
        envelope(vector, receive_id=receive_id).open(
            vector["msg_signature"], vector["timestamp"], vector["nonce"], vector["encrypt"]
        )
    assert (caught.value.code, caught.value.status) == (-40005, 403)


@pytest.mark.parametrize("key", [KEY[:42], KEY + "A", "!" * 43, "!" + KEY[1:], ""])
def test_neg_key(key: str) -> None:
    with pytest.raises(ValueError, match="EncodingAESKey"):
        Envelope("token", key, "wwdemo")


@pytest.mark.parametrize(
    ("encrypt", "code"),
    [
        ("not base64!", -40010),
        ("", -40007),
        ("AAAA", -40007),  # no whole blocks
        ("A" * 64, -40007),  # whole blocks of rubbish: the padding gives it away
    ],
)
def test_signed_rubbish_is_refused_with_its_own_code(encrypt: str, code: int) -> None:
    vector = CALLBACKS["official-post-text"]
    parts = (vector["token"], vector["timestamp"], vector["nonce"], encrypt)
    refused(code, vector, encrypt=encrypt, msg_signature=signature(*parts))


def test_what_was_refused_spoils_nothing_that_comes_after() -> None:
    vector = CALLBACKS["official-post-text"]
    ours = envelope(vector)
    token, timestamp, nonce = (vector[name] for name in ("token", "timestamp", "nonce"))
    for encrypt in (b64encode(b"r" * 32).decode(), b64encode(b"r" * 17).decode()):
        with pytest.raises(BadCallback):
            signed = signature(token, timestamp, nonce, encrypt)
            ours.open(signed, timestamp, nonce, encrypt)
        with pytest.raises(ValueError, match="blocks"):
            ours.decrypt(b"r" * 17)
        found = ours.open(vector["msg_signature"], timestamp, nonce, vector["encrypt"])
        assert found == vector["plaintext"].encode()


@pytest.mark.parametrize("frame", [b"short", b"r" * 16 + (99).to_bytes(4, "big") + b"message"])
def test_a_frame_shorter_than_it_claims_is_refused(frame: bytes) -> None:
    vector = CALLBACKS["official-post-text"]
    encrypt = b64encode(envelope(vector).encrypt(frame)).decode()
    parts = (vector["token"], vector["timestamp"], vector["nonce"], encrypt)
    refused(-40008, vector, encrypt=encrypt, msg_signature=signature(*parts))


def refused(code: int, vector: dict[str, Any], **changes: str) -> None:
    with pytest.raises(BadCallback) as caught:
        opened(vector, **changes)
    assert caught.value.code == code


@given(st.binary(max_size=200), st.text(max_size=20), st.text(max_size=20))
def test_what_is_sealed_opens_again(message: bytes, receive_id: str, nonce: str) -> None:
    pair = Envelope("token", KEY, receive_id)
    encrypt, signed = pair.seal(message, "1767200000", nonce)
    assert pair.open(signed, "1767200000", nonce, encrypt) == message


@given(st.binary(max_size=100))
def test_padding_fills_whole_blocks_and_comes_off_again(data: bytes) -> None:
    padded = pad(data)
    assert len(padded) % BLOCK == 0
    assert 1 <= len(padded) - len(data) <= BLOCK
    assert unpad(padded) == data
