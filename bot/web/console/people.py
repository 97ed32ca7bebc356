"""Who uses the console, and in which role (admins)."""

from collections.abc import Iterable, Mapping

from aiohttp import web

from bot.members.userids import among, folded, half_width
from bot.store.customers.views import CustomerViews
from bot.store.desk import staff
from bot.store.desk.audit import fields_changed
from bot.store.desk.staff import Role, Staff
from bot.store.handover.candidates import estate_of
from bot.web.route import Route
from bot.web.seen import mark, overtaken
from bot.web.visit import Visit

ROLES = {
    Role.MEMBER: ("导购", "member", "只看自己的客户和群", "their own customers and groups"),
    Role.LEADER: ("主管", "leader", "还能看下属的", "those of their subordinates too"),
    Role.OPERATOR: ("运营", "operator", "话术、计划、全部客户", "scripts, plans, every customer"),
    Role.ADMIN: ("管理员", "admin", "还有设置和人员", "settings and people too"),
}


PAGE = 50


def routes() -> Iterable[Route]:
    yield Route("GET", "/console/people", show, Role.ADMIN)
    yield Route("GET", "/console/people/one", one, Role.ADMIN)
    yield Route("POST", "/console/people", put, Role.ADMIN)


async def show(visit: Visit) -> web.Response:
    """?words= of a name or userid; 50 from ?from= on. Each has a sheet of their own for changes,
    since any of hundreds may be their leader."""
    words, first = visit.asked("words")[:64], visit.number("from")
    everybody = await staff.everybody(visit.office.database)
    folds = words.casefold()
    found = [each for each in everybody if folds in f"{each.name}\n{each.id}".casefold()]
    return visit.html(
        "console/people.html",
        found=found[first : first + PAGE], words=words, first=first,
        more=first + PAGE if len(found) > first + PAGE else 0,
        names={each.id: each.name for each in everybody}, roles=ROLES,
    )  # fmt: skip


async def one(visit: Visit) -> web.Response:
    """?id=: the form for one of them; without it for somebody new."""
    if not visit.partial:
        return visit.go("/console/people")
    who = visit.asked("id")
    everybody = await staff.everybody(visit.office.database)
    person = next((each for each in everybody if each.id == who), None)
    if who and person is None:
        return visit.wrong("没有这个人。", "There is nobody of that userid.", 404)
    return _form(visit, person, everybody, person)


def _form(
    visit: Visit, filled: Staff | None, everybody: Iterable[Staff], now: Staff | None,
    *, again: bool = False,
) -> web.Response:  # fmt: skip
    """
    Args:
        now: how they are stored; filled in `again` if somebody has changed them meanwhile.
    """
    who, leader = (filled.id, filled.leader) if filled else ("", "")
    leaders = [
        each for each in everybody
        if each.id != who and ((each.active and each.in_wecom) or each.id == leader)
    ]  # fmt: skip
    names = {each.id: each.name for each in everybody}
    return visit.html(
        "console/person.html", one=filled, now_is=now if again else None,
        seen=mark(_asked(now)) if now else "", leaders=leaders, names=names, roles=ROLES,
    )  # fmt: skip


async def put(visit: Visit) -> web.Response:
    """Add somebody or change them. The last admin cannot be removed. Before switching somebody off
    it shows what that changes."""
    who, role = half_width(visit.asked("id")), visit.number("role")
    if not who or len(who) > 64 or role not in set(Role):
        return visit.wrong(
            "请填写企业微信账号（通讯录 → 成员 → 账号）。",
            "Fill in the userid (通讯录 → the member → 账号).",
        )
    everybody = {person.id: person for person in await staff.everybody(visit.office.database)}
    who, leader = await _spelled(visit, who, everybody), visit.asked("leader")
    if visit.asked("new") and who in everybody:
        name = everybody[who].name
        return visit.wrong(
            f"账号 {who} 已经在这里，是{name}：找到 TA 点“修改”。",
            f"{who} is here already, {name}: press Change beside them.", 409,
        )  # fmt: skip
    person = Staff(
        id=who, name=visit.asked("name") or who, role=Role(role), leader=leader,
        active=visit.asked("active") == "1", sight=(),
    )  # fmt: skip
    if person.leader and (person.leader not in everybody or _circle(person, everybody)):
        return visit.wrong(
            "上级必须是这里的另一个人，而且不能互为上下级。",
            "The leader must be somebody else here, and not below them.",
        )
    left = {**everybody, who: person}.values()
    if not any(one.role is Role.ADMIN and one.active for one in left):
        return visit.wrong("至少要留一位管理员。", "At least one admin must stay.")
    before = everybody.get(who)
    if before and overtaken(visit, _asked(before)):
        return _on_sheet(_form(visit, person, everybody.values(), before, again=True))
    if before and before.active and not person.active and visit.asked("sure") != "1":
        return await _ask(visit, before, person, left)
    await staff.put(visit.office.database, person, visit.office.clock.timestamp())
    desk = visit.office.desk
    await desk.refresh(visit.office.database)
    if not person.active:
        await staff.hand_on(visit.office.database, who, desk.heir(who))
    names = {one.id: one.name for one in everybody.values()}
    changes = fields_changed(_told(before, names) if before else {}, _told(person, names))
    await visit.note("staff.put", who, details=person.name, changes=changes)
    return visit.go("/console/people", "已保存。", "Saved.")


def _asked(person: Staff) -> object:
    """What the form asks for."""
    return person.name, person.role.value, person.leader, person.active


def _on_sheet(response: web.Response) -> web.Response:
    response.headers.update({"HX-Retarget": "#sheet", "HX-Reswap": "innerHTML"})
    return response


async def _ask(
    visit: Visit, before: Staff, person: Staff, others: Iterable[Staff]
) -> web.Response:
    """Show what ends with it, what goes to somebody else, and what stays with them."""
    heirs = [one.name for one in others if one.id == person.leader and one.active]
    return _on_sheet(visit.html(
        "console/person_off.html",
        one=person, seen=mark(_asked(before)), roles=ROLES,
        estate=await estate_of(visit.office.database, person.id),
        heir="".join(heirs), below=sum(one.active and one.leader == person.id for one in others),
        on_duty=visit.office.settings.duty.has(person.id),
        handing_over=person.id in visit.office.desk.stand_ins,
        codes=[
            one for one in visit.office.desk.channel_book.channels.values()
            if among(person.id, one.members)
        ],
    ))  # fmt: skip


async def _spelled(visit: Visit, who: str, everybody: Iterable[str]) -> str:
    """The userid as we spell it, for them or their customers: WeCom ignores its case, and a second
    row would have neither the role nor the customers."""
    with_customers = await CustomerViews(visit.office.database).members()
    known = {folded(one): one for one in (*with_customers, *everybody)}
    return known.get(folded(who), who)


def _told(person: Staff, names: Mapping[str, str]) -> dict[str, str]:
    return {
        "name": person.name, "role": person.role.name.lower(),
        "leader": names.get(person.leader, person.leader),
        "active": "yes" if person.active else "no",
    }  # fmt: skip


def _circle(person: Staff, everybody: dict[str, Staff]) -> bool:
    seen, above = {person.id}, person.leader
    while above:
        if above in seen:
            return True
        seen.add(above)
        above = everybody[above].leader if above in everybody else ""
    return False
