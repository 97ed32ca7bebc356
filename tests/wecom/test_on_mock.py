"""The client and the long connection against the mock, which is strict about every field."""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest

from bot.clock import ManualClock
from bot.errors import AlreadyDone, MediaExpired, NoAnswer, Refused, TryLater, WindowClosed
from bot.mockwecom.access import Access
from bot.mockwecom.corp import MockCorp
from bot.mockwecom.faults import Fault
from bot.mockwecom.server import MockServer
from bot.wecom.client import WeComClient
from bot.wecom.jssdk import Tickets
from bot.wecom.long_connection import LongConnection
from tests.wecom.double import TEXT, Shelf, client_at

ACCOUNT, CUSTOMER = "wkDemoKf", "wmDemoCustomer"


@pytest.fixture
async def server(clock: ManualClock) -> AsyncIterator[MockServer]:
    corp = MockCorp(clock=clock)
    corp.add_member("liming", "李明")
    corp.add_member("wangfang", "王芳")
    corp.add_customer(CUSTOMER, "客户A")
    corp.add_app(1000002, "APP-SECRET")
    corp.add_kf_account(ACCOUNT, "小助手", ["liming", "wangfang"])
    corp.bots.add_bot("aib1", "BOT-SECRET", "小助手")
    async with MockServer(corp) as server:
        yield server
    assert corp.refusals == [], "the mock saw what no correct client does"


@pytest.fixture
def corp(server: MockServer) -> MockCorp:
    return server.corp


@pytest.fixture
async def client(server: MockServer, clock: ManualClock) -> AsyncIterator[WeComClient]:
    async with client_at(server.url, clock) as client:
        yield client


async def send(client: WeComClient, msgid: str) -> str:
    return await client.send_service_message(ACCOUNT, CUSTOMER, TEXT, msgid)


def heard(corp: MockCorp) -> list[str]:
    return [delivery.text for delivery in corp.deliveries]


async def test_a_conversation_of_customer_service(client: WeComClient, corp: MockCorp) -> None:
    msgid = await corp.customer_writes_kf(CUSTOMER, ACCOUNT, "在吗")
    page = await client.pull_messages(ACCOUNT, "")
    assert [item["msgid"] for item in page.items] == [msgid]
    for number in range(5):
        assert await send(client, f"out-{number}") == f"out-{number}"
    assert await send(client, "out-0") == "out-0", "a repetition is accepted and dropped"
    with pytest.raises(WindowClosed):
        await send(client, "out-5")
    assert heard(corp) == ["您好"] * 5
    profiles = await client.service_customers([CUSTOMER, "wmNobody"])
    assert [profile.name for profile in profiles] == ["客户A"]


async def test_a_member_opens_a_page_and_gets_both_signatures(
    client: WeComClient, corp: MockCorp, clock: ManualClock
) -> None:
    tickets = Tickets(client, Shelf(), clock)
    signatures = await tickets.signatures("https://bot.example.com/sidebar")
    assert signatures.config.signature != signatures.agent.signature
    assert await tickets.corp() != await tickets.agent()
    code = await corp.member_opens_page("liming")
    assert await client.get_user_info(code) == "liming"
    with pytest.raises(Refused, match="40029"):
        await client.get_user_info(code)


async def test_a_session_is_handed_over(client: WeComClient, corp: MockCorp) -> None:
    await corp.customer_writes_kf(CUSTOMER, ACCOUNT, "人工")
    receiving = [one.userid for one in (await client.servicers(ACCOUNT)).members if one.receiving]
    await client.change_service_state(ACCOUNT, CUSTOMER, 3, receiving[0])
    assert await client.service_state(ACCOUNT, CUSTOMER) == (3, "liming")
    with pytest.raises(WindowClosed):
        await send(client, "out-1")
    assert [one.open_kfid for one in await client.service_accounts()] == [ACCOUNT]


async def test_a_welcome_of_customer_service(client: WeComClient, corp: MockCorp) -> None:
    code = await corp.customer_enters_kf(CUSTOMER, ACCOUNT)
    assert await client.send_service_event_message(code, TEXT, "out-1") == "out-1"
    with pytest.raises(Refused):
        await client.send_service_event_message(code, TEXT, "out-2")
    assert heard(corp) == ["您好"]


async def test_a_new_customer_is_welcomed_once(
    client: WeComClient, corp: MockCorp, clock: ManualClock
) -> None:
    code = await corp.customer_adds_member(CUSTOMER, "liming", state="qr_spring_07")
    body = {"text": {"content": "你好"}}
    await client.send_welcome(code, body)
    with pytest.raises(AlreadyDone):
        await client.send_welcome(code, body)
    late = await corp.customer_adds_member(corp.add_customer(), "liming")
    await clock.advance(21)
    with pytest.raises(Refused) as expired:
        await client.send_welcome(late, body)
    assert not expired.value.alert
    contact = await client.external_contact(CUSTOMER)
    assert contact.name == "客户A"
    assert [(one.userid, one.state) for one in contact.followers] == [("liming", "qr_spring_07")]
    assert set(await client.follow_user_list()) == {"liming", "wangfang"}


async def test_members_are_written_to(client: WeComClient, corp: MockCorp) -> None:
    assert await client.send_app_message("1000002", ["liming", "nobody"], TEXT) == ("nobody",)
    with pytest.raises(Refused) as refused:
        await client.send_app_message("1000002", ["nobody"], TEXT)
    assert refused.value.errcode == 81013
    assert heard(corp) == ["您好"]


async def test_media_lasts_three_days(
    client: WeComClient, corp: MockCorp, clock: ManualClock
) -> None:
    media_id = await client.upload_media("image", "新品图.png", b"\x89PNG picture")
    body = {"msgtype": "image", "image": {"media_id": media_id}}
    await corp.customer_writes_kf(CUSTOMER, ACCOUNT, "有图吗")
    await client.send_service_message(ACCOUNT, CUSTOMER, body, "out-1")
    await clock.advance(3 * 86400 + 1)
    await corp.customer_writes_kf(CUSTOMER, ACCOUNT, "还有吗")
    with pytest.raises(MediaExpired):
        await client.send_service_message(ACCOUNT, CUSTOMER, body, "out-2")
    assert len(corp.deliveries) == 1


@pytest.mark.parametrize("spoil", [Access.expire_tokens, Access.invalidate_tokens])
async def test_a_spoiled_token_is_healed_unseen(
    client: WeComClient, corp: MockCorp, spoil: Callable[[Access], None]
) -> None:
    await client.send_app_message("1000002", ["liming"], TEXT)
    spoil(corp.access)
    await client.send_app_message("1000002", ["wangfang"], TEXT)
    assert heard(corp) == ["您好", "您好"]


async def test_a_message_that_arrived_without_an_answer_is_doubtful(
    client: WeComClient, corp: MockCorp
) -> None:
    await corp.customer_writes_kf(CUSTOMER, ACCOUNT, "在吗")
    corp.faults.add(Fault(api="kf/send_msg", disconnect_after=True, times=1))
    with pytest.raises(NoAnswer) as doubtful:
        await send(client, "out-1")
    assert doubtful.value.sent
    assert await send(client, "out-1") == "out-1"
    assert heard(corp) == ["您好"], "our own msgid makes the repetition harmless"


async def test_a_frequency_fault_rests_one_api(client: WeComClient, corp: MockCorp) -> None:
    await corp.customer_writes_kf(CUSTOMER, ACCOUNT, "在吗")
    corp.faults.add(Fault(api="kf/send_msg", errcode=45009, times=1))
    for _ in range(3):
        with pytest.raises(TryLater):
            await send(client, "out-1")
    assert [call.errcode for call in corp.calls if call.api == "kf/send_msg"] == [45009]
    await client.send_app_message("1000002", ["liming"], TEXT)


async def test_a_bot_talks_over_the_long_connection(
    server: MockServer, corp: MockCorp, clock: ManualClock
) -> None:
    received: asyncio.Queue[tuple[str, str]] = asyncio.Queue()

    async def store(cmd: str, req_id: str, _: object) -> None:
        received.put_nowait((cmd, req_id))

    stream = {"msgtype": "stream", "stream": {"id": "st-1", "finish": True, "content": "您好"}}
    connection = LongConnection(f"{server.url}/aibot/ws", "aib1", "BOT-SECRET", clock, store)
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(connection.run())
        await until_connected(connection, clock)
        await corp.bots.member_enters_bot("liming", "aib1")
        cmd, req_id = await received.get()
        assert cmd == "aibot_event_callback"
        await connection.respond(req_id, TEXT, cmd="aibot_respond_welcome_msg")
        await corp.bots.drop_connections()
        await until_connected(connection, clock)
        await corp.bots.member_writes_bot("liming", "aib1", "在吗")
        cmd, req_id = await received.get()
        await connection.respond(req_id, stream)
        with pytest.raises(Refused) as refused:
            await connection.respond("no-such-request", stream)
        assert refused.value.errcode == 846605
        running.cancel()
    assert heard(corp) == ["您好", "您好"]


async def until_connected(connection: LongConnection, clock: ManualClock) -> None:
    async with asyncio.timeout(60):
        await clock.advance(0)  # a line that was cut is noticed first
        while not connection.connected:
            await clock.advance(0.5)
