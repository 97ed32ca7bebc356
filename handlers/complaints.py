"""A customer complained: who has to answer is told, and their leader if nobody does."""

from bot import Context, Router, events

router = Router("complaints")


@router.on(events.ComplaintDue)
async def tell(event: events.ComplaintDue, context: Context) -> None:
    script, why = "system/complaint_todo", f"{event.minutes} 分钟"
    if event.late:
        script, why = "system/complaint_late", f"{event.responsible or '值班同事'} {why}"
    if script not in context.library:  # from before there were cases
        script, why = "system/handover_todo", "客户投诉"
    said = f"{event.words}（客户群「{event.group}」）" if event.group else event.words
    words = context.words(script, why=why, words=said, question=said)
    await context.remind(
        event.member, words, why="投诉没人回" if event.late else "客户投诉", alone=0
    )
