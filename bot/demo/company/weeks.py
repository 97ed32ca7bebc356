"""Three weeks of a shop, played in seconds: who comes, who asks, who answers."""

from dataclasses import dataclass, field
from secrets import token_hex

from bot.demo.company.clerk import Clerk
from bot.demo.company.life import Life
from bot.demo.company.people import (
    ANSWERS,
    ASKED,
    BOUGHT,
    CLUBS,
    INVITED,
    LATE,
    LEFT,
    MEMBERS,
    NEWCOMERS,
    OPTED_OUT,
    SCOLDING,
    TALK,
    TAPPED,
    UNKNOWN,
    ZHAOXUE,
    Newcomer,
    customer,
)
from bot.demo.company.shop import Shop
from bot.demo.groups import FAN, GROWING, NEW, STEADY
from bot.demo.stage import ACCOUNT, LIMING, WANGFANG
from bot.mockwecom.people import CannotAct

DAYS = 21
COMPLAINT, INVITED_DAY, QUIETER = 12, 11, DAYS - 4
MORE = 2  # questions in the afternoon


@dataclass(slots=True, kw_only=True)
class Weeks:
    life: Life
    shop: Shop
    members: dict[str, Clerk]  # by userid
    _asked: int = field(default=0, init=False)
    _unknown: int = field(default=0, init=False)

    async def night(self, day: int) -> None:
        """Compare all customers with WeCom."""
        await self.life.at(day, 2, 41)
        await self.life.stage.assistant.sweep("contacts")

    async def morning(self, day: int) -> None:
        await self.life.at(day, 10, 5)
        corp = self.life.stage.corp
        for one in NEWCOMERS:
            if one.day == day:
                corp.add_customer(one.id, one.name)
                await corp.customer_adds_member(one.id, one.member, one.by)
        await self._come_into_groups(day)
        await self._groups_talk(day)
        await self._ask(day, 2 + day * 3 % 5)
        await self.life.plans()

    async def noon(self, day: int) -> None:
        """Members confirm what they are asked to send; some stores are late."""
        await self.life.at(day, 11, 35)
        await self._confirm(day)

    async def _confirm(self, day: int) -> None:
        await self.life.goes_on()
        for member in MEMBERS:
            if day < DAYS or member not in LATE:
                await self.life.stage.corp.member_confirms_mass(member)
        await self.life.goes_on(121)

    async def afternoon(self, day: int) -> None:
        await self.life.at(day, 16, 20)
        corp = self.life.stage.corp
        if day == COMPLAINT:
            await corp.customer_writes_kf(customer("孟阿姨"), ACCOUNT, SCOLDING)
            await self.life.goes_on(300)
        await self._people_answer(day)
        await self._ask(day, MORE)
        if day == DAYS - 1:
            await self.life.stage.assistant.sweep("handovers")
            await corp.customer_refuses_transfer(customer("阿敏"))
            has = sum(1 for _ in corp.contacts.followed(ZHAOXUE))
            corp.rules.set("transfer_contacts", has + 2)  # room for two more
        for one in NEWCOMERS:
            if LEFT.get(one.name) == day:
                await corp.customer_removes_member(one.id, one.member)
            if OPTED_OUT.get(one.name) == day:
                await corp.customer_writes_kf(one.id, ACCOUNT, "退订")
            if day in BOUGHT.get(one.name, {}):
                await self.shop.sold(one.id, *BOUGHT[one.name][day])
        await self._chat(day)
        await self.life.at(day, 19, 45)
        await self._confirm(day)

    async def _come_into_groups(self, day: int) -> None:
        corp = self.life.stage.corp
        for chat, (name, owner, of) in CLUBS.items():
            new = [one.id for one in NEWCOMERS if one.day == day and one.member in of]
            if new and chat not in corp.people.groups:
                await corp.create_group(owner, name, new, chat)
            elif new:
                await corp.people_join_group(chat, new)
        if day == INVITED_DAY:
            await corp.people_join_group(STEADY, [customer(name) for name in INVITED])

    def present(self, day: int, member: str = "") -> list[Newcomer]:
        """Those of the member's customers who have come and not left."""
        return [
            one for one in NEWCOMERS
            if one.day <= day < LEFT.get(one.name, DAYS + 9) and member in ("", one.member)
        ]  # fmt: skip

    async def _ask(self, day: int, number: int) -> None:
        """Ask at customer service; two days of three something that no script answers yet."""
        corp, here = self.life.stage.corp, self.present(day)
        if day >= QUIETER:  # else the stores' campaign would reach them by customer service
            here = [one for one in here if one.member in (LIMING, WANGFANG)]
        for count in range(number):
            who = here[(day * 5 + number + count) % len(here)]
            words = ASKED[self._asked % len(ASKED)]
            if count == number - 1 and (day + number) % 3:
                words = UNKNOWN[self._unknown % len(UNKNOWN)]
                self._unknown += 1
            self._asked += 1
            await corp.customer_writes_kf(who.id, ACCOUNT, words)
        await self.life.goes_on()

    async def _people_answer(self, day: int) -> None:
        """Answer those who wait for a person."""
        desk = self.life.stage.corp.kf.desk
        for waiting, session in list(desk.accounts[ACCOUNT].sessions.items()):
            who = (LIMING, WANGFANG)[day % 2]
            try:
                await desk.servicer_takes(who, waiting, ACCOUNT)
            except CannotAct:  # nobody waits
                continue
            words = ANSWERS[(day + session.sent) % len(ANSWERS)]
            await desk.servicer_writes_kf(who, waiting, ACCOUNT, words)
            await desk.servicer_ends_session(who, waiting, ACCOUNT)
        await self.life.calm()

    async def _chat(self, day: int) -> None:
        """A customer writes to 李明 and to 王芳, who answer by a tap in the sidebar."""
        corp = self.life.stage.corp
        for turn, who in enumerate((LIMING, WANGFANG)):
            if day % 2 == turn or not (mine := self.present(day, who)):
                continue
            asker = mine[day % len(mine)].id
            question, script, text = TAPPED[day // 2 % len(TAPPED)]
            await corp.customer_writes_member(asker, who, question)
            await self.life.goes_on()
            if day % 5:
                await corp.member_writes_customer(who, asker, text)
                sent = {
                    "nonce": token_hex(8),
                    "script": script,
                    "question": question,
                    "text": text,
                }
                await self.members[who].posts(f"/sidebar/sent?customer={asker}", sent)

    async def _groups_talk(self, day: int) -> None:
        corp = self.life.stage.corp
        talkers = [FAN.format(number) for number in range(3, 12)]
        await corp.writes_in_group(STEADY, LIMING, times=3)
        for number, who in enumerate(talkers[day % 3 :: 3]):
            words = TALK[(day + number) % len(TALK)] if day > DAYS - 3 else ""
            await corp.writes_in_group(STEADY, who, words, 1 + (day + number) % 4)
        if day % 2:
            await corp.writes_in_group(GROWING, talkers[6 + day % 3], times=5)
            await corp.writes_in_group(GROWING, LIMING, times=1)
        for chat, (_, owner, _) in CLUBS.items():
            if chat in corp.people.groups:
                inside = [one for one in corp.people.groups[chat].people if one != owner]
                await corp.writes_in_group(chat, owner, times=2)
                await corp.writes_in_group(chat, inside[day % len(inside)], times=1 + day % 5)
        if day % 7 == 5:  # Fridays, as it were
            await corp.writes_in_group(NEW, FAN.format(day % 5), times=12)
            await corp.writes_in_group(NEW, LIMING, times=6)
