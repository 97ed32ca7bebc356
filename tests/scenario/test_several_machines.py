"""Two engines share the work through one PostgreSQL and one NATS, both real."""

from pathlib import Path

from benchmarks.machines import trial
from tests.databases import fresh


async def test_every_event_is_answered_once_while_machines_are_killed(tmp_path: Path) -> None:
    account = await trial(kills=1, seed=9, store=fresh("machines"), folder=tmp_path)
    assert min(account.asked[channel] for channel in ("kf", "app", "contact")) > 0
    assert account.lost == ()
    assert account.twice == ()
    assert account.overtaken == ()
    assert account.unfinished == 0
    assert account.misuse == ()
