"""The demo's company after the story: with weeks of history, and something on every desk."""

import logging

from aiohttp import ClientSession

from bot.demo.company.clerk import at_work
from bot.demo.company.deeds import Deeds
from bot.demo.company.inviting import begin, invite
from bot.demo.company.life import Life
from bot.demo.company.opening import grow
from bot.demo.company.people import MEMBERS
from bot.demo.company.shop import Shop
from bot.demo.company.today import Today
from bot.demo.company.weeks import DAYS, Weeks
from bot.demo.stage import WANGFANG, ZONE, Stage
from bot.errors import BotError
from bot.mockwecom.people import CannotAct

log = logging.getLogger(__name__)


async def furnish(stage: Stage) -> None:
    """Let three weeks pass, and leave open what visitors should find. Errors are only logged: the
    visitor has the story in any case."""
    try:
        await _live(stage)
    except (BotError, CannotAct):
        log.exception("the demo's company is furnished in part")
    stage.corp.bell.ring()


async def _live(stage: Stage) -> None:
    life = Life(stage=stage, begins=stage.clock.now().astimezone(ZONE))
    async with at_work(stage.assistant, *MEMBERS) as clerks, ClientSession() as http:
        members = dict(zip(MEMBERS, clerks, strict=True))
        await grow(life, members[WANGFANG])
        await begin(life, members[WANGFANG])
        secret = stage.environ["HUASHU_SIGNALS_SECRET"]
        weeks = Weeks(life=life, shop=Shop(stage=stage, http=http, secret=secret), members=members)
        deeds = Deeds(life=life, members=members)
        today = Today(life=life, deeds=deeds)
        for day in range(1, DAYS + 1):
            await weeks.night(day)
            await deeds.before(day)
            await weeks.morning(day)
            await deeds.on(day)
            await invite(life, members, day)
            if day == DAYS:
                await today.yesterday(10)
            await weeks.noon(day)
            await deeds.post_moments(day)
            await weeks.afternoon(day)
            if day == DAYS:
                await today.yesterday(16)
        await weeks.night(DAYS + 1)
        await today.comes()
