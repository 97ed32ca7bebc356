"""Temporary media (临时素材), doc 90253: valid for three days, for every app of the corp."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bot.mockwecom.endpoint import Answer, Endpoint, Request
from bot.mockwecom.rules import RULES, Refusal

if TYPE_CHECKING:
    from bot.mockwecom.corp import MockCorp

KINDS = ("image", "voice", "video", "file")


@dataclass(frozen=True, slots=True, kw_only=True)
class Medium:
    kind: str
    filename: str
    content: bytes
    expires_at: float
    attached: bool = False  # uploaded by upload_attachment, a class of its own


class Media:
    def __init__(self, corp: "MockCorp") -> None:
        self._corp = corp
        self._stored: dict[str, Medium] = {}

    def reset(self) -> None:
        self._stored.clear()

    def endpoints(self) -> dict[str, Endpoint]:
        empty = {"type": "", "media_id": "", "created_at": ""}
        return {
            "media/upload": Endpoint(
                answer=self._upload, query=frozenset({"type"}), uploads=True, empty=empty
            ),
            "media/upload_attachment": Endpoint(
                answer=self._upload_attachment,
                query=frozenset({"media_type", "attachment_type"}),
                uploads=True,
                empty={"type": "", "media_id": "", "created_at": 0},
            ),
        }

    async def _upload_attachment(self, request: Request) -> Answer:
        """Images and videos for moments, attachment_type 1 (doc 95098)."""
        kind, upload = request.query.get("media_type", ""), request.upload
        if request.query.get("attachment_type") != "1":
            raise Refusal(40058, "attachment_type is not 1")
        if kind not in ("image", "video"):
            raise Refusal(40005)
        if upload is None or not upload.content:
            raise Refusal(44001)
        self._corp.rules.hold(f"attachment_{kind}_bytes", len(upload.content))
        media_id = self.store(kind, upload.filename, upload.content, attached=True)
        return {"type": kind, "media_id": media_id, "created_at": self._corp.seconds()}

    def find_attachment(self, media_id: str, kind: str) -> None:
        """Raises the Refusal 41072 for media from media/upload, else as `find` does."""
        if not self.known(media_id, kind).attached:
            raise Refusal(41072)

    async def _upload(self, request: Request) -> Answer:
        kind, upload = request.query.get("type", ""), request.upload
        if kind not in KINDS:
            raise Refusal(40005)
        if upload is None or not upload.content:
            raise Refusal(44001)
        if len(upload.content) < self._corp.rules["media_min_bytes"]:
            raise Refusal(RULES["media_min_bytes"].errcode, "the file has 5 bytes or less")
        self._corp.rules.hold(f"media_{kind}_bytes", len(upload.content))
        media_id = self.store(kind, upload.filename, upload.content)
        # A string here, although upload_attachment sends a number.
        return {"type": kind, "media_id": media_id, "created_at": str(self._corp.seconds())}

    def store(self, kind: str, filename: str, content: bytes, *, attached: bool = False) -> str:
        media_id = self._corp.new_id("", 44)
        expires_at = self._corp.timestamp() + self._corp.rules["media_s"]
        self._stored[media_id] = Medium(
            kind=kind, filename=filename, content=content, expires_at=expires_at,
            attached=attached,
        )  # fmt: skip
        return media_id

    def find(self, media_id: Any, kind: str = "") -> Medium:
        """Raises the Refusal 40007 for an unknown, expired or attached one, or of another kind."""
        medium = self.known(media_id, kind)
        if medium.attached:
            raise Refusal(40007, "invalid media_id: it came by upload_attachment")
        return medium

    def known(self, media_id: Any, kind: str = "") -> Medium:
        """The medium, whichever way it was uploaded."""
        medium = self._stored.get(media_id) if isinstance(media_id, str) else None
        if medium is None or self._corp.timestamp() >= medium.expires_at:
            raise Refusal(40007)
        if kind and medium.kind != kind:
            raise Refusal(40007, f"invalid media_id: this is a {medium.kind}, not a {kind}")
        return medium
