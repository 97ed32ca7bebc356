"""Who speaks with which words, in memory; read again soon after stores have changed."""

from asyncio import Lock
from dataclasses import replace

from bot.members.userids import folded
from bot.store.stores.stores import StoreTable
from bot.stores.store import NO_VOICE, Store, Voice, values_of


class Voices:
    """Three thousand stores with their members take a few megabytes."""

    def __init__(self) -> None:
        self._stores: dict[str, Voice] = {}
        self._members: dict[str, Voice] = {}
        self._stamp: tuple[float, ...] = ()
        self._reading = Lock()  # else an earlier reading may be put in force last

    def __len__(self) -> int:
        """How many stores there are."""
        return len(self._stores)

    async def refresh(self, table: StoreTable) -> None:
        """Read them, if they have changed."""
        async with self._reading:
            stamp = await table.stamp()
            if stamp != self._stamp:
                self.take(await table.all())
                self._stamp = stamp

    def take(self, stores: list[Store]) -> None:
        """These, and no others."""
        self._stores, self._members = {}, {}
        for store in stores:
            voice = Voice(store=store.id, values=values_of(store), persona=store.persona)
            self._stores[store.id] = voice
            for member, persona in store.members.items():
                own = replace(voice, persona=persona) if persona else voice
                self._members[folded(member)] = own

    def of(self, member: str, customer: str = "", store: str = "") -> Voice:
        """The voice of who speaks; else of who serves the customer; else of the store in their
        profile.

        Args:
            member: speaks; "" = nobody by name.
            customer: the member who serves them.
            store: id, by their profile.
        """
        for one in (member, customer):
            if one and (voice := self._members.get(folded(one))):
                return voice
        return self._stores.get(store, NO_VOICE)
