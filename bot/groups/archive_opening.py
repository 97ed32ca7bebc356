"""The message archive (会话内容存档) as the settings want it."""

from bot.clock import Clock
from bot.groups.archive import ArchiveReader
from bot.inbox import Inbox
from bot.settings import Settings
from bot.store.journal import Journal
from bot.store.sql import Database
from bot.wecom.archive import HttpSource, Keys
from bot.wecom.archive_sdk import NativeSource
from bot.wecom.client import WeComClient


def open_archive(
    settings: Settings, client: WeComClient, database: Database, journal: Journal,
    inbox: Inbox, clock: Clock,
) -> ArchiveReader:  # fmt: skip
    """
    Raises:
        ConfigError: the SDK or the keys of the message archive cannot be used.
    """
    archive = settings.archive
    assert archive is not None
    secret, source = archive.secret.reveal(), None
    if archive.source == "http":
        source = HttpSource(archive.url, secret, settings.wecom.timeout_s)
    native = settings.root / archive.library
    return ArchiveReader(
        source
        or NativeSource(native, settings.wecom.corp_id, secret, settings.wecom.proxy),
        Keys(settings.root / archive.keys),
        client=client, database=database, journal=journal, inbox=inbox, clock=clock,
        limit=archive.limit, stale_s=settings.inbox.stale_after_s,
    )  # fmt: skip
