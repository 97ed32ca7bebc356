"""`huashu plans pause`, `resume` and `stop`, and what `huashu plans list` tells of states."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import orjson
import typer

from bot.cli.layered import database_of
from bot.cli.plain import By, Root, plainly
from bot.cli.records import ask_database, ask_store, load_settings
from bot.clock import SystemClock
from bot.errors import OldTables
from bot.plans.desk import no_such, steer
from bot.plans.reading import FOLDER
from bot.store.database import opened
from bot.store.plans.plans import PlanTable, Standing, StoredPlan
from bot.store.states import PlanState

PlanId = Annotated[str, typer.Argument(metavar="ID", help="As `list` shows it.")]
_STATES = {
    PlanState.ACTIVE: "执行中 followed",
    PlanState.PAUSED: "已暂停 paused",
    PlanState.STOPPED: "已停止 stopped",
}


def pause(plan: PlanId, by: By = "", root: Root = Path()) -> None:
    """Nothing more of it goes out; what is planned waits, until its deadline at the longest."""
    _steer(root, plan, PlanState.PAUSED, by)


def resume(plan: PlanId, by: By = "", root: Root = Path()) -> None:
    """Follow it again. What came due meanwhile is due now; what was dropped stays dropped."""
    _steer(root, plan, PlanState.ACTIVE, by)


def stop(plan: PlanId, by: By = "", root: Root = Path()) -> None:
    """Nothing more of it goes out, and what is planned is dropped."""
    _steer(root, plan, PlanState.STOPPED, by)


def _steer(root: Path, plan: str, state: PlanState, who: str) -> None:
    with plainly():
        settings, now = load_settings(root), SystemClock().timestamp()
        files = {path.stem for path in (settings.root / FOLDER).glob("*.toml")}

        async def work() -> None:
            database = opened()
            if plan not in files | {one.id for one in await PlanTable(database).news()}:
                raise no_such(plan)
            await steer(database, plan, state, who, now)

        ask_store(settings, work)
    typer.echo(f"{plan}: {_STATES[state]}.")


def standings_of(library: Path) -> Mapping[str, Standing]:
    """How far each plan has come, by its id; empty if there is no database, or one of an older
    version.

    Raises:
        BotError: it cannot be opened.
    """
    if (url := database_of(library)) is None:
        return {}
    with suppress(OldTables):  # told by `layered.stored`
        return ask_database(url, lambda: PlanTable(opened()).standings())
    return {}


class Kept:
    """What the database holds of plans: their states, and how far they have come."""

    def __init__(self, plans: Sequence[StoredPlan], standings: Mapping[str, Standing]) -> None:
        self._plans = {one.id: one for one in plans}
        self._standings = standings

    def unread(self, read: set[str]) -> list[str]:
        """Ids of the database's own plans that are not among those `read`: they were stopped."""
        return [one.id for one in self._plans.values() if one.body and one.id not in read]

    def title(self, plan: str) -> str:
        """The title of one of the database's own plans."""
        return str(orjson.loads(self._plans[plan].body).get("title", ""))

    def told(self, plan: str, zone: ZoneInfo) -> Iterator[str]:
        """Lines on a plan's state and figures; none if the database does not know it."""
        if kept := self._plans.get(plan):
            at = datetime.fromtimestamp(kept.changed_at, zone)
            where = "，数据库里的计划 of the database" if kept.body else ""
            yield f"    {_STATES[kept.state]}，{kept.who}，{at:%Y-%m-%d %H:%M}{where}"
        if standing := self._standings.get(plan):
            numbers = f"已计划 planned {standing.planned}，已发 sent {standing.sent}"
            if standing.held_back:
                reasons = "、".join(f"{rule} {n}" for rule, n in standing.held_back.most_common())
                numbers += f"，没发 held back {standing.held_back.total()} ({reasons})"
            yield f"    {numbers}"

    def row(self, plan: str) -> Mapping[str, Any]:
        kept, standing = self._plans.get(plan), self._standings.get(plan, Standing())
        return {
            "state": (kept.state if kept else PlanState.ACTIVE).name.lower(),
            "from": "database" if kept and kept.body else "file",
            "who": kept.who if kept else "",
            "planned": standing.planned,
            "sent": standing.sent,
            "held_back": standing.held_back,
        }
