"""What belongs to touches, joined: the rules, the plans, what is due, and mass messages."""

import os
from dataclasses import dataclass, field
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from bot.clock import Clock
from bot.desk import Desk
from bot.editions import LOOK_S
from bot.files.reader import read_dotenv
from bot.inbox import Inbox
from bot.outreach import Outreach
from bot.plans.desk import PlanDesk
from bot.plans.meant import Meant
from bot.plans.month import Month
from bot.plans.planbook import PlanBook
from bot.plans.planner import NIGHT, PlanAhead
from bot.plans.uses import used_by
from bot.reminders import Reminders
from bot.scheduler import CLEANS_S, Sweep, every, nightly
from bot.settings import Platform, Settings
from bot.store.journal import Journal
from bot.store.plans.plans import PlanTable
from bot.store.sql import Database
from bot.store.touch.forgetting import forget_touches
from bot.touch.mass import MassTasks, Reminding
from bot.touch.present import present
from bot.touch.rulebook import Rulebook
from bot.touch.touch_policy import TouchPolicy
from bot.wecom.client import WeComClient
from bot.wecom.mass_messages import MassMessages

DAY_S = 86_400
MONTH_DAYS = 31  # the longest span of a cap


@dataclass(slots=True, kw_only=True)
class Touching:
    plans: PlanBook  # empty where somebody else's library is tried out
    rules: Rulebook
    ahead: PlanAhead
    desk: PlanDesk  # plans as people make and stop them
    month: Month  # what they send, day by day
    outreach: Outreach
    tasks: MassTasks
    reminders: Reminders
    inbox: Inbox
    journal: Journal
    zone: ZoneInfo
    limits: Platform
    database: Database
    clock: Clock
    keep_days: int  # of what has ended
    _changed: bool = field(default=True, init=False)  # something is to be planned by

    def __post_init__(self) -> None:
        self.plans.followers.append(self.plan_soon)

    async def open(self) -> None:
        """Take up the plans.

        Raises:
            ConfigError: with every mistake in plans, segments and the company's days.
        """
        await self.plans.open()

    def plan_soon(self) -> None:
        """By the next look at what has changed: `replan`."""
        self._changed = True

    def works(self, now: datetime) -> bool:
        """Whether members are to be reminded at that moment: on workdays, in their hours."""
        local, limits = now.astimezone(self.zone), self.limits
        open_now = limits.mass_remind_from <= local.hour < limits.mass_remind_to
        return open_now and self.plans.calendar.day(local.date()).works

    async def remind(self) -> None:
        await self.reminders.tell(self.inbox, self.journal)

    async def replan(self) -> None:
        """At the start, and when plans have changed."""
        if self._changed:
            self._changed = False
            await self.ahead.run()

    async def forget(self) -> None:
        """What has ended is kept for some days, and longer where a rule looks back further."""
        policy, now = self.rules.policy, self.clock.timestamp()
        gaps = [cap.gap_h / 24 for cap in policy.profile.caps]
        await forget_touches(
            self.database,
            settled=now - max([self.keep_days, *gaps]) * DAY_S,
            said=now - max(self.keep_days, policy.manners.repeat_days) * DAY_S,
            counted=now - max(self.keep_days, MONTH_DAYS, *gaps) * DAY_S,
        )

    def sweeps(self, *, follow_files: bool, wecom: bool) -> list[Sweep]:
        """
        Args:
            follow_files: plans come from the workspace.
            wecom: there is an app by which members can be asked.
        """
        sweeps = [every(1, "touches", self.outreach.sweep)]
        sweeps.append(every(LOOK_S, "rules", self.rules.sweep))
        sweeps.append(every(10, "reminders", self.remind))
        sweeps.append(
            nightly(3, 52, self.zone, "forget.touches", self.forget, after_start_s=CLEANS_S)
        )
        if wecom:
            sweeps.append(every(10, "mass", self.tasks.poll))
        if follow_files:
            sweeps += [
                every(LOOK_S, "plans", self.plans.sweep),
                every(LOOK_S, "plan.changed", self.replan),
                every(3600, "plan.today", self.ahead.run_today),
                nightly(NIGHT.hour, NIGHT.minute, self.zone, "plan", self.ahead.run),
            ]
        return sweeps


def open_touching(
    settings: Settings, desk: Desk, *, client: WeComClient, database: Database, journal: Journal,
    inbox: Inbox, clock: Clock,
) -> Touching:  # fmt: skip
    """
    Raises:
        ConfigError: the rules of touches cannot be used.
    """
    zone, limits = ZoneInfo(settings.zone), settings.platform
    environ = {**read_dotenv(settings.root / ".env", []), **os.environ}
    rules = Rulebook(settings.root, environ, zone, lambda one: desk.names.of(one, one))

    def heed(policy: TouchPolicy) -> None:
        desk.manners = policy.manners

    rules.followers.append(heed)
    plans = PlanBook(
        settings.root, zone, clock,
        library=lambda: desk.edition.library, hours=lambda: rules.policy.hours,
        stored=PlanTable(database).news,
    )  # fmt: skip
    reminding = Reminding(
        most=limits.mass_reminders, after_s=limits.mass_remind_h * 3600,
        working=lambda now: touching.works(now),
    )  # fmt: skip
    touching = Touching(
        plans=plans,
        rules=rules,
        ahead=PlanAhead(
            plans, database, clock, library=lambda: desk.edition.library,
            hours=lambda: rules.policy.hours, zone=zone,
        ),
        desk=PlanDesk(plans, database, clock, zone),
        month=Month(plans, database, clock, hours=lambda: rules.policy.hours, zone=zone),
        outreach=Outreach(
            database=database, inbox=inbox, clock=clock, policy=lambda: rules.policy,
            uses=lambda: used_by(plans.book.plans), library=lambda: desk.edition.library,
            others=Meant(plans, database, clock, zone).others,
        ),
        tasks=MassTasks(
            put=inbox.put, wecom=MassMessages(client), journal=journal, database=database,
            clock=clock, periods=lambda at: present(datetime.fromtimestamp(at, UTC), zone),
            opening=lambda *of: rules.policy.opening(*of), reminding=reminding,
        ),
        reminders=Reminders(
            database, clock, zone, calendar=lambda: plans.calendar,
            library=lambda: desk.edition.library, fields=lambda: rules.policy.fields,
            called=lambda who: desk.names.of(who, who),
        ),
        inbox=inbox,
        journal=journal,
        zone=zone,
        limits=limits,
        database=database,
        clock=clock,
        keep_days=settings.inbox.keep_days,
    )  # fmt: skip

    def tell_desk() -> None:
        desk.ended_by_a_purchase = plans.book.ended_by_a_purchase

    plans.followers.append(tell_desk)
    desk.ask_again = touching.outreach.ask_again
    return touching
