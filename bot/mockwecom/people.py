"""Members, customers and apps; and the ids that WeCom generates."""

import random
import string
from collections.abc import Iterable
from dataclasses import dataclass

from bot.mockwecom.group import Group
from bot.mockwecom.rules import Refusal

FEATURES = frozenset({"externalcontact", "kf"})  # 客户联系, 微信客服: the APIs below these names
ALPHABET = string.ascii_letters + string.digits


class CannotAct(ValueError):
    """Nobody could do this in the real client either; the text names the cure."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    userid: str
    name: str
    console_welcome: bool = False  # the console welcomes for them, so no code is given out


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    external_userid: str
    name: str
    unionid: str = ""  # "": the company has no WeChat developer account


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    agent_id: int
    secret: str
    name: str = ""
    visible: frozenset[str] | None = None  # folded userids; None is everybody
    domain: str = ""  # 可信域名, with its port
    may: frozenset[str] | None = None  # of FEATURES; None is all of them

    def sees(self, userid: str) -> bool:
        return self.visible is None or userid.casefold() in self.visible

    def calls(self, api: str) -> bool:
        """Whether it stands in 可调用接口的应用 of the feature that `api` belongs to."""
        feature = api.partition("/")[0]
        return self.may is None or feature not in FEATURES or feature in self.may


class People:
    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self.members: dict[str, Member] = {}  # by folded userid: WeCom ignores its case
        self.customers: dict[str, Customer] = {}
        self.apps: dict[int, App] = {}
        self.groups: dict[str, Group] = {}
        self.resigned: dict[str, int] = {}  # by userid, when they left the company

    def new_id(self, prefix: str, length: int = 32) -> str:
        """An id of `length` characters in all; the same seed gives the same ids in order."""
        return prefix + "".join(self._random.choices(ALPHABET, k=length - len(prefix)))

    def new_number(self) -> int:
        """A MsgId: 64 bits, and like WeCom's above what a float can hold."""
        return self._random.randrange(7 * 10**18, 8 * 10**18)

    def add_member(self, userid: str, name: str, *, console_welcome: bool = False) -> None:
        member = Member(userid=userid, name=name, console_welcome=console_welcome)
        self.members[userid.casefold()] = member

    def add_customer(self, external_userid: str = "", name: str = "", unionid: str = "") -> str:
        """Returns the external_userid, made up if none is given."""
        external_userid = external_userid or self.new_id("wm")
        customer = Customer(external_userid=external_userid, name=name, unionid=unionid)
        self.customers[external_userid] = customer
        return external_userid

    def add_app(
        self,
        agent_id: int,
        secret: str,
        name: str = "",
        visible: Iterable[str] | None = None,
        domain: str = "",
        may: Iterable[str] | None = None,
    ) -> None:
        """Adding it again is how the console changes it.

        Args:
            visible: the userids that the app may see and write to; None is everybody.
            domain: 可信域名, with its port if that is not the usual one.
            may: the features whose interfaces it may call ("externalcontact", "kf"); None is all.
        """
        seen = None if visible is None else frozenset(userid.casefold() for userid in visible)
        self.apps[agent_id] = App(
            agent_id=agent_id,
            secret=secret,
            name=name,
            visible=seen,
            domain=domain,
            may=None if may is None else frozenset(may),
        )

    def member(self, userid: str) -> Member:
        if userid.casefold() not in self.members:
            raise CannotAct(f"no member {userid!r}; add_member({userid!r}, name) first")
        return self.members[userid.casefold()]

    def customer(self, external_userid: str) -> Customer:
        if external_userid not in self.customers:
            raise CannotAct(
                f"no customer {external_userid!r}; add_customer({external_userid!r}, name) first"
            )
        return self.customers[external_userid]

    def asked_member(self, app: App, userid: str) -> Member:
        """The member that an API call of `app` names."""
        if userid.casefold() not in self.members:
            raise Refusal(60111)
        if not app.sees(userid):
            raise Refusal(60021)
        member = self.members[userid.casefold()]
        if member.userid in self.resigned:
            raise Refusal(60111)
        return member

    def asked_customer(self, external_userid: str) -> Customer:
        if external_userid not in self.customers:
            text = f"invalid string value `{external_userid}`. invalid external userid"
            raise Refusal(40096, text)
        return self.customers[external_userid]
