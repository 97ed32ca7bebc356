"""How a customer came, in words: the state of a code as the channel or campaign that it is."""

from bot.web.visit import Visit


def came_by(visit: Visit, state: str) -> str:
    """ "" for none; a code that no file names is told as that."""
    channel = visit.office.desk.channel_book.of(state)
    if channel or not state:
        return channel.title if channel else ""
    return visit.t(f"没登记的码 {state}", f"a code of no channel, {state}")
