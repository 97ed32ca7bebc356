"""Whom a page of the sidebar is about. The client merely claims it, so it is checked each time."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final, Literal
from urllib.parse import urlencode

from bot.errors import Declined, Refused, WeComError
from bot.events import Channel
from bot.members.userids import among, same
from bot.store.customers import serving
from bot.web.visit import Visit
from bot.wecom.app_details import departments_of

Kind = Literal["customer", "guest", "group", "nobody"]
Holder = Literal["", "me", "bot", "pool", "colleague"]  # "": nobody any longer
HUMAN: Final = 3  # state of a session in which a person serves (doc 94669)
KF_ENTRY: Final = "single_kf_tools"
LONGEST: Final = 64  # characters of an id
NO_SESSION: Final[Mapping[str, Any]] = {"account": "", "servicer": ""}
WHERE = {
    "customer": ("企业微信没有说是哪位客户。请从客户的聊天里打开侧边栏。",
                 "WeCom did not say which customer: open the sidebar in a customer's chat."),
    "group": ("企业微信没有说是哪个群。请从客户群里打开侧边栏。",
              "WeCom did not say which group: open the sidebar in a customer group."),
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A customer or a group whom the visitor serves; or nobody, where only scripts are shown.

    A guest is a customer of 微信客服 whom nobody serves yet, at an account whose servicer the
    visitor is: what they ask is shown, and nothing else.
    """

    kind: Kind
    id: str  # external_userid or chat_id
    name: str
    tags: frozenset[str] = frozenset()
    entry: str = ""  # where the sidebar was opened (getContext)
    account: str = ""  # OpenKfId of the chat beside which it was opened
    holder: Holder = ""  # of their session in 微信客服, beside whichever chat this is
    servicer: str = ""  # the userid of whoever has it
    fields: Mapping[str, str] = field(default_factory=dict)  # that scripts may print

    @property
    def query(self) -> str:
        """The query for all addresses about them."""
        name = {"guest": "customer", "group": "chat"}.get(self.kind, self.kind)
        return urlencode({name: self.id or "1", "entry": self.entry})

    @property
    def channel(self) -> Channel:
        return Channel.KF if self.account else Channel.CONTACT

    def conversation(self, member: str) -> str:
        """The conversation in which `member` writes to them by hand."""
        if self.kind == "group":
            return f"group:{self.id}"
        return f"contact:{member}:{self.id}"


async def subject_of(visit: Visit, *kinds: Kind) -> Subject:
    """
    Args:
        kinds: those that the page is for; any if none are named.

    Raises:
        Declined: the visitor does not serve them, or nobody was named.
        WeComError: we do not know, and WeCom does not tell at the moment.
    """
    allowed = kinds or ("customer", "guest", "group", "nobody")
    entry = _named(visit, "entry")
    if (customer := _named(visit, "customer")) and "customer" in allowed:
        return await _customer(visit, customer, entry, guests="guest" in allowed)
    if (chat := _named(visit, "chat")) and "group" in allowed:
        return await _group(visit, chat, entry)
    if "nobody" in allowed and _named(visit, "nobody"):
        return Subject(kind="nobody", id="", name="", entry=entry)
    zh, en = WHERE["group" if kinds == ("group",) else "customer"]
    raise Declined(zh, en)


def _named(visit: Visit, name: str) -> str:
    """Whom the address or the form names."""
    return (visit.request.query.get(name) or visit.asked(name)).strip()[:LONGEST]


async def _customer(visit: Visit, customer: str, entry: str, *, guests: bool) -> Subject:
    office, database = visit.office, visit.office.database
    reach = office.reach(visit.me.sight)
    known = await serving.person(database, customer)
    if known is None or not await serving.is_served(database, customer, reach):
        await _ask_wecom(visit, customer)
        known = await serving.person(database, customer)
        served = await serving.is_served(database, customer, reach)
        if not (served or await _serves_now(visit, customer)):
            if guests and entry == KF_ENTRY and (guest := await _guest(visit, customer, reach)):
                return guest
            if entry == KF_ENTRY:
                raise Declined(
                    "这个客服会话不归您接待，所以看不到资料。请管理员在企业微信「微信客服」里把您"
                    "加为接待人员；按部门加的，先在聊天窗口接入会话。",
                    "You do not serve this chat. Your admin makes you a servicer in 微信客服; if "
                    "your department is one, take the session in the chat first.",
                    403,
                )
            raise Declined(
                "这位客户现在不归您负责，或者已经把您删了，所以看不到资料。刚加的好友请等几秒再打开；"
                "该归您的，请让主管在企业微信里把客户分配给您。",
                "This customer is not yours, or has removed you. If you have just become "
                "contacts, try again in some seconds; if they should be yours, ask your leader to "
                "assign them in WeCom.",
                403,
            )
    if known is None or not known.name:  # they have only just come
        known = await _named_by_wecom(visit, customer)
    session = next(iter(await serving.sessions(database, customer)), NO_SESSION)
    return Subject(
        kind="customer", id=customer, name=known.name, tags=known.tags, entry=entry,
        account=session["account"] if entry == KF_ENTRY else "",
        holder=_holder(session, visit.me.id, reach.since), servicer=session["servicer"],
        fields=await visit.office.profiles.printing.of(customer),
    )  # fmt: skip


async def _guest(visit: Visit, customer: str, reach: serving.Reach) -> Subject | None:
    """None: a colleague has the session, there is none, or the visitor is no servicer there."""
    office, me = visit.office, visit.me.id
    for session in await serving.sessions(office.database, customer):
        account, holder = session["account"], _holder(session, me, reach.since)

        async def serves(account: str = account) -> bool:
            servicers = await office.client.servicers(account)
            if among(me, (one.userid for one in servicers.members)):
                return True
            with suppress(Refused):  # the app may not see them
                if servicers.departments:
                    mine = await departments_of(office.client, me)
                    return not mine.isdisjoint(servicers.departments)
            return False

        if holder != "colleague" and await office.asking.once(me, f"serves:{account}", serves):
            known = await serving.person(office.database, customer)
            name = known.name if known else ""
            return Subject(
                kind="guest", id=customer, name=name or await _nickname(visit, customer),
                entry=KF_ENTRY, account=account, holder=holder,
            )  # fmt: skip
    return None


def _holder(session: Mapping[str, Any], me: str, since: float) -> Holder:
    """Who has the session. It ends by itself without an event, and a member's message reopens it.

    Args:
        since: a session in which nothing happened since then has ended (Unix seconds).
    """
    ended = session["account"] and (session["heard_at"] or session["changed_at"]) < since
    if not session["account"] or ended or (not session["staffed"] and not session["heard_at"]):
        return ""
    if not session["staffed"]:
        return "bot"
    if not session["servicer"]:
        return "pool"
    return "me" if same(session["servicer"], me) else "colleague"


async def _ask_wecom(visit: Visit, customer: str) -> None:
    """Ask WeCom about them, and keep the answer."""
    office = visit.office

    async def ask() -> bool:
        with suppress(Refused):  # the log says why; 微信客服 may still know them
            await office.contacts.look_up(customer)
        return True

    if office.settings.app:
        await office.asking.once(visit.me.id, customer, ask)


async def _named_by_wecom(visit: Visit, customer: str) -> serving.Person:
    """As a contact, or else as a customer of 微信客服."""
    with suppress(WeComError):
        await _ask_wecom(visit, customer)
    known = await serving.person(visit.office.database, customer)
    if known is not None and known.name:
        return known
    tags = known.tags if known else frozenset()
    return serving.Person(name=await _nickname(visit, customer), tags=tags)


async def _nickname(visit: Visit, customer: str) -> str:
    """Their name in 微信客服; a sweep stores it seconds later."""
    try:
        found = await visit.office.client.service_customers([customer])
    except WeComError:
        return ""
    return found[0].name if found else ""


async def _serves_now(visit: Visit, customer: str) -> bool:
    """Ask 微信客服, which knows before us who has just taken over a session."""
    office, me = visit.office, visit.me

    async def ask() -> bool:
        for row in await serving.sessions(office.database, customer):
            try:
                state, servicer = await office.client.service_state(row["account"], customer)
            except Refused:
                continue
            if state == HUMAN and me.sees(servicer):
                return True
        return False

    return await office.asking.once(me.id, f"kf:{customer}", ask)


async def _group(visit: Visit, chat: str, entry: str) -> Subject:
    office, me = visit.office, visit.me
    found = await serving.group(office.database, chat)

    async def ask() -> bool:
        await office.groups.look_up(chat)
        return True

    if (found is None or not _leads(visit, found[1])) and office.settings.app:
        await office.asking.once(me.id, chat, ask)
        found = await serving.group(office.database, chat)
    if found is None or not _leads(visit, found[1]):
        raise Declined(
            "您不是这个群的群主或管理员，所以看不到这个群。",
            "You neither own nor administer this group, so it is not shown.",
            403,
        )
    return Subject(kind="group", id=chat, name=found[0], entry=entry)


def _leads(visit: Visit, members: frozenset[str]) -> bool:
    return any(visit.me.sees(member) for member in members)
