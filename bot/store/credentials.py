"""Access tokens in the database, so that a restart does not fetch them again."""

from bot.store.models import CredentialRow


class Credentials:
    async def load(self, key: str) -> tuple[str, float] | None:
        row = await CredentialRow.get_or_none(key=key)
        return (row.token, row.expires_at) if row else None

    async def save(self, key: str, token: str, expires_at: float) -> None:
        values = {"token": token, "expires_at": expires_at}
        await CredentialRow.update_or_create(defaults=values, key=key)
