"""The log of one customer service account, which `kf/sync_msg` reads (doc 94670)."""

import base64
from typing import TYPE_CHECKING, Any

from bot.mockwecom.endpoint import Answer
from bot.mockwecom.payloads import kf_msg_or_event
from bot.mockwecom.rules import Refusal

if TYPE_CHECKING:
    from bot.mockwecom.corp import MockCorp


class KfLog:
    def __init__(self, corp: "MockCorp", open_kfid: str) -> None:
        self._corp = corp
        self._open_kfid = open_kfid
        self._items: list[dict[str, Any]] = []
        self._first = 0  # the number of the oldest item that is still there
        self._tokens: dict[str, float] = {}
        self.empty_pages = 0  # how many pages come without items, though there are more

    def clear(self) -> None:
        """Drop all items; numbers go on, so that earlier cursors stay valid."""
        self._first += len(self._items)
        self._items.clear()
        self._tokens.clear()
        self.empty_pages = 0

    def add(self, item: dict[str, Any]) -> None:
        """Store the item, and tell the callbacks that there is something to pull."""
        self._items.append(item)
        now = self._corp.timestamp()
        for token in [*self._tokens][:2]:  # the oldest come first; new ones come one at a time
            if now >= self._tokens[token]:
                del self._tokens[token]
        token = self._corp.new_id("ENC", 46)
        self._tokens[token] = now + self._corp.rules["kf_token_s"]
        at = self._corp.seconds()
        self._corp.pushes.push(kf_msg_or_event(self._corp.corp_id, at, token, self._open_kfid))

    def sync(self, body: Any) -> Answer:
        """One page. Without a token, requests are limited."""
        token = body.get("token", "")
        if token and self._corp.timestamp() >= self._tokens.get(token, 0):
            raise Refusal(95007)
        if not token:
            self._corp.access.spend("kf_syncs_without_token_per_minute", 60, self._open_kfid)
        limit = body.get("limit") or self._corp.rules["kf_sync_limit"]
        self._corp.rules.hold("kf_sync_limit", limit)
        if limit < 1:
            raise Refusal(40058, "limit is at least 1")
        self._forget_old()
        start = max(self._position(body.get("cursor", "")), self._first)
        if self.empty_pages:
            self.empty_pages -= 1
            return {"next_cursor": self._cursor(start), "has_more": 1, "msg_list": []}
        page = self._items[start - self._first : start - self._first + limit]
        end = start + len(page)
        more = int(end < self._first + len(self._items))
        return {"next_cursor": self._cursor(end), "has_more": more, "msg_list": page}

    def _forget_old(self) -> None:
        oldest = self._corp.timestamp() - self._corp.rules["kf_history_s"]
        kept = 0
        while kept < len(self._items) and self._items[kept]["send_time"] < oldest:
            kept += 1
        del self._items[:kept]
        self._first += kept

    def _cursor(self, position: int) -> str:
        return base64.urlsafe_b64encode(f"{self._open_kfid}:{position}".encode()).decode()

    def _position(self, cursor: str) -> int:
        if not cursor:
            return 0
        try:
            account, _, position = base64.urlsafe_b64decode(cursor).decode().rpartition(":")
            if account == self._open_kfid and self._cursor(int(position)) == cursor:
                return min(int(position), self._first + len(self._items))
        except ValueError:
            pass
        raise Refusal(50100)
