"""A customer complained: who has to answer is told, and their leader if nobody does."""

from bot import Context, Router, events

router = Router("complaints")
SOUNDS = {  # by whether it is late
    False: ("system/displeased_todo", "听起来不满意"),
    True: ("system/displeased_late", "听起来不满意，没人回"),
}


@router.on(events.ComplaintDue)
async def tell(event: events.ComplaintDue, context: Context) -> None:
    script, told, why = "system/complaint_todo", "客户投诉", f"{event.minutes} 分钟"
    if event.late:
        script, told = "system/complaint_late", "投诉没人回"
        why = f"{event.responsible or '值班同事'} {why}"
    if event.sounds and SOUNDS[event.late][0] in context.library:
        script, told = SOUNDS[event.late]
    if script not in context.library:  # from before there were cases
        script, why = "system/handover_todo", "客户投诉"
    said = f"{event.words}（客户群「{event.group}」）" if event.group else event.words
    words = context.words(script, why=why, words=said, question=said)
    await context.remind(event.member, words, why=told, alone=0)
