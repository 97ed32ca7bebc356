"""Notices of who joined a group, and the welcome material (入群欢迎语素材) that WeCom has from us.

Who joined is marked "new" until a notice with an id of its own gathers them; only then its event
is put into the inbox. If the program ends in between, the same notice is put again, by its id.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b

from bot.store.sql import Queries

READY = """
    SELECT chat_id, min(joined_at) AS first, min(userid) AS who FROM chat_group_member
    WHERE news = 'new' GROUP BY chat_id HAVING min(joined_at) <= $1 ORDER BY chat_id LIMIT 500"""
GATHER = """
    UPDATE chat_group_member SET news = $1 WHERE chat_id = $2 AND news = 'new'"""
GATHERED = """
    SELECT m.news, m.chat_id, m.userid, m.name, m.joined_at, g.name AS chat, g.owner, g.kind,
           g.off_at
    FROM chat_group_member AS m JOIN chat_group AS g ON g.chat_id = m.chat_id
    WHERE m.news <> '' AND m.news <> 'new' ORDER BY m.news, m.joined_at, m.userid LIMIT 5000"""
TOLD = "UPDATE chat_group_member SET news = '' WHERE news = $1"
MATERIAL = "SELECT id, template_id, digest FROM group_welcome"
PUT_MATERIAL = """
    INSERT INTO group_welcome (id, template_id, digest, at) VALUES ($1, $2, $3, $4)
    ON CONFLICT (id) DO UPDATE SET
        template_id = excluded.template_id, digest = excluded.digest, at = excluded.at"""
DROP_MATERIAL = "DELETE FROM group_welcome WHERE id = $1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """People who joined one group within a short while."""

    id: str
    chat_id: str
    name: str  # of the group
    owner: str
    kind: str
    off: bool  # the bot is switched off in it
    people: tuple[tuple[str, str], ...]  # external_userid and name, in order of joining


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    template_id: str  # "" = it was asked for, and no answer was kept
    digest: str


class GroupNews(Queries):
    async def gather(self, before: float) -> None:
        """Gather a notice for each group in which somebody who joined before that moment (Unix
        seconds) still waits."""
        for row in await self._database.rows(READY, before):
            told = f"{row['chat_id']} {row['first']} {row['who']}".encode()
            notice = blake2b(told, digest_size=16).hexdigest()
            await self._database.rows(GATHER, notice, row["chat_id"])

    async def notices(self) -> list[Notice]:
        """The notices that were gathered and not noted as told."""
        found: dict[str, Notice] = {}
        for row in await self._database.rows(GATHERED):
            one = found.get(row["news"])
            people = (*(one.people if one else ()), (row["userid"], row["name"]))
            found[row["news"]] = Notice(
                id=row["news"], chat_id=row["chat_id"], name=row["chat"], owner=row["owner"],
                kind=row["kind"], off=row["off_at"] is not None, people=people,
            )  # fmt: skip
        return list(found.values())

    async def told(self, notice: str) -> None:
        await self._database.rows(TOLD, notice)

    async def material(self) -> Mapping[str, Material]:
        """The welcome material that WeCom has, by its name in config/groups.toml."""
        return {
            row["id"]: Material(template_id=row["template_id"], digest=row["digest"])
            for row in await self._database.rows(MATERIAL)
        }

    async def put_material(self, key: str, material: Material, at: float) -> None:
        await self._database.rows(PUT_MATERIAL, key, material.template_id, material.digest, at)

    async def drop_material(self, key: str) -> None:
        await self._database.rows(DROP_MATERIAL, key)
