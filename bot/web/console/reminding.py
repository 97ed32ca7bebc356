"""Reminds members who have not confirmed a plan's mass message (催一下)."""

from collections.abc import Sequence

from aiohttp import web

from bot.web.visit import Visit

NAMED = 20  # members that the audit log names


async def reminded(
    visit: Visit, whom: Sequence[str], deed: str, subject: str, trigger: str
) -> web.Response:
    """The page's words on who will be reminded, or that nobody is left; the audit log gets `deed`,
    done to `subject`."""
    if not whom:
        return visit.wrong(
            "没有能催的人：已经确认了，刚催过，或者已催满 3 次。",
            "Nobody to remind: confirmed, just reminded, or three times already.",
        )
    names = await visit.office.names()
    told = "、".join(names.get(one, one) for one in whom[:NAMED])
    await visit.note(deed, subject, details=told)
    return visit.told(
        f"好的，上班时间会催 {len(whom)} 人。",
        f"{len(whom)} will be reminded at the next working hour.",
        trigger=trigger,
    )
