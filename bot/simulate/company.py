"""The mock company that knows whom the workspace's database knows."""

from bot.clock import ManualClock
from bot.demo.stage import AGENT_ID
from bot.mockwecom.corp import MockCorp
from bot.mockwecom.transfers import Transfer
from bot.rehearse.stage import Company
from bot.store.plans.simulation import SimulationTables


async def mock_company(tables: SimulationTables, company: Company, clock: ManualClock) -> MockCorp:
    """Its members confirm what waits for them at once. Call it before any callback is saved, so
    that nobody hears of the contacts as if they were new."""
    corp, names = MockCorp(clock=clock), company.settings.members
    corp.rules.set("mass_confirm_after_s", 0)
    groups = await tables.groups()
    owners = {owner for owner, _, _ in groups}
    members = {*names, *company.settings.duty.members, *await tables.members(), *owners}
    for member in sorted(members):
        corp.add_member(member, names.get(member, member))
    corp.add_app(AGENT_ID, company.environ["HUASHU_APP_SECRET"], "话术助手")
    after = ""
    while customers := await tables.customers(after):
        for customer, name, unionid in customers:
            corp.add_customer(customer, name, unionid)
        after = customers[-1][0]
    seen = 0
    while contacts := await tables.contacts(seen):
        for _, customer, member in contacts:
            await corp.customer_adds_member(customer, member, welcome=False)
        seen = contacts[-1][0]
    for owner, name, chat_id in groups:
        corp.add_group(owner, name, chat_id)
    for account in await tables.accounts():
        corp.add_kf_account(account, account, sorted(members))
    for leaver in await tables.left():
        corp.add_member(leaver, names.get(leaver, leaver))
        await corp.member_resigns(leaver)
    corp.transfers.transfers += [
        Transfer(handover=leaver, takeover=taker, customer=who, at=int(at), resigned=resigned)
        for leaver, taker, who, at, resigned in await tables.handed_over()
    ]
    since = clock.timestamp() - corp.rules["kf_window_s"]
    for account, customer, heard_at, sent, staffed in await tables.sessions(since):
        corp.add_kf_session(account, customer, heard_at, sent, staffed=staffed)
    return corp
