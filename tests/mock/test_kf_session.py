"""Whatever happens in whatever order, nobody gets more than the rules permit."""

from hypothesis import given
from hypothesis import strategies as st

from bot.mockwecom.kf_session import ENDED, MOVES, Session
from bot.mockwecom.rules import Refusal, RuleBook

WAITS = st.sampled_from([0.0, 1.0, 3600.0, 47 * 3600.0, 48 * 3600.0, 48 * 3600.0 + 1])
STEPS = st.one_of(
    st.just("write"), st.just("send"), WAITS, st.tuples(st.just("move"), st.integers(0, 4))
)


@given(st.lists(STEPS, max_size=40))
def test_never_six_and_never_after_48_hours(steps: list[object]) -> None:
    session, rules, now = Session(), RuleBook(), 1000.0
    wrote_at, sent = None, 0
    refusals: list[tuple[int, bool]] = []
    for step in steps:
        before = session.state
        try:
            match step:
                case "write":
                    session.customer_wrote(now, rules)
                    wrote_at, sent = now, 0
                case "send":
                    session.permit(now, rules)
                    assert wrote_at is not None
                    assert now - wrote_at <= 48 * 3600
                    session.sent_one(rules)
                    sent += 1
                    assert sent <= 5
                    assert session.state == 1
                case ("move", int(state)):
                    session.move(state, "liming", now, rules)
                    assert (before, state) in MOVES
                case float(seconds):
                    now += seconds
        except Refusal as refusal:
            refusals.append((refusal.errcode, session.state in (before, ENDED)))
    known = {95001, 95002, 95013, 95016, 95018}
    assert all(errcode in known and unmoved for errcode, unmoved in refusals)
