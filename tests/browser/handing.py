"""A member of the small company leaves, with a customer in each state."""

from bot.store.desk import staff
from bot.store.desk.staff import Role, Staff
from bot.store.handover.handovers import Given, Handover, HandoverTable
from bot.store.states import HandoverKind
from tests.stage import Stage

NAMES = ("周姐", "阿敏", "Lucy 妈妈", "老陈", "小鹿🦌")
STAFF = (("sunqi", "孙琪", "zhouyu"), ("zhouyu", "周玉", ""))


async def hands_over(shop: Stage) -> None:
    corp, office = shop.corp, shop.bot.office
    for who, name, leader in STAFF:
        corp.add_member(who, name)
        role = Role.MEMBER if leader else Role.LEADER
        person = Staff(id=who, name=name, role=role, leader=leader, active=True, sight=())
        await staff.put(office.database, person, shop.clock.timestamp())
    customers = [f"wmQi{number}" for number in range(len(NAMES))]
    for customer, name in zip(customers, NAMES, strict=True):
        corp.add_customer(customer, name)
        await corp.customer_adds_member(customer, "sunqi", welcome=False)
    await corp.create_group("sunqi", "静安店会员群", customers[:2], "wrQi")
    await shop.quiet()
    for sweep in ("contacts.refresh", "groups.refresh"):
        await shop.look(sweep, 6)
    now = shop.clock.timestamp()
    one = Handover(
        id="qi", leaver="sunqi", kind=HandoverKind.STAYS, holder="zhouyu", words="", who="zhouyu",
        why="调到静安店", begins_at=now,
    )  # fmt: skip
    given = [Given("customer", each, "wangfang") for each in customers]
    await HandoverTable(office.database).put(
        one, [*given, Given("group", "wrQi", "wangfang")], now
    )
    await shop.look("handovers")
    await corp.customer_refuses_transfer(customers[1])
    await corp.member_removes_customer(customers[2], "sunqi")
    has = sum(1 for _ in corp.contacts.followed("wangfang"))
    for rule, value in (("transfer_takes_s", 3), ("transfer_contacts", has + 1)):
        corp.rules.set(rule, value)
    await shop.look("handovers", 65)
    corp.rules.set("transfer_takes_s", 86_400)
    corp.add_customer("wmQi9", "新来的客户")
    await corp.customer_adds_member("wmQi9", "sunqi", welcome=False)
    await shop.quiet()
    await shop.look("handovers", 65)
