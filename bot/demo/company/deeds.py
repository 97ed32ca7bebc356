"""What staff do on the pages in those weeks: plans, moments, stores, scripts, a handover."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

from bot.demo.company.clerk import Clerk
from bot.demo.company.life import Life
from bot.demo.company.people import COLLEAGUES, HEFEI, SUNQI, ZHAOXUE, customer
from bot.demo.company.weeks import COMPLAINT, DAYS
from bot.demo.stage import LIMING, WANGFANG, ZONE
from bot.mockwecom.faults import Fault
from bot.store.customers.cases import Cases
from bot.store.desk.audit import Deed
from bot.web.console.scripts import form

MOMENTS = {  # who posts what, by day; nobody is asked for the last ones yet
    2: (LIMING, "persona", "清早去码头挑杯子，师傅说这批釉色要等太阳出来才好看。"),
    4: (LIMING, "persona", "店里的小猫今天学会了开抽屉，谁的围巾少了一条？"),
    6: (LIMING, "persona", "带新同事跑了一天仓库，才知道一件毛衣要过七双手。"),
    8: (LIMING, "persona", "下雨天人少，给老顾客一人写了一张卡片。"),
    10: (LIMING, "service", "毛衣起球别用刀片刮，胶带粘两遍，再挂一晚就服帖。"),
    12: (LIMING, "persona", "女儿问我上班做什么，我说帮别人挑一件喜欢很久的东西。"),
    14: (LIMING, "product", "手作茶杯到了，杯口的弧度改了三次才满意。"),
    17: (LIMING, "persona", "关店前十分钟，陈姐带着孩子来还书，顺便讲了个好故事。"),
    20: (ZHAOXUE, "persona", "银泰店的绿植终于开花了，路过进来看看呀。"),
    21: (LIMING, "promotion", "周末满两件送茶样，老朋友直接找我留。"),
    DAYS + 1: (WANGFANG, "persona", "今天开门前，对面的早餐店老板送来一锅豆浆，先到先喝。"),
}
DRAFTS = {1: (ZHAOXUE, "product", "春天的第一批亚麻衫，颜色是自己染的，摸起来像晒过的被单。"),
          3: (LIMING, "persona", "周日休息，去山里背了一筐笋，明天分给来店里的人。")}  # fmt: skip
STORE_PLAN, STORE_SCRIPT = "spring_stores", "news/spring_stores"
FRIENDS = "week_old"  # the segment that it is for
STORE_DAY = DAYS  # day of the campaign of all stores
INVITED = (
    "{{ customer.name or '您好' }}，{{ store.name }}的春装到了，周末来坐坐，"
    "{{ store.offer or '给您留好茶' }}。地址：{{ store.address or '到店问我' }}。"
)
FESTIVALS = ("lantern", "mothers_day", "childrens_day", "dragon_boat", "mid_autumn",
             "national_day", "new_year", "spring_festival")  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Deeds:
    life: Life
    members: Mapping[str, Clerk]

    @property
    def admin(self) -> Clerk:
        return self.members[WANGFANG]

    async def before(self, day: int) -> None:
        """What staff do before the shop opens on that day."""
        if day == STORE_DAY:
            await self.life.at(day, 9)
            await self._lose_callbacks()

    async def on(self, day: int) -> None:
        """What staff do in the morning of that day."""
        if day in MOMENTS:
            await self._moment(*MOMENTS[day], self._day(day), approved=True)
        if day == 3:
            await self._scripts()
        if day == COMPLAINT + 1:
            await self._settle()
        if day == STORE_DAY - 2:
            await self._stores()
        if day == STORE_DAY - 1:
            await self._hand_over()
        if day == STORE_DAY:
            await self._plans()
            for ahead, draft in DRAFTS.items():
                await self._moment(*draft, self._day(DAYS + 1 + ahead), approved=False)

    async def post_moments(self, day: int) -> None:
        """Members post what they are asked for, except on the last day."""
        assistant, corp = self.life.stage.assistant, self.life.stage.corp
        if day in MOMENTS:
            for sweep in ("moments", "moments.follow"):
                await assistant.sweep(sweep)
            if day > DAYS:
                return
            posted = await corp.member_posts_moment(MOMENTS[day][0])
            await self.life.goes_on(61)
            await assistant.sweep("moments.follow")
            if day == 20:
                await corp.customer_comments_moment(customer("丁丁妈"), posted[0], ZHAOXUE)

    def _day(self, day: int) -> date:
        return self.life.begins.date() + timedelta(days=day)

    async def _moment(
        self, member: str, kind: str, text: str, day: date, *, approved: bool
    ) -> None:
        post = uuid4().hex[:12]
        fields = {"id": post, "members": member, "kind": kind, "text": text, "day": f"{day}"}
        writer = self.members[ZHAOXUE]
        await writer.posts("/console/moments/new", fields | {"slot": "11:00"})
        if approved:
            await self.admin.posts(f"/console/moments/post/{post}/approve")

    async def _scripts(self) -> None:
        """One script is new and in force, one waits for the admin; some are personal."""
        await self.admin.posts("/console/scripts/save", {
            "id": STORE_SCRIPT, "title": "春装到店", "category": "news", "say": INVITED,
            "do": "approve", "new": "1", "why": "春季店庆用",
        })  # fmt: skip
        library = self.life.stage.assistant.desk.edition.library
        parking = form.of(library["faq/store_parking"])
        await self.members[ZHAOXUE].posts("/console/scripts/save", {
            "id": "faq/store_parking", "title": parking["title"], "category": "faq",
            "ask": "\n".join((*parking["ask"], "银泰停车怎么抵扣")),
            "say": "银泰店在 B2 停车，消费满 100 元抵 2 小时，结账时报车牌就行。",
            "seen": "0", "do": "submit", "why": "银泰的停车优惠变了",
        })  # fmt: skip
        liming = self.members[LIMING]
        for title, body in (
            ("回访鞋子", "{{ customer.name }}，上次那双穿着合脚吗？磨脚我帮您换。"),
            (
                "留货",
                "{{ customer.name }}，您要的我放在柜台了，留到周日，来了找{{ member.name }}就行。",
            ),
        ):
            await liming.posts("/sidebar/own/new", {"title": title, "body": body})
        await self.admin.posts("/sidebar/own/new", {
            "title": "店长道歉", "team": "1", "body": "我是店长王芳，这次没做好，我来给您办好。",
        })  # fmt: skip
        for script in ("faq/size_kids", "faq/store_hours", "news/member_day"):
            await liming.posts("/sidebar/scripts/favour?nobody=1", {"script": script, "on": "1"})

    async def _settle(self) -> None:
        """Settle yesterday's complaint."""
        cases = Cases(self.life.stage.assistant.office.database)
        for case in await cases.open(None):
            why = {"why": "退款当天到账，打电话道了歉，客户接受"}
            await self.admin.posts(f"/console/complaints/{case.seq}/close", why)

    async def _stores(self) -> None:
        """Start a campaign for all stores; each says it in its own words."""
        segment = {"name": FRIENDS, "title": "加了一周以上", "added_before_days": "8"}
        await self.admin.posts("/console/segments", segment)
        await self._make(STORE_PLAN, {
            "kind": "campaign", "title": "春季到店", "scenario": "promotion", "stores": ["all"],
            "on": f"{self._day(STORE_DAY)}", "hours": "10:00-12:00", "deadline": "+1 day 20:00",
            "script": STORE_SCRIPT, "whom": FRIENDS,
        })  # fmt: skip

    async def _make(self, plan: str, table: Mapping[str, Any]) -> None:
        """王芳 makes a plan."""
        assistant = self.life.stage.assistant
        await assistant.touching.desk.create(plan, table, WANGFANG)
        deed = Deed(who=WANGFANG, act="plan.make", subject=plan, details=table["title"])
        await assistant.office.note(deed)
        await assistant.sweep("plans")

    async def _hand_over(self) -> None:
        """Hand over her customers, with what she promised and what she knows."""
        sunqi, path = self.members[SUNQI], "/sidebar/todo/reminders?customer="
        for name, when, words in (
            ("周姐", "下周五上午十点", "答应周姐：手作课新课表出来先发她"),
            ("老陈", "后天下午三点", "提醒老陈来取改好的外套"),
        ):
            await sunqi.posts(path + customer(name), {"when": when, "words": words})
        note = {"text": "给孙女买，要纯棉的，不要印花"}
        await sunqi.posts(f"/sidebar/customer/notes?customer={customer('老陈')}", note)
        await self.admin.posts("/console/handovers", {
            "leaver": SUNQI, "kind": "0", "taker": ZHAOXUE, "known_first": "1",
            "why": "孙琪调去湖滨新店", "words": f"您好，以后由{COLLEAGUES[ZHAOXUE]}为您服务。",
        })  # fmt: skip

    async def _lose_callbacks(self) -> None:
        """何飞 removes customers without a callback: the campaign cannot reach them, and the next
        nightly comparison with WeCom (客户 → 同步) finds out."""
        corp, gone = self.life.stage.corp, ("蓉蓉", "麦子")
        corp.faults.add(Fault(api="callback", drop=True, times=len(gone)))
        for name in gone:
            await corp.member_removes_customer(customer(name), HEFEI)
        await self.life.calm()

    async def _plans(self) -> None:
        """Make a plan for the next festival and a sequence; one is paused."""
        calendar = self.life.stage.assistant.touching.plans.calendar
        today = self.life.stage.clock.now().astimezone(ZONE).date()
        coming = min(FESTIVALS, key=lambda one: calendar.next(one, today))
        name = calendar.names(coming).zh
        await self._make(f"next_{coming}", {
            "kind": "campaign", "title": f"{name}问候", "on": coming, "scenario": "holiday",
            "hours": "10:00-12:00", "deadline": "20:00", "script": f"holiday/{coming}",
            "whom": "buyers",
        })  # fmt: skip
        await self._make("after_buying", {
            "kind": "sequence", "title": "买后回访", "after": "bought", "scenario": "after_sales",
            "step": [{"day": 3, "script": "care/day3"}, {"day": 25, "script": "care/milk_powder"}],
        })  # fmt: skip
        await self.admin.posts("/console/plans/double_eleven/pause", {"why": "等总部定今年的活动"})
