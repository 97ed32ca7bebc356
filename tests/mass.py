"""Two members with customers of their own, and touches that become mass messages."""

from collections.abc import Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from bot.clock import ManualClock
from bot.mockwecom.corp import MockCorp
from bot.store.touch.places import place
from bot.touch.mass_event import task_id
from bot.touch.present import present
from tests.stage import Stage, company

MORNING = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)  # ten o'clock on a Tuesday in Shanghai
MINUTE, HOUR, DAY = 60, 3600, 86_400
API = "externalcontact/add_msg_template"
LIMING = [f"wm{number:02}" for number in range(11, 26)]
WANGFANG = [f"wm{number:02}" for number in range(26, 36)]
WAITING, SENT, DROPPED, REFUSED = 0, 2, 3, 4


def shop(clock: ManualClock) -> MockCorp:
    """25 customers of two members."""
    corp = company(clock)
    for customer in (*LIMING, *WANGFANG):
        corp.add_customer(customer, customer)
    return corp


async def befriend(scene: Stage) -> None:
    for member, customers in (("liming", LIMING), ("wangfang", WANGFANG)):
        for customer in customers:
            await scene.corp.customer_adds_member(customer, member, welcome=False)
    await scene.quiet()


async def form(
    scene: Stage, member: str, customers: Sequence[str], script: str = "news/double_eleven",
    *, worth_s: float = 30 * HOUR,
) -> str:  # fmt: skip
    """Do as the sweep of touches: take them, reserve their caps, and form a task."""
    now, numbers = scene.clock.timestamp(), present(scene.clock.now(), ZoneInfo("Asia/Shanghai"))
    rows = scene.bot.journal.rows
    for customer in customers:
        subjects = (f"c:{customer}", f"c:{customer}:holiday", f"q:{customer}")
        await rows(
            "INSERT INTO touch (plan, customer, slot, scenario, script, words, member, receiver,"
            " due_at, deadline, state, settled_at, reserved) VALUES"
            " ('festival', $1, '2026', 3, $2, 'digest', $3, 'customer', $4, $5, 2, $4, $6)"
            " RETURNING seq",
            customer,
            script,
            member,
            now,
            now + worth_s,
            place(subjects, numbers),
        )
        for subject in subjects:
            await rows(
                "INSERT INTO tally (subject, hour, hour_n, day, day_n, week, week_n, month,"
                " month_n, last_at) VALUES ($1, $2, 1, $3, 1, $4, 1, $5, 1, $6) RETURNING subject",
                subject,
                numbers.hour,
                numbers.day,
                numbers.week,
                numbers.month,
                now,
            )
    # All at once, since the bot's own sweep may come at any moment.
    await rows("UPDATE touch SET state = 1 WHERE member = $1 RETURNING seq", member)
    await scene.bot.sweep("touches")
    task = task_id("festival", "2026", member, 0)
    counted = await rows("SELECT count(*) AS n FROM touch WHERE task = $1", task)
    assert counted == [{"n": len(customers)}]
    return task


async def touches(scene: Stage) -> dict[str, tuple[int, str]]:
    rows = await scene.rows("SELECT customer, state, rule FROM touch ORDER BY customer")
    return {row["customer"]: (row["state"], row["rule"]) for row in rows}


async def today(scene: Stage, subject: str) -> int:
    day = present(scene.clock.now(), ZoneInfo("Asia/Shanghai")).day
    rows = await scene.rows(f"SELECT day, day_n FROM tally WHERE subject = '{subject}'")
    return rows[0]["day_n"] if rows and rows[0]["day"] == day else 0
