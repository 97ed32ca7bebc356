"""Signing in: in the client (docs 91022, 91023) and by scanning a code (docs 98151, 98152)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from bot.mockwecom.people import App, CannotAct
from bot.mockwecom.rules import Refusal

if TYPE_CHECKING:
    from bot.mockwecom.corp import MockCorp

STATE = re.compile(r"[A-Za-z0-9]{0,128}")
BASE, PRIVATE = "snsapi_base", "snsapi_privateinfo"


@dataclass(frozen=True, slots=True, kw_only=True)
class Toolbar:
    """An item of the chat's toolbar (配置到聊天工具栏): its address says nothing of the chat."""

    agent_id: int
    name: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """One attempt to sign in, for the wire log."""

    at: datetime
    way: str  # oauth2 | wwlogin
    query: dict[str, str]
    member: str
    errcode: int
    errmsg: str


class OAuth:
    def __init__(self, corp: "MockCorp") -> None:
        self._corp = corp
        self.toolbars: list[Toolbar] = []
        self.log: list[SignIn] = []

    # What an administrator enters

    def set_trusted_domain(self, agent_id: int, domain: str) -> None:
        """Set the 可信域名: a host, with its port if that is not the default."""
        if agent_id not in self._corp.apps:
            raise CannotAct(f"no app {agent_id}; add_app({agent_id}, …) first")
        self._corp.apps[agent_id] = replace(self._corp.apps[agent_id], domain=domain)

    def add_toolbar(self, agent_id: int, name: str, url: str) -> None:
        """Raises CannotAct for an address outside the trusted domain."""
        if not self.trusts(agent_id, url):
            raise CannotAct(
                f"{url} is in no trusted domain of app {agent_id}: set_trusted_domain first"
            )
        self.toolbars = [one for one in self.toolbars if one.name != name]
        self.toolbars.append(Toolbar(agent_id=agent_id, name=name, url=url))

    def trusts(self, agent_id: int, url: str) -> bool:
        parts = urlsplit(url)
        app = self._corp.apps.get(agent_id)
        known = app is not None and parts.netloc.casefold() == app.domain.casefold()
        return known and parts.scheme in ("http", "https") and bool(parts.netloc)

    # What the browser is sent to

    async def authorize(self, query: Mapping[str, str], member: str) -> str:
        """The address to which the client is redirected: the page, with `code` and `state`.

        Args:
            member: who uses the client; "" for a plain browser.

        Raises:
            Refusal: shown as a page, without a redirect.
        """
        try:
            app = self._app(query)
            self._check(query, app)
            if query.get("response_type") != "code":
                raise Refusal(40063, "response_type is not code")
            scope = query.get("scope", "")
            if scope not in (BASE, PRIVATE):
                raise Refusal(40058, f"scope is neither {BASE} nor {PRIVATE}")
            if scope == PRIVATE and not query.get("agentid"):
                raise Refusal(41011, f"agentid is missing: {PRIVATE} needs it")
            if not member:
                raise Refusal(40029, "please open the link in WeCom's client")
            where = await self._send_back(query, app, member, private=scope == PRIVATE)
        except Refusal as refusal:
            self._note("oauth2", query, member, refusal)
            raise
        self._note("oauth2", query, member)
        return where

    def check_login(self, query: Mapping[str, str]) -> App:
        """The app of the page that shows the code to scan. Raises Refusal."""
        try:
            if query.get("login_type") != "CorpApp":
                raise Refusal(40058, "login_type is not CorpApp")
            if not query.get("agentid"):
                raise Refusal(41011, "agentid is missing: CorpApp needs it")
            app = self._app(query)
            assert app is not None  # there is an agentid
            self._check(query, app)
        except Refusal as refusal:
            self._note("wwlogin", query, "", refusal)
            raise
        return app

    async def scan(self, query: Mapping[str, str], member: str) -> str:
        """The member scans and confirms; returns the browser's next address. Raises Refusal."""
        app = self.check_login(query)
        try:
            where = await self._send_back(query, app, member, private=False)
        except Refusal as refusal:
            self._note("wwlogin", query, member, refusal)
            raise
        self._note("wwlogin", query, member)
        return where

    def _app(self, query: Mapping[str, str]) -> App | None:
        """The app that the query names; None if it names none."""
        if query.get("appid") != self._corp.corp_id:
            raise Refusal(40013)
        agent_id = query.get("agentid", "")
        if not agent_id:
            return None
        app = self._corp.apps.get(int(agent_id)) if agent_id.isdecimal() else None
        if app is None:
            raise Refusal(40056)
        return app

    def _check(self, query: Mapping[str, str], app: App | None) -> None:
        redirect, state = query.get("redirect_uri", ""), query.get("state", "")
        apps = [app.agent_id] if app else list(self._corp.apps)
        if not any(self.trusts(agent_id, redirect) for agent_id in apps):
            host = urlsplit(redirect).netloc or redirect
            raise Refusal(50001, f"redirect_uri: {host} is no trusted domain of the app")
        if not STATE.fullmatch(state):
            raise Refusal(84025, "state is more than 128 of a-z, A-Z and 0-9")

    async def _send_back(
        self, query: Mapping[str, str], app: App | None, member: str, *, private: bool
    ) -> str:
        known = self._corp.members.get(member.casefold())
        if known is None:
            raise Refusal(60111)
        if app and not app.sees(known.userid):
            raise Refusal(50002, "the member is outside the app's visible range")
        agent_id = app.agent_id if app else None
        code = await self._corp.access.issue_code(known.userid, agent_id, private=private)
        parts = urlsplit(query["redirect_uri"])
        more = [("code", code), ("state", query.get("state", ""))]
        full = urlencode([*parse_qsl(parts.query, keep_blank_values=True), *more])
        return urlunsplit((parts.scheme, parts.netloc, parts.path, full, parts.fragment))

    def _note(
        self, way: str, query: Mapping[str, str], member: str, refusal: Refusal | None = None
    ) -> None:
        sign_in = SignIn(
            at=self._corp.clock.now(),
            way=way,
            query=dict(query),
            member=member,
            errcode=refusal.errcode if refusal else 0,
            errmsg=str(refusal) if refusal else "ok",
        )
        self.log.append(sign_in)
        self._corp.bell.ring()
