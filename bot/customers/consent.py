"""Whether a customer wants unasked-for messages, as a handler hears and keeps it."""

from collections.abc import Callable

from bot.customers.customers import Customer
from bot.events import Event
from bot.scripts.recognise import Recognised, sound_of
from bot.store.customers import people
from bot.store.touch.statements import TouchRows
from bot.touch.consent import Wish, asks_besides, wish_in
from bot.touch.rules import Manners


class Consent:
    """`context.consent`. What is said here is written with the event's outcome.

    Args:
        keep: takes rows that are committed with the event.
        explain: keeps with the event why things went as they did.
        recognise: the matcher's own, which caches: it is asked about each message twice.
    """

    def __init__(
        self,
        event: Event,
        customer: Customer,
        manners: Manners,
        keep: Callable[[TouchRows], None],
        explain: Callable[..., None],
        recognise: Callable[[str], Recognised | None],
    ) -> None:
        self._event, self._customer = event, customer
        self._manners, self._at = manners, event.at.timestamp()
        self._keep, self._explain, self._recognise = keep, explain, recognise

    @property
    def opted_out(self) -> bool:
        """They wanted no more before this event."""
        return self._customer.opted_out

    def wish(self, text: str) -> Wish:
        """ "out": they want no more; "in": they want it again; "": neither."""
        return wish_in(text, self._manners)

    def unwanted(self, text: str) -> bool:
        """Whether a message sounds as if they want no more, however they word it."""
        sound = sound_of(text)
        return sound is not None and sound.kind == "unwanted"

    def asks_besides(self, text: str) -> bool:
        """Whether a message that says they want no more also asks something."""
        return asks_besides(text)

    def complains(self, text: str) -> bool:
        found = self._recognise(text)
        return found is not None and found.kind == "complaint"

    def only_sounds_so(self, text: str) -> bool:
        """Whether a message does not say that they complain, and sounds as if they did."""
        sound = None if self.complains(text) else sound_of(text)
        return sound is not None and sound.kind == "complaint"

    def heed(self, sounds: str, words: str) -> bool:
        """Take what only sounds like a wish for no more messages, or like a complaint, for one
        until a person has looked: they can lift it.

        Args:
            sounds: of the decision on `words`, which they wrote.

        Returns:
            Whether it is such a wish, and not kept already.
        """
        unwanted = sounds == "unwanted" and not self.wish(words)
        if unwanted:
            self.opt_out(words)
        elif sounds == "complaint":
            self.brake("听起来不满意", words)
        return unwanted

    def opt_out(self, words: str = "") -> None:
        """Send nothing more that they did not ask for.

        Args:
            words: what they wrote.
        """
        self._keep(people.opted_out(self._customer.id, self._at, words))
        self._explain(consent="opted out")

    def opt_in(self, words: str = "") -> None:
        self._keep(people.opted_out(self._customer.id, self._at, words, again=True))
        self._explain(consent="opted in")

    def brake(self, why: str, words: str = "", *, told: str | None = None) -> None:
        """Send nothing unasked on any account until a person lifts this, and open a case that
        stays until a person closes it.

        Args:
            words: what they wrote.
            told: the member whom the handler tells of it, "" = whoever is on duty; if they are the
                one responsible, they are not told again.
        """
        self._keep(people.braked(self._customer.id, self._at, words))
        self._keep(people.complained(self._event, self._customer.id, words, told))
        self._explain(braked=why)
