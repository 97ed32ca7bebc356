"""Somebody came into a customer group (客户群)."""

from bot import Context, Router, events

router = Router("groups")
SHOWN = 5  # names in a to-do


@router.on(events.GroupJoined)
async def have_them_greeted(event: events.GroupJoined, context: Context) -> None:
    """No interface lets a program write into a customer group: its owner greets by hand."""
    if event.welcomed:
        context.keep_silent("WeCom's client welcomes who joins this group")
        return
    names = [name or "一位客户" for name in event.names]
    more = f" 等 {len(names)} 人" if len(names) > SHOWN else ""
    who = "、".join(names[:SHOWN]) + more
    words = context.words("system/group_joined_todo", why=event.group, words=who)
    await context.remind(event.member, words, why="新人进群")
