"""Who uses a browser: kept there in a cookie that only we can make or read."""

import hmac
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import asdict, dataclass, field
from typing import Final

import orjson
from cryptography.fernet import Fernet, InvalidToken

from bot.clock import Clock
from bot.store.credentials import Credentials

COOKIE: Final = "huashu"
LASTS_S: Final = 12 * 3600  # since it was last sealed: a working day
LONGEST_S: Final = 24 * 3600  # since the login: whoever has left the company cannot log in again
_KEY: Final = "web:session"
_ENDED: Final = "web:ended:{}"  # the id of a session whose owner has left
_FOREVER: Final = 4e9
_MASK: Final = 16  # bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """`who` is a userid; "" = not known yet."""

    who: str = ""
    began_at: float = 0.0  # Unix seconds, of the login
    id: str = field(default_factory=lambda: secrets.token_hex(16))
    # On the way to a login: what must come back with it, and where to go then.
    state: str = ""
    to: str = ""


class Seal:
    """Makes cookies and reads them.

    The CSRF token of a session is the HMAC of its id. Each page masks it differently, so that
    compression reveals nothing of it (BREACH).
    """

    def __init__(self, key: str, kept: Credentials, clock: Clock) -> None:
        self._fernet, self._kept, self._clock = Fernet(key), kept, clock
        self._secret = urlsafe_b64decode(key)

    @classmethod
    async def open(cls, kept: Credentials, clock: Clock) -> "Seal":
        """With the stored key, so that a restart logs nobody out, or a new one."""
        key = await kept.first(_KEY, Fernet.generate_key().decode(), _FOREVER)
        return cls(key, kept, clock)

    def begin(self, who: str) -> Session:
        """The session of somebody who has just logged in."""
        return Session(who=who, began_at=self._clock.timestamp())

    async def end(self, session: Session) -> None:
        """End it: whoever has a copy of its cookie is a stranger from now on."""
        await self._kept.save(_ENDED.format(session.id), "", session.began_at + LONGEST_S)

    async def ended(self, session: Session) -> bool:
        return await self._kept.load(_ENDED.format(session.id)) is not None

    def close(self, session: Session) -> str:
        text = orjson.dumps(asdict(session))
        return self._fernet.encrypt_at_time(text, int(self._clock.timestamp())).decode()

    def read(self, cookie: str) -> Session | None:
        """The session; None: the cookie is not ours, or it or the login is too old."""
        try:
            text = self._fernet.decrypt_at_time(
                cookie.encode(), LASTS_S, int(self._clock.timestamp())
            )
        except (InvalidToken, ValueError):
            return None
        session = Session(**orjson.loads(text))
        over = session.who and self._clock.timestamp() >= session.began_at + LONGEST_S
        return None if over else session

    def token(self, session: Session) -> str:
        """The CSRF token, masked."""
        mask = secrets.token_bytes(_MASK)
        hidden = bytes(a ^ b for a, b in zip(self._plain(session), mask, strict=True))
        return urlsafe_b64encode(mask + hidden).decode()

    def fits(self, session: Session, token: str) -> bool:
        try:
            raw = urlsafe_b64decode(token.encode())
        except ValueError:
            return False
        if len(raw) != 2 * _MASK:
            return False
        plain = bytes(a ^ b for a, b in zip(raw[:_MASK], raw[_MASK:], strict=True))
        return hmac.compare_digest(plain, self._plain(session))

    def mark(self, text: str) -> str:
        """A signature that proves that `text` in an address is ours."""
        return hmac.new(self._secret, f"mark {text}".encode(), "sha256").hexdigest()[:32]

    def marked(self, text: str, mark: str) -> bool:
        return hmac.compare_digest(self.mark(text).encode(), mark.encode("utf-8", "replace"))

    def _plain(self, session: Session) -> bytes:
        return hmac.new(self._secret, session.id.encode(), "sha256").digest()[:_MASK]
