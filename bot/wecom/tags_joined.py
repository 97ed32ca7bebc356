"""What keeps tags in step with WeCom, joined."""

from bot.ground import Ground
from bot.scheduler import Sweep, every
from bot.store.channels.taggings import Taggings
from bot.store.customers.corp_tags import CorpTags
from bot.wecom.contact_lists import ContactLists
from bot.wecom.tag_sync import TagSync
from bot.wecom.tag_telling import TagTelling
from bot.wecom.tagging import Tagging


def open_tags(ground: Ground, tagging: Tagging) -> list[Sweep]:
    """Sweeps: the catalogue first, then the tags that customers got here."""
    lists, database, clock = ContactLists(ground.client), ground.database, ground.clock
    sync = TagSync(
        lists, ground.desk.customer_book, CorpTags(database), ground.journal, ground.customers,
        clock,
    )  # fmt: skip
    telling = TagTelling(lists, tagging, Taggings(database), clock, make=sync.make)
    return [
        every(5, "tags.catalogue", sync.sweep),
        every(86_400, "tags.catalogue.daily", sync.take_up),
        every(5, "tags", telling.sweep),
    ]
