"""Ready-made filters for `Router.on`."""

from collections.abc import Callable

from bot.events import Channel, MessageReceived
from bot.routing import fold


class Texts:
    """Exactly one of these texts, ignoring case and surrounding space.

    The router looks them up, so thousands cost no more than one.
    """

    def __init__(self, *texts: str) -> None:
        self.texts = frozenset(fold(text) for text in texts)

    def __call__(self, event: MessageReceived, /) -> bool:
        return fold(event.text) in self.texts


def on_channel(*channels: Channel) -> Callable[[MessageReceived], bool]:
    """
    Raises:
        ValueError: there is no such channel.
    """
    wanted = frozenset(map(Channel, channels))
    return lambda event: event.channel in wanted


def has_text(event: MessageReceived) -> bool:
    return bool(event.text.strip())


def in_group(event: MessageReceived) -> bool:
    return bool(event.chat_id)
