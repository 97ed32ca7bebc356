"""What belongs to touches: the rules, the plans, what is due, and mass messages."""

import os
from dataclasses import dataclass, field
from datetime import datetime

from bot.clock import moment
from bot.editions import LOOK_S
from bot.files.reader import read_dotenv
from bot.joined.ground import Ground
from bot.plans.desk import PlanDesk
from bot.plans.meant import Meant
from bot.plans.month import Month
from bot.plans.planbook import PlanBook
from bot.plans.planner import NIGHT, PlanAhead
from bot.plans.uses import used_by
from bot.scheduler import CLEANS_S, Sweep, every, nightly
from bot.store.plans.plans import PlanTable
from bot.store.touch.forgetting import forget_touches
from bot.touch.mass import MassTasks, Reminding
from bot.touch.outreach import Outreach
from bot.touch.present import present
from bot.touch.reminders import Reminders
from bot.touch.rulebook import Rulebook
from bot.touch.touch_policy import TouchPolicy
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
    _ground: Ground
    _changed: bool = field(default=True, init=False)  # something is to be planned by

    def __post_init__(self) -> None:
        self.plans.followers.append(self.plan_soon)

    def plan_soon(self) -> None:
        """Plan again (`replan`) at the next look at what has changed."""
        self._changed = True

    def works(self, now: datetime) -> bool:
        """Whether members may be reminded at that moment: on workdays, within their hours."""
        local, limits = now.astimezone(self._ground.zone), self._ground.settings.platform
        open_now = limits.mass_remind_from <= local.hour < limits.mass_remind_to
        return open_now and self.plans.calendar.day(local.date()).works

    async def remind(self) -> None:
        await self.reminders.tell(self._ground.inbox, self._ground.journal)

    async def replan(self) -> None:
        """At the start, and when plans have changed."""
        if self._changed:
            self._changed = False
            try:
                await self.ahead.run()
            except BaseException:
                self._changed = True
                raise

    async def forget(self) -> None:
        """Delete ended touches after some days; later where a rule looks back further."""
        policy, ground = self.rules.policy, self._ground
        now, keep_days = ground.clock.timestamp(), ground.settings.inbox.keep_days
        gaps = [cap.gap_h / 24 for cap in policy.profile.caps]
        await forget_touches(
            ground.database,
            settled=now - max([keep_days, *gaps]) * DAY_S,
            said=now - max(keep_days, policy.manners.repeat_days) * DAY_S,
            counted=now - max(keep_days, MONTH_DAYS, *gaps) * DAY_S,
        )

    def sweeps(self) -> list[Sweep]:
        zone = self._ground.zone
        sweeps = [
            every(1, "touches", self.outreach.sweep),
            every(LOOK_S, "rules", self.rules.sweep),
            every(10, "reminders", self.remind),
            nightly(3, 52, zone, "forget.touches", self.forget, after_start_s=CLEANS_S),
        ]
        if self._ground.settings.app:  # by which members are asked
            sweeps.append(every(10, "mass", self.tasks.poll))
        if self._ground.own:
            sweeps += [
                every(LOOK_S, "plans", self.plans.sweep),
                every(LOOK_S, "plan.changed", self.replan),
                every(3600, "plan.today", self.ahead.run_today),
                nightly(NIGHT.hour, NIGHT.minute, zone, "plan", self.ahead.run),
            ]
        return sweeps


async def open_touching(ground: Ground) -> Touching:
    """
    Raises:
        ConfigError: the rules of touches cannot be used, or the plans, the segments, the
            company's days.
    """
    settings, desk, clock, zone = ground.settings, ground.desk, ground.clock, ground.zone
    database, limits = ground.database, settings.platform
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
            database=database, inbox=ground.inbox, clock=clock, policy=lambda: rules.policy,
            uses=lambda: used_by(plans.book.plans), library=lambda: desk.edition.library,
            others=Meant(plans, database, clock, zone).others,
        ),
        tasks=MassTasks(
            put=ground.inbox.put, wecom=MassMessages(ground.client), journal=ground.journal,
            database=database, clock=clock, periods=lambda at: present(moment(at), zone),
            opening=lambda *of: rules.policy.opening(*of), reminding=reminding,
        ),
        reminders=Reminders(
            database, clock, zone, calendar=lambda: plans.calendar,
            library=lambda: desk.edition.library, fields=lambda: rules.policy.fields,
            called=lambda who: desk.names.of(who, who),
        ),
        _ground=ground,
    )  # fmt: skip

    def tell_desk() -> None:
        desk.ended_by_a_purchase = plans.book.ended_by_a_purchase

    plans.followers.append(tell_desk)
    desk.ask_again = touching.outreach.ask_again
    if ground.own:
        await plans.open()
    return touching
