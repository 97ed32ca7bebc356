"""How a customer came, in words: the state of a code as the channel or campaign that it is."""

from bot.store.referral_models import OWN_CODES
from bot.web.visit import Visit


def came_by(visit: Visit, state: str) -> str:
    """`state` itself where it is none that we know."""
    desk = visit.office.desk
    if channel := desk.channel_book.channels.get(state):
        return channel.title
    campaign = state.removeprefix(OWN_CODES).rpartition("-")[0]
    if state.startswith(OWN_CODES) and (found := desk.referral_book.campaigns.get(campaign)):
        return found.title
    return state
