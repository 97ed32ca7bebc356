"""Decrypted payloads → events. Pure; never raises: the unknown becomes `Unrecognised`.

An id is equal for redeliveries of one happening and different for any two happenings:

- Messages, and everything that comes from a smart bot or from sync_msg, have a msgid of WeCom's;
  it gets the name of its channel in front.
- XML events have none. WeCom advises FromUserName + CreateTime (doc 90238), but two customers
  added to one member in the same second share that. So the id digests *all* elements, by name
  and value, whatever their order and the blanks between them. A redelivery repeats the same
  plaintext, so volatile elements do no harm, and leaving them out would: two kf_msg_or_event of
  one second differ in nothing but Token, and the later may stand for a message that the earlier
  did not. WelcomeCode stays in for the same plain rule: every element counts.
"""

import reprlib
from collections.abc import Callable
from datetime import datetime
from hashlib import blake2b
from typing import Any

import orjson

from bot.events import Event, Unrecognised
from bot.wecom.fields import parsed
from bot.wecom.payload_json import bot_event, service_event
from bot.wecom.payload_xml import xml_event

_BOT_FRAMES = {"aibot_msg_callback", "aibot_event_callback"}


def parse_xml(plain: bytes, received: datetime) -> Event:
    """What an app's callback brings: messages (doc 90239), events (doc 90240), 客户联系, 微信客服.

    Args:
        plain: the decrypted document.
        received: stands in when the document tells no time.
    """
    return _parse(lambda: xml_event(plain, received), plain, received)


def parse_bot(plain: bytes, received: datetime) -> Event:
    """What a smart bot's callback URL brings (docs 100719, 101027), as decrypted."""
    return _parse(lambda: bot_event(parsed(plain), received), plain, received)


def parse_bot_frame(cmd: str, req_id: str, body: dict[str, Any], received: datetime) -> Event:
    """What a smart bot's long connection brings (doc 101463). Answers go to `ws:REQ_ID`."""

    def build() -> Event:
        if cmd not in _BOT_FRAMES:
            raise ValueError(f"unknown command {cmd}")
        return bot_event(body, received, reply_to=f"ws:{req_id}")

    return _parse(build, body, received)


def parse_service_item(open_kfid: str, item: dict[str, Any], received: datetime) -> Event:
    """One item of kf/sync_msg (doc 94670), pulled for the account `open_kfid`."""
    return _parse(lambda: service_event(open_kfid, item, received), item, received)


def _parse(build: Callable[[], Event], raw: bytes | dict[str, Any], received: datetime) -> Event:
    try:
        return build()
    except ValueError as error:
        source = raw if isinstance(raw, bytes) else _dump(raw)
        return Unrecognised(
            id=f"unknown:{blake2b(source, digest_size=16).hexdigest()}",
            at=received,
            conversation="corp",
            raw=source.decode(errors="replace"),
            reason=str(error),
        )


def _dump(body: dict[str, Any]) -> bytes:
    try:
        return orjson.dumps(body, option=orjson.OPT_SORT_KEYS)
    except TypeError:  # nested more than 254 deep, or never was JSON
        return reprlib.repr(body).encode(errors="replace")
