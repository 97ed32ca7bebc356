"""Reads the message archive (会话内容存档) into the inbox, and notes its position in the same
write. Whoever has not agreed to be archived is not heard."""

import asyncio
import logging
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from typing import Any

import orjson

from bot.clock import Clock
from bot.errors import Refused, Unreadable, WeComError
from bot.events import Channel, Event, GroupMessage, MessageReceived, StaffReplied
from bot.inbox import Inbox
from bot.store.groups.views import WECOM_ZONE
from bot.store.journal import Journal, Write
from bot.store.models import ARCHIVE
from bot.store.sql import Database, given, given_as
from bot.store.touch.statements import TouchRows, TouchStatement
from bot.wecom.archive import Keys, Sealed, Source
from bot.wecom.client import WeComClient
from bot.wecom.customer_service import settled_rows
from bot.wecom.errcodes import CORP_WIDE
from bot.wecom.understanding import ODD, understood

log = logging.getLogger(__name__)

CURSOR = "SELECT cursor FROM cursor WHERE account = $1"
GROUPS = """
    SELECT chat_id, name, kind, owner FROM chat_group
    WHERE chat_id IN (SELECT value FROM texts($1))"""
NAMES = f"""
    SELECT m.chat_id, m.userid, CASE WHEN m.nickname <> '' THEN m.nickname ELSE m.name END AS name
    FROM chat_group_member AS m JOIN {given_as(1, "chat_id TEXT, userid TEXT")} AS one
        ON one.chat_id = m.chat_id AND one.userid = m.userid"""
AGREED = frozenset({"Agree", "Default_Agree"})
ASKED_AGAIN_S = 3600.0  # after so long we ask again who has agreed
KNOWN = 20_000  # rooms and pairs whose consent is remembered
OUTSIDERS = ("wm", "wo")  # ids of people who are not members begin like this


class ArchiveReader:
    """
    Args:
        limit: messages a page.
        stale_s: what is older is kept and not acted on.
    """

    def __init__(
        self, source: Source, keys: Keys, *, client: WeComClient, database: Database,
        journal: Journal, inbox: Inbox, clock: Clock, limit: int, stale_s: float,
    ) -> None:  # fmt: skip
        self._source, self._keys, self._client = source, keys, client
        self._database, self._journal, self._inbox = database, journal, inbox
        self._clock, self._limit, self._stale = clock, limit, timedelta(seconds=stale_s)
        self._alone = asyncio.Lock()  # a page read twice would count its messages twice
        self._agreed: dict[str, tuple[float, frozenset[str]]] = {}

    async def sweep(self) -> None:
        """All that is new, page by page.

        Raises:
            WeComError: the archive or the consent cannot be asked now, or the key is not here that
                the company has in the console by now; what was kept is kept, and the rest is read
                once it can.
        """
        async with self._alone:
            rows = await self._database.rows(CURSOR, ARCHIVE)
            seq = int(rows[0]["cursor"]) if rows else 0
            while page := await self._source.pull(seq, self._limit):
                if ours := [*takewhile(self._keys.may_open, page)]:
                    heard = await self._heard(ours)
                    seq = ours[-1].seq
                    await self._keep(await self._events(heard), _talk(heard), seq)
                if len(ours) < len(page):
                    raise self._keys.lacking(page[len(ours)])

    async def _keep(self, events: Sequence[Event], talk: TouchRows, seq: int) -> None:
        now = self._clock.now()
        old = {event.id for event in events if now - event.at > self._stale}
        history = (event for event in events if event.id in old)
        rows = settled_rows(history, "history of the archive", now.timestamp())
        write = Write(history=rows, cursors=[(ARCHIVE, str(seq))], more=talk)
        await self._inbox.file([event for event in events if event.id not in old], write)

    async def _heard(self, page: Sequence[Sealed]) -> list[dict[str, Any]]:
        """What was sent by those who may be heard, of any kind."""
        items = [item for one in page if (item := self._opened(one)) is not None]
        return [item for item in items if await self._may_be_heard(item)]

    async def _events(self, heard: Sequence[dict[str, Any]]) -> list[Event]:
        items = [item for item in heard if item.get("msgtype") == "text"]
        rooms = {item["roomid"] for item in items if item["roomid"]}
        told = await self._database.rows(GROUPS, given(rooms))
        groups = {row["chat_id"]: row for row in told}
        people = {(item["roomid"], item["from"]) for item in items if item["roomid"]}
        named = await self._database.rows(NAMES, given(people))
        names = {(row["chat_id"], row["userid"]): row["name"] for row in named}
        events: list[Event] = []
        for item in items:
            if item["roomid"]:
                group = groups.get(item["roomid"], {})
                events.append(_said_in_group(item, group, names))
            elif event := _said_to_one(item):
                events.append(event)
        return events

    def _opened(self, one: Sealed) -> dict[str, Any] | None:
        """What somebody sent; None: it is something else, or we cannot read it."""
        try:
            key = self._keys.open(one.key_version, one.random_key)
            item: dict[str, Any] = orjson.loads(self._source.open(key, one.message))
            whom = {"roomid": item.get("roomid") or "", "tolist": item.get("tolist") or ()}
            return item | whom if _is_sent(item) else None
        except (WeComError, *ODD) as error:
            extra = {"action": "archive", "seq": one.seq, "why": type(error).__name__}
            log.error("a message of the archive cannot be opened", extra=extra)
            return None

    async def _may_be_heard(self, item: Mapping[str, Any]) -> bool:
        sender, room = str(item["from"]), str(item["roomid"])
        if not sender.startswith(OUTSIDERS):
            return True
        if room:
            return sender in await self._agreed_in(f"room {room}", room)
        member = str(next(iter(item["tolist"]), ""))
        return sender in await self._agreed_to(f"{member} {sender}", member, sender)

    async def _agreed_in(self, key: str, room: str) -> Collection[str]:
        if (known := self._known(key)) is not None:
            return known
        return await self._ask(key, "msgaudit/check_room_agree", {"roomid": room})

    async def _agreed_to(self, key: str, member: str, sender: str) -> Collection[str]:
        if (known := self._known(key)) is not None:
            return known
        info = [{"userid": member, "exteranalopenid": sender}]  # sic (doc 91782)
        return await self._ask(key, "msgaudit/check_single_agree", {"info": info})

    def _known(self, key: str) -> Collection[str] | None:
        since, found = self._agreed.get(key, (0.0, frozenset[str]()))
        return found if self._clock.timestamp() - since < ASKED_AGAIN_S else None

    async def _ask(self, key: str, api: str, body: dict[str, Any]) -> Collection[str]:
        """Ask who has agreed. If WeCom refuses one room, nobody there counts as agreed, and the
        others are still asked."""
        try:
            found = await self._who_agrees(api, body)
        except (Refused, Unreadable) as error:
            if error.errcode in CORP_WIDE:
                raise
            extra = {"action": "archive", "errcode": error.errcode, "api": api}
            log.warning("WeCom does not tell who agrees to be archived", extra=extra)
            found = frozenset()
        self._agreed.pop(key, None)  # the latest stands last
        self._agreed[key] = self._clock.timestamp(), found
        while len(self._agreed) > KNOWN:
            del self._agreed[next(iter(self._agreed))]
        return found

    @understood
    async def _who_agrees(self, api: str, body: dict[str, Any]) -> frozenset[str]:
        answer = await self._client.post("archive", api, body)
        told = answer.get("agreeinfo") or ()
        return frozenset(
            one["exteranalopenid"] for one in told if one.get("agree_status") in AGREED
        )


def _is_sent(item: Mapping[str, Any]) -> bool:
    """Whether somebody sent it; else it was recalled, or is about the client.

    Raises:
        One of ODD: a field that we read is missing, or no such field.
    """
    if item.get("action") != "send":
        return False
    whom = item.get("roomid") or item["tolist"][0]
    return bool(_id(item) and _at(item) and item["from"] and whom and _text(item) is not None)


def _talk(heard: Iterable[Mapping[str, Any]]) -> TouchRows:
    """How much each person wrote in which group on which day, for bot.store.groups.models."""
    counts = Counter(
        (item["roomid"], item["from"], f"{_at(item).astimezone(WECOM_ZONE):%Y-%m-%d}")
        for item in heard
        if item["roomid"]
    )
    return {TouchStatement.ADD_GROUP_TALK: [(*key, n) for key, n in counts.items()]}


def _said_in_group(
    item: Mapping[str, Any], group: Mapping[str, Any], names: Mapping[tuple[str, str], str]
) -> GroupMessage:
    room, sender = str(item["roomid"]), str(item["from"])
    return GroupMessage(
        id=_id(item), at=_at(item), conversation=f"group:{room}", chat_id=room,
        group=group.get("name", ""), kind=group.get("kind", ""), member=group.get("owner", ""),
        sender=sender, name=names.get((room, sender), ""),
        staff=not sender.startswith(OUTSIDERS), text=_text(item),
    )  # fmt: skip


def _said_to_one(item: Mapping[str, Any]) -> Event | None:
    """Between a member and a customer; what members write to each other is not taken up."""
    sender, to = str(item["from"]), str(next(iter(item["tolist"]), ""))
    if sender.startswith(OUTSIDERS):
        return MessageReceived(
            id=_id(item), at=_at(item), conversation=f"contact:{to}:{sender}",
            channel=Channel.CONTACT, account=to, sender=sender, text=_text(item),
        )  # fmt: skip
    if not to.startswith(OUTSIDERS):
        return None
    return StaffReplied(
        id=_id(item), at=_at(item), conversation=f"contact:{sender}:{to}", account=sender,
        customer=to, servicer=sender, text=_text(item),
    )  # fmt: skip


def _id(item: Mapping[str, Any]) -> str:
    return f"archive:{item['msgid']}"[:128]


def _at(item: Mapping[str, Any]) -> datetime:
    return datetime.fromtimestamp(int(item["msgtime"]) / 1000, UTC)  # milliseconds


def _text(item: Mapping[str, Any]) -> str:
    return str((item.get("text") or {}).get("content", ""))
