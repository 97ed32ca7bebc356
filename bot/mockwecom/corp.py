"""The mock company: its people, what they do, and what reached them. No HTTP here."""

import math
from typing import Any

from bot.clock import Clock
from bot.mockwecom.access import Access
from bot.mockwecom.app import Apps
from bot.mockwecom.archive import Archive
from bot.mockwecom.bell import Bell
from bot.mockwecom.chats import Chats
from bot.mockwecom.contact import Contacts
from bot.mockwecom.contact_book import ContactBook
from bot.mockwecom.contact_ways import ContactWays
from bot.mockwecom.counts import delivered, limit_errors
from bot.mockwecom.endpoint import Endpoint
from bot.mockwecom.faults import Faults
from bot.mockwecom.group_figures import GroupFigures
from bot.mockwecom.group_transfers import GroupTransfers
from bot.mockwecom.group_welcome import GroupWelcomes
from bot.mockwecom.groups import Groups
from bot.mockwecom.jsapi import JsApi
from bot.mockwecom.kf import Kf
from bot.mockwecom.mass import Mass
from bot.mockwecom.mass_results import MassResults
from bot.mockwecom.media import Media
from bot.mockwecom.moments import Moments
from bot.mockwecom.oauth import OAuth
from bot.mockwecom.people import People
from bot.mockwecom.pushes import Pushes
from bot.mockwecom.record import Call, Delivery, Misuse, Push
from bot.mockwecom.rules import RuleBook
from bot.mockwecom.smart_bot import SmartBots
from bot.mockwecom.tags import Tags
from bot.mockwecom.transfers import Transfers


class MockCorp:
    """One corp on WeCom's side.

    Everything that somebody may do is a method here. Set-up methods return at once; acts
    (`customer_writes_kf` …) are async and return ids. By then their callbacks are on the way, and
    `await corp.settled()` waits for them. An act that the real client would not offer raises
    CannotAct, a ValueError that names the cure.

    Args:
        clock: the mock's own time; with a ManualClock it stands still between advances.
        seed: the same seed gives the same ids, codes and random faults in the same order.
    """

    def __init__(self, corp_id: str = "wwdemo0000000001", *, clock: Clock, seed: int = 7) -> None:
        self.corp_id, self.clock = corp_id, clock
        self.rules, self.faults = RuleBook(), Faults(seed)
        self.deliveries: list[Delivery] = []
        self.calls: list[Call] = []
        self.pushed: list[Push] = []
        self.refusals: list[Misuse] = []  # what no correct client does; a good test ends with []
        self.bell = Bell()  # rings for whoever watches

        self.people = People(seed)
        self.members, self.customers = self.people.members, self.people.customers
        self.apps = self.people.apps
        self.add_member, self.add_customer = self.people.add_member, self.people.add_customer
        self.add_app, self.new_id = self.people.add_app, self.people.new_id
        self.member = self.people.member
        self.chats = Chats(self)
        self.customer_writes_member = self.chats.customer_writes_member
        self.member_writes_customer = self.chats.member_writes_customer

        self.archive = Archive(self)
        self.open_archive = self.archive.open_archive
        self.customer_refuses_archive = self.archive.customer_refuses_archive
        self.customer_agrees_archive = self.archive.customer_agrees_archive

        self.pushes = Pushes(self)
        self.set_callback = self.pushes.set_callback

        self.access = Access(self)
        self.expire_tokens = self.access.expire_tokens
        self.invalidate_tokens = self.access.invalidate_tokens
        self.set_trusted_ips = self.access.set_trusted_ips
        self.member_opens_page = self.access.member_opens_page
        self.oauth, self.jsapi = OAuth(self), JsApi(self)
        self.set_trusted_domain = self.oauth.set_trusted_domain
        self.add_toolbar = self.oauth.add_toolbar

        self.contacts = Contacts(self)
        self.customer_adds_member = self.contacts.customer_adds_member
        self.customer_removes_member = self.contacts.customer_removes_member
        self.member_removes_customer = self.contacts.member_removes_customer
        self.customer_chats = self.contacts.customer_chats
        self.member_remarks_customer = self.contacts.member_remarks_customer
        self._book, self.tags = ContactBook(self), Tags(self)
        self.ways = ContactWays(self)
        self.customer_scans = self.ways.customer_scans
        self.console_adds_tag = self.tags.console_adds_tag
        self.console_renames_tag = self.tags.console_renames_tag
        self.console_deletes_tag = self.tags.console_deletes_tag
        self.console_orders_tags = self.tags.console_orders_tags
        self.member_tags_customer = self.tags.member_tags_customer
        self.groups, self._group_figures = Groups(self), GroupFigures(self)
        self.group_welcomes = GroupWelcomes(self)
        self.add_group, self.create_group = self.groups.add_group, self.groups.create_group
        self.add_group_day = self.groups.add_group_day
        self.people_join_group = self.groups.people_join_group
        self.people_leave_group = self.groups.people_leave_group
        self.writes_in_group = self.groups.writes_in_group
        self.group_is_renamed = self.groups.group_is_renamed
        self.group_gets_notice = self.groups.group_gets_notice
        self.group_gets_admins = self.groups.group_gets_admins
        self.group_changes_owner = self.groups.group_changes_owner
        self.group_owner_resigns = self.groups.group_owner_resigns
        self.group_is_dismissed = self.groups.group_is_dismissed
        self.transfers, self._group_transfers = Transfers(self), GroupTransfers(self)
        self.member_resigns = self.transfers.member_resigns
        self.customer_refuses_transfer = self.transfers.customer_refuses_transfer
        self.mass = Mass(self)
        self._mass_results = MassResults(self, self.mass)
        self.member_confirms_mass = self.mass.member_confirms_mass
        self.member_sends_mass = self.mass.member_sends_mass
        self.moments = Moments(self)
        self.member_posts_moment = self.moments.member_posts_moment
        self.customer_comments_moment = self.moments.customer_comments_moment
        self.member_answers_comment = self.moments.member_answers_comment

        self.media, self.app_messages, self.kf = Media(self), Apps(self), Kf(self)
        self.member_writes_app = self.app_messages.member_writes_app
        desk = self.kf.desk
        self.add_kf_account, self.add_kf_session = desk.add_account, desk.add_session
        self.customer_enters_kf = desk.customer_enters_kf
        self.customer_writes_kf = desk.customer_writes_kf
        self.kf_send_fails, self.kf_happens = desk.kf_send_fails, desk.kf_happens
        self.kf_empty_pages = desk.kf_empty_pages
        self.servicer_writes_kf, self.servicer_takes = desk.servicer_writes_kf, desk.servicer_takes
        self.servicer_ends_session = desk.servicer_ends_session
        self.servicer_receives = desk.servicer_receives

        self.bots = SmartBots(self)
        self.add_bot = self.bots.add_bot

    def endpoints(self) -> dict[str, Endpoint]:
        """The APIs below /cgi-bin/ that take an access token."""
        return {
            **self.access.endpoints(),
            **self.contacts.endpoints(),
            **self._book.endpoints(),
            **self.tags.endpoints(),
            **self.ways.endpoints(),
            **self.groups.endpoints(),
            **self._group_figures.endpoints(),
            **self.group_welcomes.endpoints(),
            **self.transfers.endpoints(),
            **self._group_transfers.endpoints(),
            **self.mass.endpoints(),
            **self._mass_results.endpoints(),
            **self.moments.endpoints(),
            **self.app_messages.endpoints(),
            **self.media.endpoints(),
            **self.kf.endpoints(),
            **self.archive.endpoints(),
        }

    def timestamp(self) -> float:
        return self.clock.timestamp()

    def seconds(self) -> int:
        """Unix seconds, as WeCom writes them."""
        return math.floor(self.clock.timestamp())

    def deliver(self, delivery: Delivery, sender: str = "") -> None:
        """`sender`: the person who wrote it, if that is not the account itself."""
        self.deliveries.append(delivery)
        self.chats.delivered(delivery, sender)

    async def settled(self) -> None:
        """Wait until no callback is on its way; those that wait for the clock do not count."""
        await self.pushes.settled()

    async def push_raw(self, xml: str) -> None:
        """Push any callback: documented, unknown or hostile. It is sealed properly."""
        self.pushes.push(xml)

    def misused(self, api: str, problem: str) -> None:
        self.refusals.append(Misuse(at=self.clock.now(), api=api, problem=problem))

    def reset(self) -> None:
        """Forget everything that happened; people, things and callback addresses stay.

        Ids are not reused: to the bot they would look like redeliveries.
        """
        self.deliveries.clear()
        self.calls.clear()
        self.pushed.clear()
        self.refusals.clear()
        self.rules.reset()
        self.faults.clear()
        self.pushes.reset()
        self.access.reset()
        self.chats.reset()
        self.oauth.log.clear()
        self.jsapi.reset()
        self.contacts.reset()
        self.ways.reset()
        self.groups.reset()
        self.group_welcomes.reset()
        self.transfers.reset()
        self._group_transfers.reset()
        self.mass.reset()
        self.moments.reset()
        self.app_messages.reset()
        self.media.reset()
        self.kf.desk.reset()
        self.bots.reset()

    def counts(self, to: str = "") -> dict[str, Any]:
        """What reached whom in each day, week and month, and which limits were hit."""
        return {
            "delivered": delivered(self.deliveries, to),
            **limit_errors(self.calls, self.mass.tasks.values()),
        }

    def state(self) -> dict[str, Any]:
        """Who is there, and who is connected with whom; for reading."""
        tags = self.tags.named()
        return {
            "corp_id": self.corp_id,
            "members": [m.userid for m in self.members.values()],
            "customers": {c.external_userid: c.name for c in self.customers.values()},
            "apps": [{"agent_id": a.agent_id, "name": a.name} for a in self.apps.values()],
            "callbacks": {name: c.url for name, c in self.pushes.callbacks.items()},
            "contacts": [
                {
                    "member": member,
                    "customer": customer,
                    "state": relation.state,
                    "half": relation.half,
                    "customer_has": relation.customer_has,
                    "welcomed": relation.welcomed,
                    "tags": [tags[tag][1] for tag in relation.tags],
                }
                for (member, customer), relation in self.contacts.relations.items()
            ],
            "tags": tags,
            "groups": {group.chat_id: group.owner for group in self.people.groups.values()},
            "mass": self.mass.state(),
            "moments": self.moments.state(),
            "kf": [
                {
                    "open_kfid": account.open_kfid,
                    "customer": customer,
                    "state": session.state,
                    "servicer": session.servicer,
                    "sent": session.sent,
                }
                for account in self.kf.desk.accounts.values()
                for customer, session in account.sessions.items()
            ],
        }
