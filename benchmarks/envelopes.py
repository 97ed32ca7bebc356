"""Callbacks as WeCom sends them, sealed and written out as whole HTTP requests beforehand."""

import time
from collections.abc import Callable
from itertools import count

import orjson

from bot.wecom.crypto import Envelope

CORP, AGENT, BOT = "wwdemo0000000001", 1000002, "aibBench0001"
SECRET, TOKEN = "BENCH-SECRET", "benchToken"
AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
APP_PATH, BOT_PATH = "/callback/app", "/callback/bot"

_numbers = count(7_000_000_000_000_000_000)


def app_text(sender: str, text: str) -> bytes:
    """A member's message to the app (doc 90239)."""
    return (
        f"<xml><ToUserName><![CDATA[{CORP}]]></ToUserName>"
        f"<FromUserName><![CDATA[{sender}]]></FromUserName><CreateTime>{int(time.time())}"
        f"</CreateTime><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[{text}]]></Content>"
        f"<MsgId>{next(_numbers)}</MsgId><AgentID>{AGENT}</AgentID></xml>"
    ).encode()


def unheard_of() -> bytes:
    """An event that no handler waits for: it is stored and settled, and nothing is said."""
    return (
        f"<xml><ToUserName><![CDATA[{CORP}]]></ToUserName>"
        f"<FromUserName><![CDATA[sys]]></FromUserName><CreateTime>{int(time.time())}</CreateTime>"
        f"<MsgType><![CDATA[event]]></MsgType><Event><![CDATA[view]]></Event>"
        f"<EventKey><![CDATA[https://shop.example.com/{next(_numbers)}]]></EventKey>"
        f"<AgentID>{AGENT}</AgentID></xml>"
    ).encode()


def bot_text(sender: str, text: str, api: str) -> bytes:
    """A member's message to the smart bot (doc 100719)."""
    number = next(_numbers)
    return orjson.dumps(
        {
            "msgid": f"CAIQ{number}",
            "aibotid": BOT,
            "chattype": "single",
            "from": {"userid": sender},
            "response_url": f"{api}/cgi-bin/aibot/response?response_code={number}",
            "msgtype": "text",
            "text": {"content": text},
        }
    )


def xml_request() -> Callable[[bytes], bytes]:
    """Makes whole requests out of payloads, for a callback in XML."""
    envelope = Envelope(TOKEN, AES_KEY, CORP)

    def write(plain: bytes) -> bytes:
        query, encrypt = sealed(envelope, plain)
        body = (
            f"<xml><ToUserName><![CDATA[{CORP}]]></ToUserName><AgentID><![CDATA[{AGENT}]]>"
            f"</AgentID><Encrypt><![CDATA[{encrypt}]]></Encrypt></xml>"
        )
        return request(f"{APP_PATH}?{query}", "text/xml; charset=UTF-8", body.encode())

    return write


def json_request() -> Callable[[bytes], bytes]:
    """The same for a smart bot's callback."""
    envelope = Envelope(TOKEN, AES_KEY, "")

    def write(plain: bytes) -> bytes:
        query, encrypt = sealed(envelope, plain)
        return request(
            f"{BOT_PATH}?{query}", "application/json", orjson.dumps({"encrypt": encrypt})
        )

    return write


def sealed(envelope: Envelope, plain: bytes) -> tuple[str, str]:
    timestamp, nonce = str(int(time.time())), str(next(_numbers))
    encrypt, signed = envelope.seal(plain, timestamp, nonce)
    return f"msg_signature={signed}&timestamp={timestamp}&nonce={nonce}", encrypt


def request(target: str, content_type: str, body: bytes) -> bytes:
    head = (
        f"POST {target} HTTP/1.1\r\nHost: bench\r\nContent-Type: {content_type}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body
