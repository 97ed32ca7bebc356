"""Whether a customer wants unasked-for messages, as a handler hears and keeps it."""

from collections.abc import Callable

from bot.customers.customers import Customer
from bot.events import Event
from bot.scripts.recognise import Recognised, Sounds, sound_of
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

    def sounds(self, text: str) -> Sounds:
        """What a message sounds like, however they word it; "" is the ordinary case."""
        sound = sound_of(text)
        return sound.kind if sound else ""

    def asks_besides(self, text: str) -> bool:
        """Whether a message that says they want no more also asks something."""
        return asks_besides(text)

    def complains(self, text: str) -> bool:
        found = self._recognise(text)
        return found is not None and found.kind == "complaint"

    def heed(self, sounds: Sounds, words: str) -> None:
        """Take what only sounds like a wish for no more messages, or like a complaint, for one
        until a person has looked: they can lift it.

        Args:
            sounds: of the decision on `words`, which they wrote.
        """
        if sounds == "unwanted" and not self.wish(words):  # else it is kept already
            self.opt_out(words, sounds=True)
            self._explain(unwanted="听起来不想再收到消息")
        elif sounds == "complaint":
            self.brake("听起来不满意", words, sounds=True)

    def opt_out(self, words: str = "", *, sounds: bool = False) -> None:
        """Send nothing more that they did not ask for.

        Args:
            words: what they wrote.
            sounds: it only sounds so, which pages show until they say it or a person confirms it.
        """
        self._keep(people.opted_out(self._customer.id, self._at, words, sounds=sounds))
        self._explain(consent="opted out")

    def opt_in(self, words: str = "") -> None:
        self._keep(people.opted_out(self._customer.id, self._at, words, again=True))
        self._explain(consent="opted in")

    def brake(
        self, why: str, words: str = "", *, told: str | None = None, sounds: bool = False
    ) -> None:
        """Send nothing unasked on any account until a person lifts this, and open a case that
        stays until a person closes it.

        Args:
            words: what they wrote.
            told: the member whom the handler tells of it, "" = whoever is on duty; if they are the
                one responsible, they are not told again.
            sounds: as in `opt_out`.
        """
        self._keep(people.braked(self._customer.id, self._at, words, sounds=sounds))
        self._keep(people.complained(self._event, self._customer.id, words, told))
        self._explain(braked=why)
