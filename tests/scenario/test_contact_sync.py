"""The bot fetches all customers, across a restart, and later finds what no callback reported."""

from pathlib import Path

from bot.clock import ManualClock
from bot.mockwecom.faults import Fault
from bot.store.customers.sync_rounds import SyncRounds
from tests.crowd import Crowd, bears, borne, finds, known
from tests.stage import company, stage

CUSTOMERS, MEMBERS, CHANGES = 1500, 12, 240
BATCH = "externalcontact/batch/get_by_user"


async def test_customers_are_what_wecom_says_over_a_restart_and_lost_callbacks(
    tmp_path: Path,
) -> None:
    clock = ManualClock()
    corp = company(clock)
    crowd = Crowd(corp)
    await crowd.gather(CUSTOMERS, MEMBERS)
    await clock.advance(60)
    # The first round is broken off on its sixth page.
    corp.faults.add(Fault(api=BATCH, errcode=0, times=5))  # strikes nothing, counts to five
    corp.faults.add(Fault(api=BATCH, latency_s=3600, times=1))
    async with stage(tmp_path, corp=corp, clock=clock, ticks=False) as one:

        async def five_pages() -> bool:
            last = await SyncRounds(one.bot.office.database).last()
            return bool(last) and last[0].done == 500

        await one.until(five_pages)
        (broken,) = await SyncRounds(one.bot.office.database).last()
        assert (broken.ended_at, broken.initial, broken.total) == (None, True, 1650)
        assert 0 < broken.percent < 100
    corp.faults.clear()
    read = sum(call.api == BATCH for call in corp.calls)
    async with stage(tmp_path, corp=corp, clock=clock, ticks=False) as one:
        rounds = SyncRounds(one.bot.office.database)

        async def ended() -> bool:
            return (await rounds.last())[0].ended_at is not None

        await one.until(ended)
        (first,) = await rounds.last()
        assert (first.seq, first.done, first.found, first.percent) == (broken.seq, 1650, 0, 100)
        assert sum(call.api == BATCH for call in corp.calls) - read == 12, "only what was left"
        assert await known(one.rows) == crowd.truth()
        assert await bears(one.rows) == borne(crowd.truth())

        await crowd.live(CHANGES, lost=0.2)
        await one.quiet()
        customers = one.bot.office.contacts
        while customers.waiting:
            await customers.refresh()
        assert len(crowd.lost) > 20
        assert await known(one.rows) != crowd.truth()
        await clock.advance(3600)
        night = await customers.reconcile()
        assert await finds(one.rows, night.seq) == crowd.lost, "those and no others"
        assert night.found == len(crowd.lost)
        assert await known(one.rows) == crowd.truth()
        assert await bears(one.rows) == borne(crowd.truth())
        await clock.advance(3600)
        assert (await customers.reconcile()).found == 0
    assert corp.refusals == []
