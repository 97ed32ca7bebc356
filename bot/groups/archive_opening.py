"""The message archive (会话内容存档) as the settings want it."""

from bot.ground import Ground
from bot.groups.archive import ArchiveReader
from bot.settings import Archive
from bot.wecom.archive import HttpSource, Keys
from bot.wecom.archive_sdk import NativeSource


def open_archive(ground: Ground, archive: Archive) -> ArchiveReader:
    """
    Raises:
        ConfigError: the SDK or the keys of the message archive cannot be used.
    """
    settings, secret, source = ground.settings, archive.secret.reveal(), None
    if archive.source == "http":
        source = HttpSource(archive.url, secret, settings.wecom.timeout_s)
    native = settings.root / archive.library
    return ArchiveReader(
        source
        or NativeSource(native, settings.wecom.corp_id, secret, settings.wecom.proxy),
        Keys(settings.root / archive.keys),
        client=ground.client, database=ground.database, journal=ground.journal,
        inbox=ground.inbox, clock=ground.clock,
        limit=archive.limit, stale_s=settings.inbox.stale_after_s,
    )  # fmt: skip
