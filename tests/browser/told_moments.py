"""Two weeks of moments of one account, for the pages: posted, held back, not posted, drafts."""

from datetime import timedelta

from bot.moments.mix import Kind
from bot.moments.rules import Draft
from tests.stage import Stage

WORDS = {
    Kind.PERSONA: "清晨去了茶园，师傅说今年的第一批嫩芽比往年早。",
    Kind.PRODUCT: "新到的手作茶杯，杯口的弧度改了三次才满意。",
    Kind.PROMOTION: "周末满两件送茶样，老朋友直接找我留。",
    Kind.SERVICE: "杯子有茶渍？小苏打泡十分钟，轻轻一擦就掉。",
}
PAST = (
    (12, Kind.PERSONA), (10, Kind.PERSONA), (8, Kind.SERVICE), (6, Kind.PERSONA),
    (4, Kind.PRODUCT), (2, Kind.PERSONA), (1, Kind.PERSONA), (0, Kind.PROMOTION),
    (0, Kind.PERSONA),
)  # fmt: skip
BACK = """
    UPDATE moment_part SET asked_at = asked_at - $2, confirmed_at = confirmed_at - $2
    WHERE post = $1"""


async def with_moments(shop: Stage) -> None:
    desk, database = shop.bot.office.moments, shop.bot.office.database
    shop.corp.rules.set("moments_shown_per_month", 99)
    now = shop.clock.now().astimezone(shop.bot.office.zone)
    for number, (back, kind) in enumerate(PAST, 1):
        members = ("liming", "wangfang") if number == 9 else ("liming",)
        day = now.date() - timedelta(days=back)
        draft = Draft(members=members, kind=kind, text=WORDS[kind], day=day)
        await desk.table.put(f"m{number}", draft, "op", shop.clock.timestamp())
        await desk.table.approve(f"m{number}", "boss", shop.clock.timestamp())
        await shop.bot.sweep("moments")
        await shop.bot.sweep("moments.follow")
        posted = await shop.corp.member_posts_moment("liming")
        await shop.look("moments.follow", 61)
        await database.change(BACK, f"m{number}", back * 86_400)
        if number == 9:
            await shop.corp.customer_comments_moment("wm1", posted[0], "liming")
            await shop.look("moments.follow", 901)
    for number, kind in ((1, Kind.PERSONA), (3, Kind.PRODUCT)):
        day = now.date() + timedelta(days=number)
        draft = Draft(members=("liming",), kind=kind, text=WORDS[kind], day=day, slot="20:30")
        await desk.write(f"d{number}", draft, "op")
