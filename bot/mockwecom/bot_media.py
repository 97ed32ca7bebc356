"""A smart bot's files: encrypted downloads (doc 100719) and uploads in chunks (doc 101463)."""

import base64
import binascii
import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bot.mockwecom.access import Frequency
from bot.mockwecom.rules import HOUR_S, Refusal
from bot.mockwecom.shapes import Number, Shape, Text, read_fields
from bot.wecom.crypto import Envelope

if TYPE_CHECKING:
    from bot.mockwecom.corp import MockCorp

LARGEST = {
    "image": "bot_upload_image_bytes",
    "voice": "media_voice_bytes",
    "video": "media_video_bytes",
    "file": "media_file_bytes",
}
SMALLEST = 5  # bytes
INIT: dict[str, Shape] = {
    "type!": Text(empty=False, code=40005),
    "filename!": Text(most=256, empty=False),
    "total_size!": Number(),
    "total_chunks!": Number(),
    "md5": Text(pattern="[0-9a-fA-F]{32}"),
}
CHUNK: dict[str, Shape] = {
    "upload_id!": Text(),
    "chunk_index!": Number(),
    "base64_data!": Text(empty=False),
}
FINISH: dict[str, Shape] = {"upload_id!": Text()}


def key_for(secret: str) -> str:
    """Each file's own aeskey, in the form of an EncodingAESKey."""
    return base64.b64encode(hashlib.sha256(secret.encode()).digest()).decode().rstrip("=")


@dataclass(slots=True, kw_only=True)
class Upload:
    kind: str
    size: int
    chunk_count: int
    md5: str
    started_at: float
    chunks: dict[int, bytes] = field(default_factory=dict)


class BotMedia:
    def __init__(self, corp: "MockCorp") -> None:
        self._corp = corp
        self._downloads: dict[str, tuple[bytes, float]] = {}
        self._uploads: dict[str, Upload] = {}
        self._uploaded: dict[str, tuple[str, float]] = {}  # media_id → kind, expires_at
        self._frequency = Frequency()

    # Downloads

    def offer(self, content: bytes, envelope: Envelope) -> str:
        """Encrypt `content` without framing; returns the name by which one fetches it."""
        name = self._corp.new_id("", 40)
        expires_at = self._corp.timestamp() + self._corp.rules["bot_media_url_s"]
        self._downloads[name] = envelope.encrypt(content), expires_at
        return name

    def fetch(self, name: str) -> bytes | None:
        """The encrypted file; None: unknown, or its five minutes are over."""
        sealed, expires_at = self._downloads.get(name, (b"", 0.0))
        return sealed if self._corp.timestamp() <= expires_at else None

    # Uploads: each step raises the Refusal that it is answered with

    def start_upload(self, body: object) -> dict[str, Any]:
        fields = read_fields(body, INIT)
        rules, now = self._corp.rules, self._corp.timestamp()
        if fields["type"] not in LARGEST:
            raise Refusal(40005)
        within = [
            self._frequency.within(now, rules[name], span_s, name)
            for name, span_s in (("bot_uploads_per_minute", 60), ("bot_uploads_per_hour", HOUR_S))
        ]
        if not all(within):
            raise Refusal(45009)
        rules.hold(LARGEST[fields["type"]], fields["total_size"])
        rules.hold("bot_upload_chunks", fields["total_chunks"])
        if fields["total_size"] < SMALLEST or fields["total_chunks"] < 1:
            raise Refusal(40058, f"total_size is {SMALLEST} at least and total_chunks 1")
        upload_id = self._corp.new_id("", 40)
        self._uploads[upload_id] = Upload(
            kind=fields["type"],
            size=fields["total_size"],
            chunk_count=fields["total_chunks"],
            md5=fields.get("md5", ""),
            started_at=now,
        )
        return {"upload_id": upload_id}

    def take_chunk(self, body: object) -> dict[str, Any]:
        """Take a chunk, in any order; the same one again changes nothing."""
        fields = read_fields(body, CHUNK)
        upload, index = self._upload(fields["upload_id"]), fields["chunk_index"]
        if index not in range(upload.chunk_count):
            raise Refusal(40058, f"chunk_index counts from 0 to {upload.chunk_count - 1}")
        try:
            data = base64.b64decode(fields["base64_data"], validate=True)
        except binascii.Error as error:
            raise Refusal(40058, "base64_data is not base64") from error
        self._corp.rules.hold("bot_upload_chunk_bytes", len(data))
        upload.chunks.setdefault(index, data)
        return {}

    def finish_upload(self, body: object) -> dict[str, Any]:
        upload_id = read_fields(body, FINISH)["upload_id"]
        upload = self._upload(upload_id)
        if len(upload.chunks) < upload.chunk_count:
            raise Refusal(40058, f"{upload.chunk_count - len(upload.chunks)} chunks are missing")
        content = b"".join(upload.chunks[index] for index in range(upload.chunk_count))
        if len(content) != upload.size:
            raise Refusal(40058, f"total_size is {upload.size}, {len(content)} bytes came")
        if upload.md5 and hashlib.md5(content).hexdigest() != upload.md5.lower():
            raise Refusal(40058, "md5 is of other bytes")
        del self._uploads[upload_id]
        now, media_id = self._corp.timestamp(), self._corp.new_id("", 64)
        self._uploaded[media_id] = upload.kind, now + self._corp.rules["media_s"]
        return {"type": upload.kind, "media_id": media_id, "created_at": str(int(now))}

    def check_uploaded(self, media_id: str, kind: str) -> None:
        """Raises Refusal 40007 for media that is unknown, expired or of another kind."""
        known, expires_at = self._uploaded.get(media_id, ("", 0.0))
        if known != kind or self._corp.timestamp() > expires_at:
            raise Refusal(40007)

    def _upload(self, upload_id: str) -> Upload:
        upload = self._uploads.get(upload_id)
        ends_after = self._corp.rules["bot_upload_s"]
        if upload is None or self._corp.timestamp() > upload.started_at + ends_after:
            raise Refusal(40058, "upload_id is unknown or its half hour is over")
        return upload
