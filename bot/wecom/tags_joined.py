"""What keeps tags in step with WeCom, joined."""

from bot.clock import Clock
from bot.customers import Customers
from bot.desk import Desk
from bot.scheduler import Sweep, every
from bot.store.channels.taggings import Taggings
from bot.store.customers.corp_tags import CorpTags
from bot.store.journal import Journal
from bot.store.sql import Database
from bot.wecom.client import WeComClient
from bot.wecom.contact_lists import ContactLists
from bot.wecom.tag_sync import TagSync
from bot.wecom.tag_telling import TagTelling
from bot.wecom.tagging import Tagging


def open_tags(
    desk: Desk, client: WeComClient, tagging: Tagging, database: Database, journal: Journal,
    customers: Customers, clock: Clock,
) -> list[Sweep]:  # fmt: skip
    """Sweeps: the catalogue first, then the tags that customers got here."""
    lists = ContactLists(client)
    sync = TagSync(lists, desk.customer_book, CorpTags(database), journal, customers, clock)
    telling = TagTelling(lists, tagging, Taggings(database), clock, make=sync.make)
    return [
        every(5, "tags.catalogue", sync.sweep),
        every(86_400, "tags.catalogue.daily", sync.take_up),
        every(5, "tags", telling.sweep),
    ]
