"""A question: the right script, a short menu, or a person."""

from bot import Context, MessageReceived, Refuse, Router, has_text

router = Router("faq")


@router.on(MessageReceived, has_text)
async def answer(event: MessageReceived, context: Context) -> None:
    if context.staffed:
        context.leave_to_staff()
        return
    clicked = event.menu_id if event.menu_id in context.library else context.chosen(event.text)
    if clicked:
        context.learn(clicked)
        await say(clicked, event, context)
        return
    decision = context.decide(event.text)
    why = decision.reason_zh.partition("：")[0]  # the figures are for `huashu why`
    if decision.match is not None:
        await say(decision.match.script_id, event, context)
    elif meant := context.meant(decision):
        await say(meant, event, context)
    elif decision.band == "silent":
        context.keep_silent(decision.reason_en)
    elif context.expects_person:
        await context.hand_over("客户回复了我们要的信息", question=event.text)
    elif decision.band == "handover" or isinstance(await context.ask(decision), Refuse):
        await context.hand_over(why, question=event.text)


async def say(script: str, event: MessageReceived, context: Context) -> None:
    """Say it, or let a person answer if it may not be said now."""
    verdict = await context.say(script, question=event.text)
    if isinstance(verdict, Refuse):
        await context.hand_over(verdict.zh, question=event.text)
