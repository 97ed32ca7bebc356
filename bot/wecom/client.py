"""The only outgoing HTTP to WeCom: one method for each of its APIs that we use.

Mass messages and contacts have files of their own, built on `post` and `get`.

Dicts stop here: a body comes in as WeCom wants it, an answer leaves as a value. Every method
raises WeComError and nothing else.
"""

import hashlib
import io
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Self

import aiohttp

from bot.clock import Clock
from bot.errors import Refused, TokenRejected
from bot.wecom.answers import Contact, Follower, Page, Profile, ServiceAccount, Servicer, Servicers
from bot.wecom.fields import called, inner, items, next_cursor, number, text, texts
from bot.wecom.limits import Limiter
from bot.wecom.standing import Standing
from bot.wecom.token import TokenKeeper, TokenStore, token_in
from bot.wecom.transport import Transport
from bot.wecom.understanding import readable, understood

DEFAULT_APP = "app"


class WeComClient:
    """An async context manager.

    Args:
        base_url: https://qyapi.weixin.qq.com, or a mock's.
        secrets: application → secret. "app" is the one in use; "kf" (微信客服) and "archive"
            (会话内容存档) may have their own.
        errcode_overrides: errcode → letter of errcodes.py.
        proxy: http://host:port of an HTTP proxy to call WeCom through.

    Attributes:
        owner: company and secret (hashed) of "app": whose tickets those in the store are.

    Raises:
        ValueError: an override is no letter of errcodes.py.
    """

    def __init__(
        self,
        *,
        base_url: str,
        corp_id: str,
        secrets: Mapping[str, str],
        tokens: TokenStore,
        clock: Clock,
        limiter: Limiter,
        timeout_s: float = 5.0,
        errcode_overrides: Mapping[int, str] | None = None,
        proxy: str = "",
    ) -> None:
        overrides, self.limiter = errcode_overrides or {}, limiter
        self.standing = Standing(clock)
        self._transport = Transport(
            base_url, limiter, timeout_s, overrides, standing=self.standing, proxy=proxy
        )
        self.owner, self._corp_id = corp_id, corp_id
        self._keepers: dict[str, TokenKeeper] = {}
        shared: dict[str, TokenKeeper] = {}
        for application, secret in secrets.items():
            # A token belongs to a corp and a secret: a new secret must not find the old one's
            # token.
            owner = f"{corp_id}:{hashlib.sha256(secret.encode()).hexdigest()[:16]}"
            key = f"token:{owner}"
            if application == DEFAULT_APP:
                self.owner = owner
            if key not in shared:
                shared[key] = TokenKeeper(self._fetcher(secret), tokens, key, clock)
            self._keepers[application] = shared[key]

    async def __aenter__(self) -> Self:
        await self._transport.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._transport.__aexit__()

    async def keep_fresh(self) -> None:
        """Renew tokens before they expire; for a sweep every minute or so."""
        for keeper in dict.fromkeys(self._keepers.values()):
            await keeper.keep_fresh()

    def ask_anew(self) -> None:
        """Ask at once for tokens that were refused: somebody may have corrected the settings."""
        for keeper in self._keepers.values():
            keeper.ask_anew()

    # Customers (客户联系)

    async def send_welcome(self, code: str, body: dict[str, Any]) -> None:
        """Within 20 s of the event, once (doc 92137). Waits only for its own answer."""
        api = "externalcontact/send_welcome_msg"
        await self.post("contact", api, {"welcome_code": code, **body}, urgent=True)

    @understood
    async def external_contact(self, external_userid: str) -> Contact:
        """A customer with all members who know them (doc 92114)."""
        followers: list[Follower] = []
        more, cursor = True, ""
        while more:
            answer = await self.get(
                "contact",
                "externalcontact/get",
                {"external_userid": external_userid, "cursor": cursor},
            )
            followers.extend(Follower.read(item) for item in items(answer, "follow_user"))
            more = bool(cursor := next_cursor(answer, cursor))
        person = inner(answer, "external_contact")
        return Contact(
            name=called(person, "name"),
            unionid=text(person, "unionid"),
            followers=tuple(followers),
        )

    @understood
    async def follow_user_list(self) -> tuple[str, ...]:
        """Members who may have customers (doc 92571)."""
        answer = await self.get("contact", "externalcontact/get_follow_user_list")
        return texts(answer, "follow_user")

    # Customer service (微信客服)

    async def send_service_message(
        self, account: str, customer: str, body: dict[str, Any], msgid: str
    ) -> str:
        """`msgid` is ours, up to 32 bytes of [0-9a-zA-Z_-]; WeCom drops a repetition (94677)."""
        request = {"touser": customer, "open_kfid": account, "msgid": msgid, **body}
        answer = await self.post("kf", "kf/send_msg", request)
        return str(answer.get("msgid", msgid))

    async def send_service_event_message(
        self, code: str, body: dict[str, Any], msgid: str, *, urgent: bool = False
    ) -> str:
        """Answer an event's code once: 20 s for a welcome or an end, else 48 h (doc 95122)."""
        request = {"code": code, "msgid": msgid, **body}
        answer = await self.post("kf", "kf/send_msg_on_event", request, urgent=urgent)
        return str(answer.get("msgid", msgid))

    async def change_service_state(
        self, account: str, customer: str, state: int, servicer: str = ""
    ) -> str:
        """Move a session; return the msg_code that the move may bring (doc 94669)."""
        request = {"open_kfid": account, "external_userid": customer, "service_state": state}
        if servicer:
            request["servicer_userid"] = servicer
        answer = await self.post("kf", "kf/service_state/trans", request)
        return str(answer.get("msg_code", ""))

    @understood
    async def service_state(self, account: str, customer: str) -> tuple[int, str]:
        """(state, servicer): 0 new, 1 assistant, 2 pool, 3 human, 4 ended (doc 94669)."""
        request = {"open_kfid": account, "external_userid": customer}
        answer = await self.post("kf", "kf/service_state/get", request)
        return number(answer, "service_state", 0), text(answer, "servicer_userid")

    @understood
    async def pull_messages(self, account: str, cursor: str, token: str = "") -> Page:
        """The news since `cursor`, 3 days at most; throttled if without token (doc 94670)."""
        request: dict[str, Any] = {"open_kfid": account, "limit": 1000, "voice_format": 0}
        if cursor:
            request["cursor"] = cursor
        if token:
            request["token"] = token
        # Without a token WeCom throttles by a count of its own, which must not hold up other
        # calls.
        lane = "" if token else "kf/sync_msg without token"
        answer = await self.post("kf", "kf/sync_msg", request, lane=lane)
        return Page(
            items=tuple(items(answer, "msg_list")),
            cursor=text(answer, "next_cursor") or cursor,
            more=answer.get("has_more") in (1, "1"),
        )

    @understood
    async def service_customers(self, ids: Sequence[str]) -> tuple[Profile, ...]:
        """Whoever was active in the last 48 hours, 100 a call (doc 96429)."""
        found: list[Profile] = []
        for start in range(0, len(ids), 100):
            request = {
                "external_userid_list": list(ids[start : start + 100]),
                "need_enter_session_context": 0,
            }
            answer = await self.post("kf", "kf/customer/batchget", request)
            found += readable(Profile.read, items(answer, "customer_list"))
        return tuple(found)

    @understood
    async def service_accounts(self) -> tuple[ServiceAccount, ...]:
        """All accounts; the last page is the one that is not full (doc 94661)."""
        accounts: dict[str, ServiceAccount] = {}
        offset, known = 0, -1
        while known < len(accounts):  # else it repeated a page
            known = len(accounts)
            request = {"offset": offset, "limit": 100}
            page = items(await self.post("kf", "kf/account/list", request), "account_list")
            accounts |= {one.open_kfid: one for one in readable(ServiceAccount.read, page)}
            offset += len(page)
            if len(page) < 100:
                break
        return tuple(accounts.values())

    @understood
    async def servicers(self, account: str) -> Servicers:
        """An item is a member or a department (doc 94645)."""
        answer = await self.get("kf", "kf/servicer/list", {"open_kfid": account})
        told = items(answer, "servicer_list")
        members = (
            # Here 0 is receiving; in the event servicer_status_change it is 1.
            Servicer(userid=userid, receiving=number(item, "status", 1) == 0)
            for item in told
            if (userid := text(item, "userid"))
        )
        departments = (int(item["department_id"]) for item in told if "department_id" in item)
        return Servicers(members=tuple(members), departments=tuple(departments))

    # Members, bots, the rest

    async def send_app_message(
        self,
        agent_id: str,
        members: Sequence[str],
        body: dict[str, Any],
        *,
        drop_repetitions: bool = False,
    ) -> tuple[str, ...]:
        """To up to 1000 members (doc 90236); those who got nothing: unknown, out of range or
        unlicensed.

        Args:
            drop_repetitions: let WeCom drop the same words if they come again within half an hour.

        Raises:
            Refused: 81013, none of them got it: also where WeCom calls that a success, as with
                members who have no licence (互通账号).
        """
        request = {
            "touser": "|".join(members),
            "agentid": int(agent_id),
            "enable_duplicate_check": int(drop_repetitions),
            **body,
        }
        answer = await self.post(DEFAULT_APP, "message/send", request)
        lists = f"{text(answer, 'invaliduser')}|{text(answer, 'unlicenseduser')}"
        invalid = tuple(filter(None, lists.split("|")))
        if invalid and {one.casefold() for one in members} <= {one.casefold() for one in invalid}:
            raise Refused(81013, "none of them may use the app and is licensed", "message/send")
        return invalid

    async def respond(self, response_url: str, body: dict[str, Any]) -> None:
        """A smart bot's active reply: once, within the hour (doc 101138).

        Raises:
            Refused: the address is not WeCom's. It came with a callback, and a callback must not
                be able to direct us to another host.
        """
        api = "aibot/response"
        path = self._transport.path_of(response_url)
        if path is None:
            raise Refused(-2, "response_url does not lead to WeCom", api, alert=True)
        await self._transport.post(api, path, body)

    async def upload_media(self, kind: str, filename: str, content: bytes) -> str:
        """Return the media_id, good for 3 days in the whole corp (doc 90253).

        Args:
            kind: image, voice, video or file.
        """
        return await self._upload(DEFAULT_APP, "media/upload", {"type": kind}, filename, content)

    async def upload_attachment(self, kind: str, filename: str, content: bytes) -> str:
        """As `upload_media`, of the class that only moments take (doc 95098).

        Args:
            kind: image or video.
        """
        query = {"media_type": kind, "attachment_type": "1"}
        return await self._upload("contact", "media/upload_attachment", query, filename, content)

    async def _upload(
        self, application: str, api: str, query: Mapping[str, str], filename: str, content: bytes
    ) -> str:
        name = "".join(sign for sign in filename if sign.isprintable())

        async def send(token: str) -> dict[str, Any]:
            # WeCom reads a bare UTF-8 name but not RFC 5987's, with which it finds no media
            # (44001).
            form = aiohttp.FormData(quote_fields=False)
            form.add_field(
                "media",
                io.BytesIO(content),
                filename=name,
                content_type="application/octet-stream",
            )
            path = self._transport.path(api, {"access_token": token, **query})
            return await self._transport.upload(api, path, form)

        answer = await self._authorised(application, api, send)
        return text(answer, "media_id")

    @understood
    async def get_user_info(self, code: str) -> str:
        """Who opened a page of the app, "" for an outsider: redeems the code of its redirect, once
        (doc 91023).

        A code that is used up or older than 5 minutes is Refused (40029, 42003, 42022): send the
        browser through the redirect again.
        """
        answer = await self.get(DEFAULT_APP, "auth/getuserinfo", {"code": code})
        return text(answer, "userid")

    def _fetcher(self, secret: str) -> Callable[[], Awaitable[tuple[str, int]]]:
        async def fetch() -> tuple[str, int]:
            query = {"corpid": self._corp_id, "corpsecret": secret}
            path = self._transport.path("gettoken", query)
            answer = await self._transport.get("gettoken", path, urgent=True)
            return token_in(answer, "access_token", "gettoken")

        return fetch

    async def post(
        self,
        application: str,
        api: str,
        body: dict[str, Any],
        *,
        urgent: bool = False,
        lane: str = "",
    ) -> dict[str, Any]:
        """Call `api` as `application`; the answer is WeCom's own.

        Args:
            lane: what the limiter counts this under, if WeCom counts it apart from `api`.
        """

        async def send(token: str) -> dict[str, Any]:
            path = self._transport.path_with(token, api)
            return await self._transport.post(api, path, body, urgent=urgent, lane=lane)

        return await self._authorised(application, api, send)

    async def get(
        self, application: str, api: str, query: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        async def send(token: str) -> dict[str, Any]:
            path = self._transport.path(api, {"access_token": token, **(query or {})})
            return await self._transport.get(api, path)

        return await self._authorised(application, api, send)

    async def contact_list(
        self, api: str, body: Mapping[str, Any], name: str
    ) -> list[dict[str, Any]]:
        """The items under `name` on all pages of externalcontact/`api`."""
        found: list[dict[str, Any]] = []
        cursor = ""
        while True:
            page = {**body, "cursor": cursor} if cursor else {**body}
            answer = await self.post("contact", f"externalcontact/{api}", page)
            found += items(answer, name)
            if not (cursor := next_cursor(answer, cursor)):
                return found

    async def _authorised(
        self, application: str, api: str, send: Callable[[str], Awaitable[dict[str, Any]]]
    ) -> dict[str, Any]:
        """Send with a token; if WeCom rejects it, once more with a new one."""
        keeper = self._keepers.get(application) or self._keepers.get(DEFAULT_APP)
        if keeper is None:
            raise Refused(41004, f"no secret is configured for {application}", api, alert=True)
        token = keeper.current or await keeper.get()
        try:
            return await send(token)
        except TokenRejected:
            token = await keeper.refresh(token)
        return await send(token)
