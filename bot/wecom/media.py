"""Uploads files of scripts_library/ to WeCom: a media_id lives for 3 days (doc 90253)."""

import asyncio
import logging
from collections.abc import Collection
from dataclasses import asdict, dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path

from bot.clock import Clock
from bot.errors import NoAnswer, Refused, WeComError
from bot.scripts.files import kind_of
from bot.store.models import MediaRow
from bot.wecom.client import WeComClient
from bot.wecom.under_way import UnderWay

log = logging.getLogger(__name__)

LIVES_S = 3 * 86_400.0
RENEW_S = 2.5 * 86_400.0  # leaves half a day of hourly attempts
_API = "media/upload"


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    media_id: str
    digest: str
    uploaded_at: float


class Media:
    """A shelf of media_ids, by the path of their file.

    `library` is the folder that paths are relative to.
    """

    def __init__(self, library: Path, client: WeComClient, clock: Clock) -> None:
        self._library = library
        self._client, self._clock = client, clock
        self._files: list[str] = []
        self._shelf: dict[str, Upload] = {}
        self._digests: dict[str, tuple[tuple[int, int], str]] = {}  # path → (mtime, size), digest
        self._under_way = UnderWay[str](_API)
        self._missed = asyncio.Event()

    async def load(self) -> None:
        """Load what an earlier run has uploaded."""
        for row in await MediaRow.all():
            self._shelf[row.path] = Upload(
                media_id=row.media_id, digest=row.digest, uploaded_at=row.uploaded_at
            )

    def look_after(self, files: Collection[str]) -> None:
        """From now on keep these files fresh at WeCom, and no others."""
        self._files = sorted(files)
        self._missed.set()

    async def run(self) -> None:
        """Upload what is missing: now, and whenever somebody asks for a media_id in vain."""
        while True:
            self._missed.clear()
            await self.keep_fresh()
            await self._missed.wait()

    def media_id(self, path: str) -> str:
        """The media_id on the shelf; "" = none yet, and it is uploaded soon. Never waits."""
        held = self._shelf.get(path)
        if held is not None and self._clock.timestamp() < held.uploaded_at + LIVES_S:
            return held.media_id
        self._missed.set()
        return ""

    def forget(self, path: str, media_id: str) -> None:
        """WeCom does not know this media_id any more; a newer one stays."""
        held = self._shelf.get(path)
        if held is not None and held.media_id == media_id:
            del self._shelf[path]
        self._missed.set()

    async def keep_fresh(self) -> None:
        """Upload what is missing, changed or old; for a sweep. A failure is only logged."""
        for path in self._files:
            try:
                await self.ensure(path)
            except WeComError as error:
                _warn(path, error)

    async def ensure(self, path: str) -> str:
        """The media_id of the file as it is now; simultaneous callers share one upload.

        Raises:
            WeComError: there is none and none can be had. Nothing was said to anybody.
        """
        return await self._under_way.once(path, partial(self._renewed, path))

    async def _renewed(self, path: str) -> str:
        try:
            return await self._renew(path)
        except OSError as error:
            problem = f"{path} cannot be read: {error.strerror}"
            raise Refused(-2, problem, _API, alert=True) from error

    async def _renew(self, path: str) -> str:
        digest = await asyncio.to_thread(self._digest, path)
        held = self._shelf.get(path)
        if held is None or held.digest != digest:
            return await self._upload(path, digest)
        age_s = self._clock.timestamp() - held.uploaded_at
        if age_s < RENEW_S:
            return held.media_id
        try:
            return await self._upload(path, digest)
        except WeComError as error:
            if age_s >= LIVES_S:
                raise
            _warn(path, error)
            return held.media_id

    def _digest(self, path: str) -> str:
        """Of the file as it is now; it is read only if its date or its size has changed."""
        file = self._library / path
        status = file.stat()
        stamp, known = (status.st_mtime_ns, status.st_size), self._digests.get(path)
        if known is None or known[0] != stamp:
            known = self._digests[path] = stamp, sha256(file.read_bytes()).hexdigest()
        return known[1]

    async def _upload(self, path: str, digest: str) -> str:
        now = self._clock.timestamp()
        file = self._library / path
        content = await asyncio.to_thread(file.read_bytes)
        try:
            media_id = await self._client.upload_media(kind_of(path), file.name, content)
        except NoAnswer as error:  # it may be there; but no message has gone out
            raise NoAnswer(error.errmsg, _API, sent=False) from error
        if not media_id:
            raise NoAnswer("the answer holds no media_id", _API, sent=False)
        upload = Upload(media_id=media_id, digest=digest, uploaded_at=now)
        self._shelf[path] = upload
        await MediaRow.update_or_create(defaults=asdict(upload), path=path)
        log.info("uploaded", extra={"action": "media.upload", "path": path})
        return media_id


def _warn(path: str, error: WeComError) -> None:
    log.warning(
        "not uploaded: %s",
        error,
        extra={"action": "media.upload", "path": path, "errcode": error.errcode},
    )
