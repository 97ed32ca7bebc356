"""Mass messages, contacts and tags: our calls against the mock, which is strict about them."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from bot.clock import ManualClock
from bot.errors import AlreadyDone, Refused, TryLater
from bot.mockwecom.corp import MockCorp
from bot.mockwecom.server import MockServer
from bot.wecom.client import WeComClient
from bot.wecom.contact_lists import ContactLists
from bot.wecom.mass_messages import Fate, MassMessages
from tests.wecom.double import client_at

TEXT = {"text": {"content": "中秋快乐"}}
CUSTOMERS = [f"wm{number}" for number in range(1, 251)]


@pytest.fixture
async def server(clock: ManualClock) -> AsyncIterator[MockServer]:
    corp = MockCorp(clock=clock)
    corp.add_member("liming", "李明")
    corp.add_member("wangfang", "王芳")
    corp.add_app(1000002, "APP-SECRET")
    async with MockServer(corp) as server:
        for customer in CUSTOMERS:
            corp.add_customer(customer, customer.upper(), unionid=f"o{customer}")
            await corp.customer_adds_member(customer, "liming", state="qr", welcome=False)
        yield server
    assert corp.refusals == [], "the mock saw what no correct client does"


@pytest.fixture
def corp(server: MockServer) -> MockCorp:
    return server.corp


@pytest.fixture
async def client(server: MockServer, clock: ManualClock) -> AsyncIterator[WeComClient]:
    async with client_at(server.url, clock) as client:
        yield client


async def test_a_mass_message_from_its_making_to_its_end(
    client: WeComClient, corp: MockCorp, clock: ManualClock
) -> None:
    mass = MassMessages(client)
    corp.rules.set("mass_task_page", 100)
    corp.rules.set("mass_rule", 2)
    await corp.member_sends_mass("liming", CUSTOMERS[:1], "早")
    made = await mass.create("liming", [*CUSTOMERS, "wmNobody"], TEXT)
    assert made.failed == ("wmNobody",)
    assert [one.confirmed_at for one in await mass.confirmations(made.msgid)] == [None]
    assert {one.fate for one in await mass.outcomes(made.msgid, "liming")} == {Fate.UNSENT}
    await mass.remind(made.msgid)
    await corp.customer_removes_member(CUSTOMERS[1], "liming")
    await clock.advance(60)
    await corp.member_confirms_mass("liming", made.msgid)
    (confirmation,) = await mass.confirmations(made.msgid)
    assert (confirmation.member, confirmation.confirmed_at) == ("liming", clock.now())
    outcomes = {one.customer: one for one in await mass.outcomes(made.msgid, "liming")}
    assert len(outcomes) == 250
    assert [outcomes[one].fate for one in CUSTOMERS[:3]] == [
        Fate.OVER_QUOTA,
        Fate.NO_FRIEND,
        Fate.SENT,
    ]
    assert outcomes[CUSTOMERS[2]].sent_at == clock.now()


async def test_what_the_company_made_is_listed(
    client: WeComClient, corp: MockCorp, clock: ManualClock
) -> None:
    mass, start = MassMessages(client), clock.now()
    corp.rules.set("mass_list_page", 2)
    made = [(await mass.create("liming", CUSTOMERS[:3], TEXT)).msgid for _ in range(5)]
    await corp.member_sends_mass("liming", CUSTOMERS[:1], "早")
    listed = await mass.listed(start, start + timedelta(hours=1))
    assert [(one.msgid, one.text) for one in listed] == [(one, "中秋快乐") for one in made]


async def test_how_mass_messages_are_refused(client: WeComClient, corp: MockCorp) -> None:
    mass = MassMessages(client)
    with pytest.raises(Refused) as nobody:
        await mass.create("wangfang", CUSTOMERS, TEXT)
    assert (nobody.value.errcode, nobody.value.alert) == (41048, False)
    msgid = (await mass.create("liming", CUSTOMERS, TEXT)).msgid
    for _ in range(3):
        await mass.remind(msgid)
    with pytest.raises(TryLater) as often:
        await mass.remind(msgid)
    assert often.value.after_s == 6 * 3600
    await mass.cancel(msgid)
    with pytest.raises(AlreadyDone):
        await mass.cancel(msgid)
    corp.rules.set("mass_dispatch_s", 60)
    fresh = (await mass.create("liming", CUSTOMERS, TEXT)).msgid
    with pytest.raises(TryLater):
        await mass.confirmations(fresh)


async def test_all_customers_of_a_member(client: WeComClient, corp: MockCorp) -> None:
    lists = ContactLists(client)
    tag = (await lists.add_tags("意向", ["高"]))["高"]
    await lists.mark("liming", "wm1", add=[tag])
    await corp.member_remarks_customer("wm1", "liming", "老客", ["13800000001"])
    pages = [await lists.followed(["liming"])]
    while pages[-1].cursor:
        pages.append(await lists.followed(["liming"], pages[-1].cursor))
    assert [len(page.items) for page in pages] == [100, 100, 50]
    first = pages[0].items[0]
    assert (first.member, first.customer, first.name) == ("liming", "wm1", "WM1")
    assert (first.unionid, first.phone, first.state) == ("owm1", "13800000001", "qr")
    assert first.tags == (tag,)
    assert await lists.tag_names() == {tag: "高"}
    assert (await lists.followed(["wangfang"])).items == ()
    await lists.mark("liming", "wm1", remove=[tag])
    assert (await client.external_contact("wm1")).followers[0].tags == ()
    with pytest.raises(AlreadyDone):
        await lists.add_tags("意向", ["高"])
    with pytest.raises(Refused):
        await lists.mark("wangfang", "wm1", add=[tag])
