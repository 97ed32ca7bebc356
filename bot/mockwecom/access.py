"""Who may call: access tokens, trusted addresses, frequency, tickets, sign-in codes."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.mockwecom.endpoint import Answer, Endpoint, Request, getter
from bot.mockwecom.people import App
from bot.mockwecom.rules import HOUR_S, RULES, Refusal

if TYPE_CHECKING:
    from bot.mockwecom.corp import MockCorp


@dataclass(slots=True)
class Grant:
    app: App
    expires_at: float
    valid: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInCode:
    userid: str
    agent_id: int | None  # None: no app was named
    private: bool
    expires_at: float


@dataclass(slots=True)
class Window:
    ends_at: float
    used: int = 0


class Frequency:
    """Counts in windows; whoever exceeds one is blocked for as long as it lasts (doc 90454)."""

    def __init__(self) -> None:
        self._windows: dict[tuple[str, ...], Window] = {}

    def within(self, now: float, limit: int, span_s: int, *key: str) -> bool:
        window = self._windows.get(key)
        if window is None or now >= window.ends_at:
            window = self._windows[key] = Window(now + span_s)
        window.used += 1
        if window.used == limit + 1:
            window.ends_at = now + span_s
        return window.used <= limit


class Access:
    def __init__(self, corp: "MockCorp") -> None:
        self._corp = corp
        self.trusted_ips: frozenset[str] | None = None  # None: any address (older apps)
        self.reset()

    def reset(self) -> None:
        """Forget tokens, tickets, codes and counts."""
        self.frequency = Frequency()
        self._grants: dict[str, Grant] = {}
        self._current: dict[int, str] = {}
        self._wrong: dict[str, int] = {}
        self._blocked_until: dict[str, float] = {}
        self._tickets: dict[str, tuple[str, float]] = {}
        self._codes: dict[str, SignInCode] = {}

    def endpoints(self) -> dict[str, Endpoint]:
        return {
            "get_jsapi_ticket": getter(self._corp_ticket, ticket="", expires_in=0),
            "ticket/get": getter(self._app_ticket, "type", ticket="", expires_in=0),
            "auth/getuserinfo": getter(self._signed_in, "code"),
            "getcallbackip": getter(self._ip_list, ip_list=[]),
            "get_api_domain_ip": getter(self._ip_list, ip_list=[]),
        }

    # Tokens

    def gettoken(self, query: dict[str, str], ip: str) -> Answer:
        """Gives the same token as long as it is valid (doc 91039)."""
        now = self._corp.timestamp()
        if now < self._blocked_until.get(ip, 0):
            raise Refusal(45009)
        if not query.get("corpsecret"):
            raise Refusal(41004)
        if not query.get("corpid"):
            raise Refusal(41002)
        if query["corpid"] != self._corp.corp_id:
            raise Refusal(40013)
        app = self._app_of(query["corpsecret"], ip)
        token = self._current.get(app.agent_id, "")
        grant = self._grants.get(token)
        if grant is None or not grant.valid or now >= grant.expires_at:
            token = self._corp.new_id("", 64)
            grant = Grant(app, now + self._corp.rules["token_s"])
            self._grants[token], self._current[app.agent_id] = grant, token
        return {"access_token": token, "expires_in": int(grant.expires_at - now)}

    def _app_of(self, secret: str, ip: str) -> App:
        for app in self._corp.apps.values():
            if app.secret == secret:
                self._wrong.pop(ip, None)
                return app
        self._wrong[ip] = self._wrong.get(ip, 0) + 1
        if self._wrong[ip] >= self._corp.rules["wrong_secrets"]:
            block_s = self._corp.rules["wrong_secret_block_s"]
            self._blocked_until[ip] = self._corp.timestamp() + block_s
            del self._wrong[ip]
        raise Refusal(40001)

    def admit(self, api: str, token: str | None, ip: str) -> App:
        """Whose token it is, if it is valid, its address trusted and the API not used up."""
        if not token:
            raise Refusal(41001)
        grant = self._grants.get(token)
        if grant is None or not grant.valid:
            raise Refusal(40014)
        now = self._corp.timestamp()
        if now >= grant.expires_at:
            raise Refusal(42001)
        if self.trusted_ips is not None and ip not in self.trusted_ips:
            raise Refusal(60020)
        app = self._corp.apps.get(grant.app.agent_id, grant.app)  # as it is set now
        if not app.calls(api):
            raise Refusal(48002)
        # Sending app messages has a quota of its own (doc 90312).
        if api != "message/send":
            self.spend("api_calls_per_minute", 60, api)
            self.spend("api_calls_per_hour", HOUR_S, api)
        return app

    def spend(self, rule: str, span_s: int, *key: str) -> None:
        """Count one use of the rule; raises its Refusal once the window is used up."""
        now, limit = self._corp.timestamp(), self._corp.rules[rule]
        if not self.frequency.within(now, limit, span_s, rule, *key):
            raise Refusal(RULES[rule].errcode)

    def expire_tokens(self) -> None:
        """Every token is answered with 42001 from now on."""
        for grant in self._grants.values():
            grant.expires_at = min(grant.expires_at, self._corp.timestamp())

    def invalidate_tokens(self) -> None:
        """Every token is answered with 40014 from now on."""
        for grant in self._grants.values():
            grant.valid = False

    def set_trusted_ips(self, ips: list[str] | None = None) -> None:
        """Without a list every address is trusted."""
        self.trusted_ips = None if ips is None else frozenset(ips)

    # Tickets and signing in

    async def _corp_ticket(self, request: Request) -> Answer:
        self.spend("corp_ticket_calls_per_hour", HOUR_S, "corp")
        return self._ticket("corp", request.app)

    async def _app_ticket(self, request: Request) -> Answer:
        if request.query.get("type") != "agent_config":
            raise Refusal(91040)
        return self._ticket(f"app {request.app.agent_id}", request.app)

    def _ticket(self, owner: str, app: App) -> Answer:
        self.spend("ticket_calls_per_hour", HOUR_S, owner, str(app.agent_id))
        now = self._corp.timestamp()
        ticket, expires_at = self._tickets.get(owner, ("", 0.0))
        if now >= expires_at:
            ticket, expires_at = self._corp.new_id("", 64), now + self._corp.rules["ticket_s"]
            self._tickets[owner] = ticket, expires_at
        return {"ticket": ticket, "expires_in": int(expires_at - now)}

    async def member_opens_page(self, userid: str) -> str:
        """A member opens a page of ours in the client; returns the code of the redirect."""
        return await self.issue_code(userid)

    async def issue_code(
        self, userid: str, agent_id: int | None = None, *, private: bool = False
    ) -> str:
        """A code for `auth/getuserinfo`: once, 5 min, by the token of that app (doc 91023)."""
        code = self._corp.new_id("", 43)
        self._codes[code] = SignInCode(
            userid=self._corp.people.member(userid).userid,
            agent_id=agent_id,
            private=private,
            expires_at=self._corp.timestamp() + self._corp.rules["oauth_code_s"],
        )
        return code

    async def _signed_in(self, request: Request) -> Answer:
        code = self._codes.pop(request.query.get("code", ""), None)
        if code is None or self._corp.timestamp() >= code.expires_at:
            raise Refusal(40029)
        if code.agent_id not in (None, request.app.agent_id):
            raise Refusal(50001, "the code was given out for another app")
        private = {"user_ticket": self._corp.new_id("", 64)} if code.private else {}
        return {"userid": code.userid, **private}

    def signs_with(self, owner: str) -> str:
        """The ticket in force: "corp", or "app 1000002"; "" when there is none."""
        ticket, expires_at = self._tickets.get(owner, ("", 0.0))
        return ticket if self._corp.timestamp() < expires_at else ""

    async def _ip_list(self, request: Request) -> Answer:
        return {"ip_list": ["127.0.0.1"]}
