"""微信客服: a notification says that there is news; sync_msg brings it (doc 94670)."""

import asyncio
import logging
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import timedelta

import orjson

from bot.clock import Clock
from bot.errors import NotKept, Refused, WeComError, reason_of
from bot.events import Event, ServiceNotified
from bot.inbox import Inbox, event_row
from bot.repeats import Repeats
from bot.store.journal import Journal, Row, Write
from bot.store.models import ARCHIVE, CursorRow
from bot.wecom.answers import Page
from bot.wecom.client import WeComClient
from bot.wecom.errcodes import BAD_CURSOR
from bot.wecom.payload import parse_service_item

log = logging.getLogger(__name__)

TOKEN_S = 600.0  # how long a notification's token is valid (doc 94670)
GONE = frozenset({95000, 95004})  # there is no such account, any more
STANDING = 5  # pages in a row that lead nowhere; even an empty page may have more behind it
PATIENCE_S = (1.0, 2.0, 5.0, 15.0, 60.0)  # between attempts that fail


@dataclass(slots=True)
class Account:
    cursor: str
    known: bool  # we have read everything up to `cursor` once; else it is history
    token: str = ""  # of the newest notification
    token_at: float = 0.0  # when that was made, Unix seconds
    anew: bool = False  # WeCom refused our cursor, in this look for news
    notified: list[str] = field(default_factory=list)  # ids of events to settle
    news: asyncio.Event = field(default_factory=asyncio.Event)


class CustomerService:
    """Pulls the pages of one account in order, and accounts side by side.

    Args:
        enabled: False: notifications are only settled.
        accounts: OpenKfIds that are ours; empty: all.
        answer_within_s: on first contact with an account, older messages are history and not
            answered.
        shared: other processes pull too, so the cursor is read each time.
    """

    def __init__(
        self,
        *,
        client: WeComClient,
        journal: Journal,
        inbox: Inbox,
        clock: Clock,
        enabled: bool = True,
        accounts: Collection[str] = (),
        answer_within_s: float,
        shared: bool = False,
    ) -> None:
        self._client, self._journal, self._inbox, self._clock = client, journal, inbox, clock
        self._enabled, self._ours = enabled, frozenset(accounts)
        self._history, self._shared = timedelta(seconds=answer_within_s), shared
        self._accounts: dict[str, Account] = {}
        self._hindered = journal.hindered
        self._notified: asyncio.Queue[ServiceNotified] = asyncio.Queue()

    def notify(self, event: ServiceNotified) -> None:
        self._notified.put_nowait(event)

    async def run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            if self._enabled:  # news may have come, and their callbacks been lost, while we slept
                rows = await CursorRow.exclude(account=ARCHIVE)
                for name in {row.account for row in rows} | self._ours:
                    (await self._account(name, tasks)).news.set()
            while True:
                event = await self._notified.get()
                if not self._enabled or (self._ours and event.account not in self._ours):
                    await self._settle([event.id], "not an account that we answer for")
                    continue
                account = await self._account(event.account, tasks)
                # The newest notification stands for all, so that they do not pile up while pulling
                # fails.
                older, account.notified = account.notified, [event.id]
                account.token, account.token_at = event.token, event.at.timestamp()
                account.news.set()
                await self._settle(older, "a newer notification came")

    async def reconcile(self) -> None:
        """Look for messages without a notification: callbacks are not guaranteed (doc 90930)."""
        for account in self._accounts.values():
            account.news.set()

    async def catch_up(self) -> None:
        """Look at once when something can be written again: callbacks were refused meanwhile."""
        before, self._hindered = self._hindered, self._journal.hindered
        if self._hindered != before:
            await self.reconcile()

    async def _account(self, name: str, tasks: asyncio.TaskGroup) -> Account:
        if name not in self._accounts:
            row = await CursorRow.get_or_none(account=name)
            account = Account(cursor=row.cursor if row else "", known=row is not None)
            self._accounts[name] = account
            tasks.create_task(self._follow(name, account))
        return self._accounts[name]

    async def _follow(self, name: str, account: Account) -> None:
        failures, repeats = 0, Repeats(self._clock)
        while True:
            await account.news.wait()
            account.news.clear()
            try:
                await self._drain(name, account)
                failures = 0
                if repeats.over():
                    log.warning(
                        "the news of a kf account comes again", extra={"action": "kf.pull"}
                    )
            except (WeComError, NotKept) as error:
                wait_s = PATIENCE_S[min(failures, len(PATIENCE_S) - 1)]
                failures += 1
                code = error.errcode if isinstance(error, WeComError) else type(error).__name__
                if times := repeats.due(code):
                    extra = {"action": "kf.pull", "errcode": code, "times": times}
                    what = reason_of(error) if isinstance(error, WeComError) else ""
                    log.warning(f"the news of a kf account could not be pulled{what}", extra=extra)
                if code not in GONE:  # else with the next notification, or look at all of them
                    account.news.set()
                await self._clock.sleep(wait_s)

    async def _drain(self, name: str, account: Account) -> None:
        """Pull page by page; each page is committed together with its cursor."""
        if self._shared and (row := await CursorRow.get_or_none(account=name)):
            account.cursor, account.known = row.cursor, True
        account.anew, more, standing = False, True, 0
        while more:
            told = list(account.notified)  # of news that is in this page or in one before
            before, page = account.cursor, await self._pull(name, account)
            standing = standing + 1 if page.cursor == before else 0
            more = page.more and standing < STANDING
            await self._keep(name, account, page)
        account.known = True
        account.notified = [one for one in account.notified if one not in told]
        await self._settle(told, "pulled")

    async def _pull(self, name: str, account: Account) -> Page:
        if self._clock.timestamp() >= account.token_at + TOKEN_S:
            account.token = ""
        try:
            return await self._client.pull_messages(name, account.cursor, account.token)
        except Refused as error:
            if error.errcode == BAD_CURSOR and not account.anew:  # most of it is history then
                account.cursor, account.known, account.anew = "", False, True
            elif not account.token:
                raise
            account.token = ""  # WeCom's clock may be ahead of ours
            return await self._client.pull_messages(name, account.cursor)

    async def _keep(self, name: str, account: Account, page: Page) -> None:
        now = self._clock.now()
        events = [parse_service_item(name, item, now) for item in page.items]
        old = {e.id for e in events if not account.known and now - e.at > self._history}
        history = (event for event in events if event.id in old)
        rows = settled_rows(history, "older than our first look", now.timestamp())
        write = Write(history=rows)
        if account.known or not page.more:  # an interrupted first look begins again
            write.rows["cursors"] = [(name, page.cursor)]
        await self._inbox.file([event for event in events if event.id not in old], write)
        account.cursor = page.cursor

    async def _settle(self, ids: Collection[str], why: str) -> None:
        if ids:
            rows: list[Row] = [(silent(why), self._clock.timestamp(), one) for one in ids]
            await self._journal.write(Write(finished=rows))
            self._inbox.done(list(ids))


def settled_rows(events: Iterable[Event], why: str, at: float) -> list[Row]:
    """Rows of events that are kept but not answered."""
    return [(*event_row(event, at), silent(why), at) for event in events]


def silent(why: str) -> str:
    return orjson.dumps({"silent": why}).decode()
