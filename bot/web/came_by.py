"""How a customer came, in words: the state of a code as the channel or campaign that it is."""

from bot.web.visit import Visit


def came_by(visit: Visit, state: str) -> str:
    """`state` itself where it is none that we know."""
    channel = visit.office.desk.channel_book.of(state)
    return channel.title if channel else state
