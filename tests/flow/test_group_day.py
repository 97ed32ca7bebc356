"""The generated day goes through the whole engine: repeats are one, and no group is written to."""

from datetime import timedelta
from pathlib import Path

import orjson

from bot.clock import ManualClock
from bot.events import GroupMessage
from bot.groups.rules import Answers, GroupRules
from tests.engine import Engine, engine
from tests.group_day import DAY_S, OURS, Line, day

AT_ONCE = 1000


def wrote(on: Engine, number: int, line: Line) -> GroupMessage:
    chat = f"wr{line.group}"
    return GroupMessage(
        id=f"archive:{number}", at=on.clock.now() + timedelta(seconds=line.at - DAY_S),
        conversation=f"group:{chat}", chat_id=chat, group=chat, member="liming",
        sender=line.who, name=line.who, staff=line.sort == "staff", text=line.text,
    )  # fmt: skip


async def test_a_day_through_the_engine(tmp_path: Path) -> None:
    lines = day()
    async with engine(tmp_path, clock=ManualClock()) as on:
        answers = Answers(names=OURS.names, goods=OURS.goods)
        on.desk.group_rules = GroupRules(answers=answers)
        for start in range(0, len(lines), AT_ONCE):
            some = lines[start : start + AT_ONCE]
            await on.put(*(wrote(on, start + n, line) for n, line in enumerate(some)))

            async def done(least: int = start + len(some)) -> bool:
                await on.journal.drain()
                rows = await on.rows("SELECT count(*) AS n FROM event WHERE state = 1")
                return bool(rows[0]["n"] >= least)

            await on.until(done)
        rows = await on.rows("SELECT chat_id, text, askers FROM group_question")
        asked = [{who for who, _ in orjson.loads(row["askers"])} for row in rows]
        whole = 0
        for burst in range(1, 1 + max(line.burst for line in lines)):
            people = {line.who for line in lines if line.burst == burst}
            whole += any(people <= some for some in asked)
        # one of ours may have answered in the middle of one
        assert whole >= 0.9 * max(line.burst for line in lines)
        told = await on.rows("SELECT DISTINCT via FROM message")
        assert [row["via"] for row in told] == ["staff_notice"]  # complaints, to the owner
