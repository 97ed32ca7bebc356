"""A question: the right script, a short menu, or a person."""

from collections.abc import Iterable

from bot import Channel, Context, MessageReceived, Refuse, Router, has_text

router = Router("faq")
FALLBACK = "system/fallback"
LEFT = "system/left_bot"


@router.on(MessageReceived, has_text)
async def answer(event: MessageReceived, context: Context) -> None:
    if context.staffed:
        context.leave_to_staff()
        return
    clicked = event.menu_id if event.menu_id in context.library else context.chosen(event.text)
    if clicked:
        context.learn(clicked)
        await say(event, context, clicked)
        return
    decision = context.decide(event.text)
    replied = context.replies(event.text, decision)
    # 领口开线了, after it was asked what is wrong: no complaint but what was asked for
    sounds = "" if replied and decision.sounds == "complaint" else decision.sounds
    context.consent.heed(sounds, event.text)
    why = decision.reason_zh.partition("：")[0]  # the figures are for `huashu why`
    scripts = decision.scripts
    # 衣服破了个洞, after the pictures of it were asked for: they are not asked for once more
    told = scripts == (context.said,) and replied
    if scripts and not told:
        await say_all(event, context, in_order(scripts, context), decision.left)
    elif sounds:  # no menu for somebody who is cross
        await context.hand_over(why, question=event.text)
    elif meant := context.meant(decision):
        await say(event, context, meant)
    elif context.declined(event.text):
        await context.hand_over("菜单里没有客户要问的", question=context.asked or event.text)
    elif decision.band == "silent":
        await be_polite(context, decision.courtesy, decision.reason_en)
    elif context.expects_person and not (
        decision.band == "ask" and decision.leads_on(context.said)
    ):
        await context.hand_over("客户回复了我们要的信息" if replied else why, question=event.text)
    elif decision.courtesy and not goes_on(decision.courtesy, event, context):
        await say(event, context, context.own(decision.courtesy))
    elif decision.band == "handover" or isinstance(await context.ask(decision), Refuse):
        await context.hand_over(why, question=event.text)


async def say(event: MessageReceived, context: Context, script: str, *more: str) -> None:
    """Say it, or let a person answer if it may not be said now."""
    verdict = await context.say(script, *more, question=event.text)
    if isinstance(verdict, Refuse):
        await context.hand_over(verdict.zh, question=event.text)


async def say_all(
    event: MessageReceived, context: Context, scripts: list[str], left: tuple[str, ...]
) -> None:
    """Say what is sure; for what is left of the message offer a menu, or call a person."""
    if not left:
        await say(event, context, *scripts)
        return
    words = "」「".join(left)
    told = event.channel is Channel.BOT and LEFT in context.library  # it answers only once
    more = [*scripts, LEFT] if told else scripts
    verdict = await context.say(*more, question=event.text, words=words)
    if isinstance(verdict, Refuse):
        await context.hand_over(verdict.zh, question=event.text)
    elif len(left) > 1 or isinstance(await context.ask_left(left[0]), Refuse):
        await context.hand_over("客户问了几件事，这件没答", question=words, left=words, told=told)


async def be_polite(context: Context, script: str, why: str) -> None:
    """A word for thanks and goodbyes, if the company has one; never call a person for that."""
    may = script in context.library and not context.expects_person
    if not may or isinstance(await context.say(script), Refuse):
        context.keep_silent(why)


def in_order(scripts: Iterable[str], context: Context) -> list[str]:
    """In the order of the questions, but one that asks back comes last: it is answered next."""
    return sorted(scripts, key=lambda one: context.library[one].then == "person")


def goes_on(courtesy: str, event: MessageReceived, context: Context) -> bool:
    """Whether a customer chats on after being told that we do not chat. Colleagues may."""
    return event.channel is Channel.KF and courtesy == context.said == FALLBACK
