"""Keeps a code at WeCom for each channel of the file: made once, and changed as the file is.

A code that may hang printed in a shop is never deleted here. One that was deleted at WeCom, so
that what is printed leads nowhere, is replaced when a person says so. One that WeCom made just
before we went down is found again by its state.
"""

import logging
from collections.abc import Collection
from typing import Final

from bot.channels.book import ChannelBook
from bot.channels.way import digest_of, made
from bot.clock import Clock
from bot.errors import Refused, WeComError
from bot.store.channels.channels import ChannelStore, Code
from bot.wecom.contact_ways import NO_SUCH_WAY, ContactWay, ContactWays
from bot.wecom.errcodes import ERRCODE

log = logging.getLogger(__name__)

# After a no: twice as long after each. WeCom does not tell when a right or a licence is given.
FIRST_S: Final = 600.0
LONGEST_S: Final = 6 * 3600.0
ENOUGH: Final = 9  # for the longest: more are not counted


def is_gone(code: Code | None) -> bool:
    """Whether WeCom said at its last no that it has this code no more."""
    told = ERRCODE.search(code.problem) if code else None
    return told is not None and int(told[1]) == NO_SUCH_WAY


class ChannelCodes:
    def __init__(
        self, ways: ContactWays, store: ChannelStore, book: ChannelBook, clock: Clock
    ) -> None:
        self._ways, self._store, self._book, self._clock = ways, store, book, clock
        self._turn = store.turns("channel codes")  # else two make what is missing

    async def look(self) -> None:
        """Take up what has changed in the file."""
        self._book.look()
        await self.make()

    async def make(self, *asked: str, now: bool = False, anew: bool = False) -> list[str]:
        """Make what is missing and change what is different; returns the states of these.

        What WeCom refuses is kept with the channel, in its words, and asked for again when the
        channel has changed, and later and later while it has not.

        Args:
            asked: states of which somebody wants to know at once.
            now: they want it of all.
            anew: those of `asked` that are gone at WeCom shall be made once more.
        """
        async with self._turn():
            return await self._make(asked, now=now, anew=anew)

    async def _make(self, asked: Collection[str], *, now: bool, anew: bool) -> list[str]:
        codes, done = await self._store.codes(), list[str]()
        moment = self._clock.timestamp()
        for channel in self._book.channels.values():
            way = channel.way
            digest = digest_of(way)
            code = codes.get(channel.state)
            if code and code.digest == digest and not is_gone(code):
                if code.problem:  # of a change that was taken back
                    await self._store.made(code.state, code.config_id, code.picture, digest)
                continue
            refused = code if code and code.refused(digest) else None
            wanted = now or channel.state in asked
            if refused and refused.again_at > moment and not wanted:
                continue
            if anew and channel.state in asked and is_gone(code):
                await self._store.lost(channel.state)
                code = None
            try:
                await self._keep(way, digest, code)
            except Refused as error:
                tries = refused.tries if refused else 0
                again_at = moment + min(LONGEST_S, FIRST_S * 2**tries)
                words = f"{digest} {error}"
                tries = min(tries + 1, ENOUGH)
                await self._store.problem(channel.state, words, tries, again_at)
                extra = {"action": "channels", "state": channel.state, "errcode": error.errcode}
                log.warning("WeCom refuses a channel's code", extra=extra)
            except WeComError:  # it passes: the next look asks again
                return done
            else:
                done.append(channel.state)
        return done

    async def _keep(self, way: ContactWay, digest: str, code: Code | None) -> None:
        if code and code.config_id:
            await self._ways.update(code.config_id, way)
            await self._store.made(way.state, code.config_id, code.picture, digest)
            return
        now = self._clock.timestamp()
        found = await made(
            self._ways, way, now, code.asked_at if code else None,
            lambda: self._store.ask(way.state, now),
        )  # fmt: skip
        await self._store.made(way.state, found.config_id, found.picture, digest)
