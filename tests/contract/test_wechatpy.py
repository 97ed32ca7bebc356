"""A client that nobody here wrote: wechatpy gets a token, sends, and reads our envelopes."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from wechatpy.exceptions import InvalidSignatureException, WeChatClientException
from wechatpy.work import WeChatClient, parse_message
from wechatpy.work.crypto import WeChatCrypto

from bot.clock import ManualClock
from bot.mockwecom.corp import MockCorp
from bot.mockwecom.payloads import add_external_contact, app_text
from bot.mockwecom.server import MockServer
from bot.wecom.crypto import Envelope

CORP, AGENT, SECRET = "wwdemo0000000001", 1000002, "secret-of-the-app"
KF, ANNA = "wkDemoKfAAAA000000000000000001", "wmDemoAAAA0000000000000000000001"
TOKEN, AES_KEY = "QDG6eK", "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"


class Client(WeChatClient):  # type: ignore[misc]  # the package has no types
    """Theirs, pointed at the mock; the address of gettoken is a constant inside it."""

    def __init__(self, url: str, secret: str = SECRET) -> None:
        self.API_BASE_URL = f"{url}/cgi-bin/"
        super().__init__(CORP, secret, timeout=60)

    def fetch_access_token(self) -> Any:
        query = {"corpid": self.corp_id, "corpsecret": self.secret}
        return self._fetch_access_token(f"{self.API_BASE_URL}gettoken", query)


@pytest.fixture
def corp() -> MockCorp:
    corp = MockCorp(CORP, clock=ManualClock())
    corp.add_member("liming", "李明")
    corp.add_customer(ANNA, "安娜")
    corp.add_app(AGENT, SECRET)
    corp.add_kf_account(KF, "小助手", ["liming"])
    return corp


@pytest.fixture
async def client(corp: MockCorp) -> AsyncIterator[Client]:
    async with MockServer(corp) as server:
        client = Client(server.url)
        yield client
        client._http.close()


async def test_it_sends_app_messages(client: Client, corp: MockCorp) -> None:
    answer = await asyncio.to_thread(client.message.send_text, AGENT, ["liming", "ghost"], "早报")
    assert (answer["errcode"], answer["invaliduser"]) == (0, "ghost")
    await asyncio.to_thread(client.message.send_markdown, AGENT, "liming", "**早**")
    assert [(d.to, d.kind, d.text) for d in corp.deliveries] == [
        ("liming", "text", "早报"),
        ("liming", "markdown", "**早**"),
    ]
    assert [call.api for call in corp.calls] == ["gettoken", "message/send", "message/send"]
    assert corp.refusals == []


async def test_it_heals_an_expired_token(client: Client, corp: MockCorp) -> None:
    await asyncio.to_thread(client.message.send_text, AGENT, "liming", "一")
    corp.expire_tokens()
    await asyncio.to_thread(client.message.send_text, AGENT, "liming", "二")
    assert [call.errcode for call in corp.calls if call.api == "message/send"] == [0, 42001, 0]


async def test_it_understands_a_refusal(client: Client, corp: MockCorp) -> None:
    with pytest.raises(WeChatClientException) as refused:
        await asyncio.to_thread(client.message.send_text, AGENT, "ghost", "早报")
    assert refused.value.errcode == 81013


async def test_it_serves_customers(client: Client, corp: MockCorp) -> None:
    await corp.customer_writes_kf(ANNA, KF, "在吗")
    listed = await asyncio.to_thread(client.kf.get_servicer_list, KF)
    assert listed["servicer_list"] == [{"userid": "liming", "status": 0}]
    await asyncio.to_thread(client.kf.trans_service_state, KF, ANNA, 1)
    await asyncio.to_thread(client.kf_message.send_text, ANNA, KF, "您好")
    assert [d.text for d in corp.deliveries] == ["您好"]


def test_it_opens_what_we_seal() -> None:
    xml = add_external_contact(CORP, 1767200001, "liming", ANNA, "qr", "CODE")
    encrypt, signed = Envelope(TOKEN, AES_KEY, CORP).seal(xml.encode(), "1767200001", "nonce")
    body = f"<xml><ToUserName>{CORP}</ToUserName><Encrypt>{encrypt}</Encrypt></xml>"
    crypto = WeChatCrypto(TOKEN, AES_KEY, CORP)
    assert crypto.decrypt_message(body, signed, "1767200001", "nonce").encode() == xml.encode()
    with pytest.raises(InvalidSignatureException):
        crypto.decrypt_message(body, "0" * 40, "1767200001", "nonce")


def test_we_open_what_it_seals() -> None:
    sealed = WeChatCrypto(TOKEN, AES_KEY, CORP).encrypt_message("<xml>好</xml>", "n", "1767200001")
    parts = {
        name: sealed.split(f"<{name}>", 1)[1].split(f"</{name}>", 1)[0].strip()
        for name in ("Encrypt", "MsgSignature", "TimeStamp", "Nonce")
    }
    plain = {
        name: part.removeprefix("<![CDATA[").removesuffix("]]>") for name, part in parts.items()
    }
    message = Envelope(TOKEN, AES_KEY, CORP).open(
        plain["MsgSignature"], plain["TimeStamp"], plain["Nonce"], plain["Encrypt"]
    )
    assert message.decode() == "<xml>好</xml>"


def test_it_parses_our_payloads() -> None:
    message = parse_message(app_text(CORP, 1767200001, AGENT, "liming", 7 * 10**18, "在吗"))
    assert (message.type, message.content, message.source) == ("text", "在吗", "liming")
    assert (message.id, message.agent) == (7 * 10**18, AGENT)
