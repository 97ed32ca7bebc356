"""A question: the right script, a short menu, or a person."""

from bot import Context, MessageReceived, Refuse, Router, has_text

router = Router("faq")


@router.on(MessageReceived, has_text)
async def answer(event: MessageReceived, context: Context) -> None:
    if context.staffed:
        context.keep_silent("a person is serving")
        return
    if event.menu_id in context.library:
        await say(event.menu_id, event, context)
        return
    decision = context.decide(event.text)
    if decision.match is not None:
        await say(decision.match.script_id, event, context)
    elif decision.band == "silent":
        context.keep_silent(decision.reason_en)
    elif decision.band == "handover" or isinstance(await context.ask(decision), Refuse):
        await context.hand_over(decision.reason_zh, question=event.text)


async def say(script: str, event: MessageReceived, context: Context) -> None:
    """Say it, or let a person answer if it may not be said now."""
    verdict = await context.say(script, question=event.text)
    if isinstance(verdict, Refuse):
        await context.hand_over(verdict.zh, question=event.text)
