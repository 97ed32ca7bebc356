"""Who may do what with a version of a script."""

from bot.store.desk.staff import Role, Staff
from bot.store.scripts.versions import Edit
from bot.web.visit import Visit

DEEDS = ("submit", "approve", "reject", "withdraw")
OPEN = ("draft", "submitted")


def may(visit: Visit, edit: Edit) -> tuple[str, ...]:
    """What this user may do with it now."""
    state = edit.steps[-1].state
    if visit.me.role < Role.OPERATOR or state not in OPEN:
        return ()
    if state == "draft":
        return ("submit", "withdraw")
    if approves(visit, author(edit)):
        return ("approve", "reject", "withdraw")
    return ("withdraw",)


def author(edit: Edit) -> str:
    return edit.steps[0].who


def approves(visit: Visit, writer: str) -> bool:
    """Whether they may approve what `writer` wrote."""
    me: Staff = visit.me
    if me.role < Role.OPERATOR:
        return False
    return me.role == Role.ADMIN or me.id != writer or not visit.office.settings.approval.four_eyes
