"""The engine is killed under load. The long form of this is `make bench ARGS=kills`."""

from benchmarks.kills import trial


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
