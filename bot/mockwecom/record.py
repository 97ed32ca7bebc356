"""What happened at the mock: the values that a test or the demo reads back."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One message that somebody really received. A welcome with attachments is one message."""

    at: datetime
    channel: str  # contact | kf | app | bot | group | moment (they see it)
    account: str  # member, OpenKfId, AgentID or aibotid: whom the receiver sees as the sender
    to: str  # external_userid, userid or the bot's chat id
    kind: str  # WeCom's msgtype
    text: str  # the words in it, for reading; everything else is in `body`
    body: dict[str, Any]
    msgid: str = ""
    api: str = ""  # by which API; "servicer" when a person wrote it in their client


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One API call, as it came in and as it was answered."""

    at: datetime
    api: str  # the path below /cgi-bin/
    query: dict[str, str]  # without access_token and corpsecret
    body: Any
    errcode: int  # -1 as well when the connection was cut without an answer
    latency_s: float  # on the mock's clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Push:
    """One attempt to deliver a callback."""

    at: datetime
    url: str
    payload: str  # before it was sealed
    attempt: int  # 1 is the first
    status: int  # HTTP status; 0: no answer in time, no connection, or lost by a fault
    body: bytes = b""  # what came back


@dataclass(frozen=True, slots=True, kw_only=True)
class Misuse:
    """A request that no correct client makes: unknown path or field, wrong type or method."""

    at: datetime
    api: str
    problem: str
