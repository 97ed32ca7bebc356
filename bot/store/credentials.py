"""Access tokens in the database, so that a restart does not fetch them again."""

from bot.store.models import CredentialRow


class Credentials:
    async def load(self, key: str) -> tuple[str, float] | None:
        row = await CredentialRow.get_or_none(key=key)
        return (row.token, row.expires_at) if row else None

    async def save(self, key: str, token: str, expires_at: float) -> None:
        values = {"token": token, "expires_at": expires_at}
        await CredentialRow.update_or_create(defaults=values, key=key)

    async def first(self, key: str, token: str, expires_at: float) -> str:
        """What is kept; if nothing was, `token`: of two who begin at once, one wins."""
        values = {"token": token, "expires_at": expires_at}
        row, _ = await CredentialRow.get_or_create(defaults=values, key=key)
        return row.token

    async def use_up(self, key: str, token: str, now: float) -> bool:
        """Use up `token`; returns whether it was kept and still valid. Of two at once, one
        succeeds."""
        kept = CredentialRow.filter(key=key, token=token, expires_at__gt=now)
        return bool(await kept.update(token="", expires_at=0.0))
