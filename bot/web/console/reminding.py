"""Members who have not confirmed a plan's mass message are reminded of it (催一下)."""

from collections.abc import Sequence

from aiohttp import web

from bot.web.visit import Visit

NAMED = 20  # of them in the audit log


async def reminded(
    visit: Visit, whom: Sequence[str], deed: str, subject: str, trigger: str
) -> web.Response:
    """What the page says of those who will be, or that there is nobody; `deed` is kept, done to
    `subject`."""
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
