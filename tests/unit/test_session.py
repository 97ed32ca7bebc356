"""The cookie that says who somebody is."""

from cryptography.fernet import Fernet

from bot.clock import ManualClock
from bot.store.credentials import Credentials
from bot.web.session import LASTS_S, LONGEST_S, Seal, Session

HOUR_S = 3600.0


async def hours_of(seal: Seal, clock: ManualClock, session: Session, every_s: float) -> float:
    """For how long the session is good that is used so often."""
    cookie, passed_s = seal.close(session), 0.0
    while (found := seal.read(cookie)) is not None and passed_s < 10 * LONGEST_S:
        cookie = seal.close(found)
        await clock.advance(every_s)
        passed_s += every_s
    return passed_s / HOUR_S


async def test_a_session_that_was_used_each_hour_never_ended() -> None:
    """Whoever had left the company, and WeCom, had the console for as long as a tab was open."""
    clock = ManualClock()
    seal = Seal(Fernet.generate_key().decode(), Credentials(), clock)
    assert await hours_of(seal, clock, seal.begin("liming"), HOUR_S) == LONGEST_S / HOUR_S
    over_s = LASTS_S + HOUR_S
    assert await hours_of(seal, clock, seal.begin("liming"), over_s) == over_s / HOUR_S
    stranger = Session(state="what WeCom has to bring back")
    assert await hours_of(seal, clock, stranger, HOUR_S) > LONGEST_S / HOUR_S
