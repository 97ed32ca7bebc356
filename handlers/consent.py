"""Whoever wants no more of our messages gets none, and whoever complains gets none for a while.

A middleware, since that holds whatever else the message says and whoever answers it.
"""

from collections.abc import Awaitable, Callable

from bot import Channel, Context, Event, MessageReceived


async def mind(event: Event, context: Context, proceed: Callable[[], Awaitable[bool]]) -> bool:
    if not isinstance(event, MessageReceived) or event.channel is not Channel.KF:
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
