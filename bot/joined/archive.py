"""Joins the message archive, through which the bot hears groups.

Companies without one do not import this: the code for RSA keys would stay in each engine's memory.
"""

from bot.groups.archive import ArchiveReader
from bot.joined.ground import Ground
from bot.settings import Archive, Settings
from bot.wecom.archive import HttpSource, Keys, Source
from bot.wecom.archive_sdk import NativeSource


def open_archive(ground: Ground, archive: Archive) -> ArchiveReader:
    """
    Raises:
        ConfigError: the SDK or the keys of the message archive cannot be used.
    """
    source, keys = source_and_keys(ground.settings, archive)
    return ArchiveReader(
        source, keys, client=ground.client, database=ground.database, journal=ground.journal,
        inbox=ground.inbox, clock=ground.clock, limit=archive.limit,
        stale_s=ground.settings.inbox.stale_after_s,
    )  # fmt: skip


def source_and_keys(settings: Settings, archive: Archive) -> tuple[Source, Keys]:
    """
    Raises:
        ConfigError: they cannot be used.
    """
    secret = archive.secret.reveal()
    source: Source
    if archive.source == "http":
        source = HttpSource(archive.url, secret, settings.wecom.timeout_s)
    else:
        native = settings.root / archive.library
        source = NativeSource(native, settings.wecom.corp_id, secret, settings.wecom.proxy)
    return source, Keys(settings.root / archive.keys)
