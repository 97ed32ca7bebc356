"""(a) A callback opened: signature, decryption, parsing, beside wechatpy."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import wechatpy.work
from wechatpy.work.crypto import WeChatCrypto

from benchmarks.envelopes import AES_KEY, CORP, TOKEN, app_text, xml_request
from benchmarks.figures import Section, middle, plain
from bot.wecom.callback import find_encrypt
from bot.wecom.crypto import Envelope
from bot.wecom.payload import parse_xml

ROUNDS, EVENTS = 11, 300
QUESTION = (
    "你好,我上周买的羊毛围巾想问一下怎么清洗,可以机洗吗?收到的时候有一点皱,熨烫要注意什么?" * 2
)


async def run() -> Section:
    rounds = [one_round() for _ in range(ROUNDS)]
    found = middle(rounds)
    return Section(
        title="(a) callback opened and parsed, per event",
        figures=(
            plain("wechatpy decrypt_message + parse_message", found["wechatpy"], "µs"),
            plain("Huashu", found["huashu"], "µs"),
            plain("Huashu is so many times quicker", found["ratio"], "times"),
        ),
    )


def one_round() -> dict[str, float]:
    write = xml_request()
    calls = [parts(write(app_text(f"member{n}", QUESTION))) for n in range(EVENTS)]
    envelope, crypto = Envelope(TOKEN, AES_KEY, CORP), WeChatCrypto(TOKEN, AES_KEY, CORP)
    now = datetime.now(UTC)

    def ours(body: bytes, signature: str, timestamp: str, nonce: str) -> None:
        encrypt = find_encrypt(body, "xml")
        parse_xml(envelope.open(signature, timestamp, nonce, encrypt), now)

    def theirs(body: bytes, signature: str, timestamp: str, nonce: str) -> None:
        wechatpy.work.parse_message(crypto.decrypt_message(body, signature, timestamp, nonce))

    found = {"huashu": timed(ours, calls), "wechatpy": timed(theirs, calls)}
    return {**found, "ratio": found["wechatpy"] / found["huashu"]}


def parts(request: bytes) -> tuple[bytes, str, str, str]:
    head, _, body = request.partition(b"\r\n\r\n")
    query = parse_qs(urlsplit(head.split()[1].decode()).query)
    return body, query["msg_signature"][0], query["timestamp"][0], query["nonce"][0]


def timed(work: Callable[..., None], calls: list[tuple[bytes, str, str, str]]) -> float:
    """µs of CPU a call."""
    started = time.process_time()
    for call in calls:
        work(*call)
    return (time.process_time() - started) / len(calls) * 1e6
