"""Tags that customers get for what just happened."""

from bot.channels.book import ChannelBook
from bot.events import CustomerAdded, CustomerMissed, Event
from bot.store.channels.taggings import Why, given_by
from bot.store.touch.statements import TouchRows


def tags_of(event: Event, book: ChannelBook) -> TouchRows | None:
    """The tags of the channel whose code somebody used."""
    if not isinstance(event, (CustomerAdded, CustomerMissed)):
        return None
    channel = book.of(event.state)
    if channel is None or not channel.tags:
        return None
    why = Why(
        rule=f"channel:{channel.state}", zh=f"扫「{channel.title}」的码加的",
        en=f"came by the code “{channel.title}”",
    )  # fmt: skip
    return given_by(event.customer, channel.tags, why, event.at.timestamp(), event.member)
