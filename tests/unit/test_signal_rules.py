"""Rules of config/signals.toml: what they say of a signal, and what is wrong with them."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import ConfigError
from bot.events import SignalReceived
from bot.signals.applying import birthday_of, effects_of, filled, moment_of
from bot.signals.reading import FILE, SignalBook
from bot.signals.rule import Effects, Rules

CHECKOUT = Path(__file__).parents[2]
NOW = datetime(2026, 5, 17, 6, tzinfo=UTC)
ZONE = ZoneInfo("Asia/Shanghai")


def signal(kind: str = "order_paid", *, ago_min: float = 0, **details: Any) -> SignalReceived:
    return SignalReceived(
        id="signal:1", at=NOW, conversation="signal:wm1", kind=kind, customer="wm1",
        happened_at=NOW - timedelta(minutes=ago_min), details=details,
    )  # fmt: skip


def rules(root: Path, toml: str) -> Rules:
    (root / "config").mkdir(exist_ok=True)
    (root / FILE).write_text(toml, "utf-8")
    return opened(root).rules


def opened(root: Path) -> SignalBook:
    book = SignalBook(root)
    book.open()
    return book


def said(root: Path, toml: str, told: SignalReceived) -> Effects:
    return effects_of(told, rules(root, toml), NOW, ZONE)


def complaints(root: Path, toml: str) -> list[tuple[str, str]]:
    with pytest.raises(ConfigError) as caught:
        rules(root, toml)
    assert all(one.file == FILE and one.cure for one in caught.value.complaints)
    return [(one.key, one.problem) for one in caught.value.complaints]


def test_the_rules_that_we_ship_are_in_order() -> None:
    shipped = opened(CHECKOUT).rules
    effects = effects_of(
        signal(amount=1280.0, order="A1", sku=["milk"]), shipped, NOW, ZONE, name="林小满"
    )
    assert effects == Effects(
        at=NOW,
        rules=("paid", "big_order"),
        tag=frozenset({"已购"}),
        free_until=NOW + timedelta(minutes=30),
        dates={"bought": NOW},
        notices=("林小满 刚付款 1280 元（订单 A1），请当面道谢，问问还需要什么",),
    )


def test_no_file_is_no_rules(tmp_path: Path) -> None:
    assert opened(tmp_path).rules == ()


@pytest.mark.parametrize(
    ("when", "details", "holds"),
    [
        ('sku = "A1"', {"sku": "A1"}, True),
        ('sku = "A1"', {"sku": ["B2", "A1"]}, True),
        ('sku = "A1"', {"sku": ["B2"]}, False),
        ('sku = "A1"', {}, False),
        ('sku = "A1"', {"sku": None}, False),
        ('sku = ["A1", "B2"]', {"sku": "B2"}, True),
        ("amount = 199", {"amount": "199.00"}, True),
        ("amount = { from = 500 }", {"amount": 500}, True),
        ("amount = { from = 500 }", {"amount": "499.9"}, False),
        ("amount = { from = 500, below = 1000 }", {"amount": 1000.0}, False),
        ("amount = { from = 500 }", {"amount": "much"}, False),
        ("amount = { from = 0 }", {"amount": True}, False),
        ("gift = true", {"gift": True}, True),
        ("gift = true", {"gift": 1}, False),
    ],
)
def test_conditions(tmp_path: Path, when: str, details: dict[str, Any], holds: bool) -> None:
    toml = f'[a]\nkind = "order_paid"\ntag = ["x"]\nwhen = {{ {when} }}'
    assert (said(tmp_path, toml, signal(**details)).rules == ("a",)) is holds


def test_a_free_moment_counts_from_the_happening_and_may_be_over(tmp_path: Path) -> None:
    toml = '[a]\nkind = "shop_left"\nfree_min = 60'
    late = said(tmp_path, toml, signal("shop_left", ago_min=45))
    assert late.free_until == NOW + timedelta(minutes=15)
    assert said(tmp_path, toml, signal("shop_left", ago_min=61)).free_until is None
    ahead = said(tmp_path, toml, signal("shop_left", ago_min=-600))
    assert ahead.free_until == NOW + timedelta(minutes=60)


def test_dates_come_from_now_or_from_details(tmp_path: Path) -> None:
    toml = """[a]
    kind = "subscription_renewed"
    date = ["bought"]
    date_from = { renewal = "renews_on", trial = "trial_ends" }
    birthday_from = "born"
    """
    told = signal("subscription_renewed", renews_on="2026-06-30", trial_ends="soon", born="L05-17")
    effects = said(tmp_path, toml, told)
    assert effects.dates == {"bought": NOW}
    assert effects.told == {"renewal": datetime(2026, 6, 30, tzinfo=ZONE)}
    assert (effects.birthday, effects.unread) == ("L05-17", ("trial_ends",))


@pytest.mark.parametrize(
    ("told", "birthday"),
    [("1990-05-17", "05-17"), ("05-17", "05-17"), ("L12-30", "L12-30"), ("13-01", ""), (517, "")],
)
def test_birthdays(told: Any, birthday: str) -> None:
    assert birthday_of(told) == birthday


@given(st.one_of(st.text(), st.integers(), st.none(), st.datetimes().map(str)))
def test_no_text_breaks_the_reading_of_dates(value: Any) -> None:
    moment = moment_of(value, ZONE)
    assert moment is None or 1998 < moment.astimezone(UTC).year < 2101
    assert isinstance(birthday_of(value), str)


def test_a_to_do_shows_details_and_nothing_more() -> None:
    hostile = {
        "order": "A1\n{secret}",
        "gift": True,
        "n": 3.0,
        "sku": ["a", "b"],
        "long": "x" * 99,
    }
    words = filled("{order} {gift} {n} {sku} {none} {0.__class__} {long}", hostile)
    assert words == f"A1 {{secret}} 是 3 a、b — {{0.__class__}} {'x' * 60}"


@pytest.mark.parametrize(
    ("toml", "key", "problem"),
    [
        ('kind = "order_paid"', "kind", "stands outside of any rule"),
        ('[a]\nkind = "order_payd"\ntag = ["x"]', "a.kind", "there is no 'order_payd'"),
        ('[a]\nkind = "order_paid"', "a", "does nothing"),
        ('[a]\ntag = ["x"]', "a.kind", "is missing"),
        ('[a]\nkind = "order_paid"\ntags = ["x"]', "a.tags", "unknown key"),
        ('[a]\nkind = "order_paid"\ntag = [""]', "a.tag", "[''] cannot be used"),
        ('[a]\nkind = "order_paid"\nfree_min = -1', "a.free_min", "-1 cannot be used"),
        ('[a]\nkind = "order_paid"\ndate = ["Bought"]', "a.date", "['Bought'] cannot be used"),
        ('[a]\nkind = "order_paid"\ntag = ["x"]\nuntag = ["x"]', "a.untag", "'x' is in tag too"),
        ('[a]\nkind = "order_paid"\ntag = ["x"]\nwhen = 3', "a.when", "is no table"),
        ('[a]\nkind = "order_paid"\ntag = ["x"]\nwhen = { n = { over = 3 } }', "a.when.n",
         "is no range"),
        ('[a]\nkind = "order_paid"\ntag = ["x"]\nwhen = { n = { from = 3, below = 3 } }',
         "a.when.n", "never holds"),
        ('[a]\nkind = "order_paid"\ntag = ["x"]\nwhen = { N = 3 }', "a.when.N",
         "is no name of a detail"),
        ('[a]\nkind = "order_paid"\ntag = ["x"]\nwhen = { n = [] }', "a.when.n", "is no value"),
    ],
)  # fmt: skip
def test_mistakes_are_named(tmp_path: Path, toml: str, key: str, problem: str) -> None:
    assert complaints(tmp_path, toml) == [(key, problem)]


def test_names_are_those_of_the_company(tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    known = '[known]\ntags = ["已购", "会员"]\nstages = []\ndates = ["bought"]'
    (tmp_path / "config/segments.toml").write_text(known, "utf-8")
    toml = """[a]
    kind = "order_paid"
    tag = ["已够"]
    stage = "whatever"
    date = ["bougth"]
    date_from = { bought = "on" }
    """
    assert complaints(tmp_path, toml) == [
        ("a.tag", "unknown: 已够"), ("a.date", "unknown: bougth"),
    ]  # fmt: skip


TWO = """
[a]
kind = "order_paid"
{0}
[b]
kind = "order_paid"
{1}
"""


@pytest.mark.parametrize(
    ("one", "other", "what"),
    [
        ('tag = ["x"]', 'untag = ["x"]', "one adds the tag 'x', the other removes it"),
        ('stage = "new"', 'stage = "old"', "one sets the stage 'new', the other 'old'"),
        ('date = ["renewal"]', 'date_from = { renewal = "on" }',
         "they take the date 'renewal' from different places"),
        ('tag = ["x"]\nwhen = { n = { from = 5 } }', 'untag = ["x"]\nwhen = { n = { from = 9 } }',
         "one adds the tag 'x', the other removes it"),
    ],
)  # fmt: skip
def test_rules_that_contradict_are_named(tmp_path: Path, one: str, other: str, what: str) -> None:
    assert complaints(tmp_path, TWO.format(one, other)) == [("b", f"contradicts [a]: {what}")]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("n = { below = 5 }", "n = { from = 5 }"),
        ('sku = "A1"', 'sku = ["B2", "C3"]'),
    ],
)
def test_rules_that_exclude_each_other_do_not_contradict(
    tmp_path: Path, one: str, other: str
) -> None:
    toml = TWO.format(f'tag = ["x"]\nwhen = {{ {one} }}', f'untag = ["x"]\nwhen = {{ {other} }}')
    assert len(rules(tmp_path, toml)) == 2


def test_a_changed_file_is_taken_up_and_a_mistake_keeps_the_old_rules(tmp_path: Path) -> None:
    old = rules(tmp_path, '[a]\nkind = "order_paid"\ntag = ["x"]')
    book = opened(tmp_path)
    assert (book.rules, book.look()) == (old, False)
    (tmp_path / FILE).write_text('[a]\nkind = "order_payed"\ntag = ["xyz"]', "utf-8")
    assert (book.look(), book.rules, len(book.complaints)) == (False, old, 1)
    (tmp_path / FILE).write_text('[a]\nkind = "shop_left"\ntag = ["xyz"]', "utf-8")
    assert (book.look(), book.complaints) == (True, ())
    assert book.rules[0].kind == "shop_left"
    (tmp_path / FILE).unlink()
    assert (book.look(), len(book.rules), book.complaints[0].file) == (False, 1, "config/")
    (tmp_path / FILE).touch()
    assert (book.look(), book.rules) == (True, ())
