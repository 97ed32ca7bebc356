"""A customer was sent the script that promises their own code: note that they are to get it."""

from collections.abc import Iterable
from datetime import date

from bot.events import Channel, Event, MessageReceived
from bot.outbox import Message
from bot.referral.book import ReferralBook
from bot.store.touch.statements import TouchRows, TouchStatement


def wish_of(
    event: Event, messages: Iterable[Message], book: ReferralBook, day: date
) -> TouchRows | None:
    """
    Args:
        messages: that answer `event`.
        day: today, in the company's zone.
    """
    if not (book.campaigns and isinstance(event, MessageReceived)):
        return None
    if event.channel is not Channel.KF:
        return None
    campaign = book.asked({message.script for message in messages}, day)
    if campaign is None:
        return None
    at = event.at.timestamp()
    row = (event.id, event.sender, event.account, event.conversation, campaign, at)
    return {TouchStatement.PUT_WISHES: [row]}
