"""The engine is killed under load. The long form of this is `make bench ARGS=kills`."""

import sys
from pathlib import Path

import pytest

from benchmarks.kills import trial
from benchmarks.processes import start


async def test_every_event_is_answered_once_whenever_the_engine_is_killed() -> None:
    found = await trial(kills=6, seed=11)
    account = found.account
    assert sum(found.kills.values()) == 6
    assert found.kills["any"] == 3, "the others are between received and sent"
    assert min(account.asked[channel] for channel in ("kf", "app", "contact")) > 0
    assert account.lost == ()
    assert account.twice == ()
    assert account.overtaken == ()
    assert account.unfinished == 0
    assert account.misuse == ()


async def test_an_engine_that_is_killed_need_not_compile_itself_at_each_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    with (tmp_path / "log").open("wb") as log:
        asks = "import sys; print(sys.dont_write_bytecode)"
        server = await start(sys.executable, "-c", asks, port=0, log=log)
        await server.process.wait()
    assert (tmp_path / "log").read_text().strip() == "False"
