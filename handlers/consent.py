"""Whoever wants no more of our messages gets none, and whoever complains gets none for a while.

A middleware, since that holds whatever else the message says and whoever answers it: in
customer service, where we answer, and in the chats of members, which only the message archive
(会话内容存档) tells.
"""

from collections.abc import Awaitable, Callable

from bot import Channel, Context, Event, MessageReceived, Router, on_channel

router = Router("consent")


async def mind(event: Event, context: Context, proceed: Callable[[], Awaitable[bool]]) -> bool:
    if not isinstance(event, MessageReceived):
        return await proceed()
    if event.channel is Channel.CONTACT:
        await overhear(event, context)
    if event.channel is not Channel.KF:
        return await proceed()
    consent = context.consent
    wish, complains = consent.wish(event.text), consent.complains(event.text)
    if complains:
        consent.brake("客户投诉", event.text)
    if wish == "out":
        consent.opt_out(event.text)
    elif wish == "in":
        consent.opt_in(event.text)
    if complains or not wish:
        return await proceed()
    asks = consent.asks_besides(event.text)  # 别发广告了 我的退款到哪了: that is answered, too
    if context.staffed:
        context.leave_to_staff()
        return True
    if consent.opted_out != (wish == "out"):
        await context.say("system/opted_out" if wish == "out" else "system/opted_in")
    elif not asks:
        context.keep_silent("confirmed before")
    return not asks or await proceed()


async def overhear(event: MessageReceived, context: Context) -> None:
    """What a customer wrote to their member: a complaint is passed on, and an opt-out is kept,
    since what is planned would go out in this member's name."""
    consent = context.consent
    wish = consent.wish(event.text)
    refuses = wish == "out" or (not wish and consent.sounds(event.text) == "unwanted")
    if refuses:  # also beside a complaint, or once more: either may have been lifted
        consent.opt_out(event.text, sounds=not wish)
    if consent.complains(event.text):
        consent.brake("客户投诉", event.text, told=event.account)
        words = context.words("system/handover_todo", question=event.text, why="客户投诉")
        await context.remind(event.account, words, why="客户投诉", alone=0)
    elif refuses:
        why = "" if wish else "听起来不想再收到消息"
        words = context.words("system/opted_out_notice", question=event.text, why=why)
        context.notify(event.account, words)


@router.on(MessageReceived, on_channel(Channel.CONTACT))
async def leave_alone(event: MessageReceived, context: Context) -> None:
    context.keep_silent("their member is talking with them")
