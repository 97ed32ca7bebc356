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
    if context.staffed:
        context.leave_to_staff()
    elif consent.opted_out == (wish == "out"):
        context.keep_silent("confirmed before")
    else:
        await context.say("system/opted_out" if wish == "out" else "system/opted_in")
    return True
