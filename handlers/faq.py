"""A question: the right script, a short menu, or a person."""

from bot import Context, MessageReceived, Refuse, Router, has_text

router = Router("faq")


@router.on(MessageReceived, has_text)
async def answer(event: MessageReceived, context: Context) -> None:
    if context.staffed:
        context.keep_silent("a person is serving")
        return
    if event.menu_id in context.library:
        await context.say(event.menu_id, question=event.text)
        return
    decision = context.decide(event.text)
    if decision.match is not None:
        await context.say(decision.match.script_id, question=event.text)
    elif decision.band == "silent":
        context.keep_silent(decision.reason_en)
    elif decision.band == "handover" or isinstance(await context.ask(decision), Refuse):
        await context.hand_over(decision.reason_zh, question=event.text)
