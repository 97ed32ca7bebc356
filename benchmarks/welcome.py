"""(d) 500 customers are added at once while every other API takes five seconds to answer."""

import asyncio
from collections.abc import Sequence
from statistics import median

from benchmarks.envelopes import AES_KEY, AGENT, APP_PATH, CORP, SECRET, TOKEN
from benchmarks.figures import Section, below, percentile, plain
from benchmarks.processes import engine, first_core
from benchmarks.workspace import ENVIRON, workspace
from bot.clock import SystemClock
from bot.mockwecom.corp import MockCorp
from bot.mockwecom.faults import Fault
from bot.mockwecom.server import MockServer

ROUNDS, CUSTOMERS, SLOW_S = 3, 500, 5.0
WELCOME = "externalcontact/send_welcome_msg"


async def run() -> Section:
    rounds = [await one_round() for _ in range(ROUNDS)]
    p50, p99, worst = (
        median(percentile(each, share) for each in rounds) for share in (0.5, 0.99, 1.0)
    )
    return Section(
        title=f"(d) welcome, {CUSTOMERS} customers at once, other APIs take {SLOW_S:g} s",
        figures=(
            plain("added → welcome arrived, p50", p50, "s"),
            below("added → welcome arrived, p99", p99, "s", 1),
            plain("the last one", worst, "s"),
        ),
        notes=(
            "with the real mock server; its own queue for callbacks is in these times",
            "questions to the app and to 微信客服 come in at the same moment",
        ),
    )


async def one_round() -> Sequence[float]:
    corp = MockCorp(CORP, clock=SystemClock())
    corp.add_app(AGENT, SECRET)
    corp.add_member("liming", "李明")
    corp.add_kf_account("wkBench", "小助手", ["liming"])
    async with MockServer(corp) as mock:
        with workspace(mock.url) as root:
            async with engine(root, ENVIRON, core=first_core()) as server:
                await corp.set_callback("app", server.url + APP_PATH, TOKEN, AES_KEY, verify=True)
                await welcomed(corp, [corp.add_customer()])  # the token is there from now on
                slow_down(corp, mock)
                await ask_elsewhere(corp)
                return await welcomed(corp, [corp.add_customer() for _ in range(CUSTOMERS)])


def slow_down(corp: MockCorp, mock: MockServer) -> None:
    for api in ("gettoken", *corp.endpoints()):
        if api != WELCOME:
            corp.faults.add(Fault(api=api, latency_s=SLOW_S))


async def ask_elsewhere(corp: MockCorp) -> None:
    for number in range(100):
        corp.add_member(f"member{number}", "同事")
        await corp.member_writes_app(f"member{number}", AGENT, "怎么退款")
        await corp.customer_writes_kf(corp.add_customer(), "wkBench", "怎么退款")


async def welcomed(corp: MockCorp, customers: Sequence[str]) -> list[float]:
    """Seconds from each one's adding to the arrival of their welcome."""
    added = {}
    for customer in customers:
        added[customer] = corp.clock.now()
        await corp.customer_adds_member(customer, "liming")
    async with asyncio.timeout(30):
        while True:
            arrived = {d.to: d.at for d in corp.deliveries if d.api == WELCOME}
            if added.keys() <= arrived.keys():
                break
            await asyncio.sleep(0.01)
    return [(arrived[one] - added[one]).total_seconds() for one in customers]
