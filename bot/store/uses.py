"""How often each script was said lately, and whether the customer still wanted a person then.

The outbox is read once, in pages, and only what was added since afterwards: pages ask often.
"""

from collections import Counter, deque
from dataclasses import dataclass

from bot.calling import APOLOGIES, HANDED_OVER
from bot.store.sql import Database

LATELY_S = 30 * 86_400.0
SOON_S = 600.0  # a person who is called so soon after a script: it did not help
MOST_PAGES = 50  # read at one look
READ = """
SELECT seq, conversation, script, created_at FROM message
WHERE seq > $1 AND script <> '' ORDER BY seq LIMIT 2000"""


@dataclass(slots=True)
class _Said:
    at: float
    script: str
    failed: bool = False


class Uses:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._last = 0  # seq
        self._said: deque[_Said] = deque()
        self._open: dict[str, _Said] = {}  # conversation → what was said there last
        self.uses: Counter[str] = Counter()
        self._failed: Counter[str] = Counter()

    async def refresh(self, now: float) -> None:
        """Read on, and forget what is older than LATELY_S."""
        for _ in range(MOST_PAGES):
            rows = await self._database.rows(READ, self._last)
            for row in rows:
                self._note(row["conversation"], row["script"], row["created_at"])
            if not rows:
                break
            self._last = rows[-1]["seq"]
        while self._said and self._said[0].at < now - LATELY_S:
            old = self._said.popleft()
            self.uses[old.script] -= 1
            self._failed[old.script] -= old.failed
        self._open = {
            key: one for key, one in self._open.items() if one.at >= now - SOON_S
        }  # what came before is settled

    def success(self, script: str) -> float | None:
        """The share, 0..1, after which nobody wanted a person; None: it was not said."""
        uses = self.uses[script]
        return 1 - self._failed[script] / uses if uses > 0 else None

    def _note(self, conversation: str, script: str, at: float) -> None:
        if script in HANDED_OVER + APOLOGIES:
            last = self._open.pop(conversation, None)
            if last and at - last.at <= SOON_S:
                last.failed = True
                self._failed[last.script] += 1
            return
        said = _Said(at, script)
        self._said.append(said)
        self._open[conversation] = said
        self.uses[script] += 1
