"""Fields of customers, and what plans do with a field whose use nobody agreed to."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from bot.errors import Complaint
from bot.plans.dry_run import Filed
from bot.plans.uses import used_by
from bot.profile.fields import Consent, FieldRule, Source, fitting
from bot.profile.printing import Printing
from bot.profile.rules import CustomerBook, read_customers
from bot.profile.zones import ZONES
from bot.store.customers.field_dates import FieldDates
from bot.store.customers.field_import import find
from bot.store.customers.fields import EMPTY_NOTED, NOTED, UNNOTED, Fields
from bot.touch.outreach import Outreach
from bot.touch.rulebook import read_policy
from tests.plans import SEQUENCE, ZONE, Play, moment

SHOP = """INSERT INTO customer_date (customer, name, at) VALUES ($1, 'renewal', $2)
    ON CONFLICT (customer, name) DO UPDATE SET at = excluded.at"""
BIRTHDAY = """
kind = "reminder"
title = "生日祝福"
scenario = "reminder"
on = "birthday"
hours = "09:30-12:00"
script = "holiday/birthday"
"""
MONTH = """
kind = "campaign"
title = "本月寿星"
scenario = "promotion"
whom = "born"
on = 2026-05-20
hours = "10:00-12:00"
script = "holiday/mid_autumn"
"""
RULES = """
[field.birthday]
title = "生日"
consent = true
purpose = "生日当天收到祝福"
"""


async def test_a_birthday_is_used_only_with_consent_and_the_why_says_so(play: Play) -> None:
    (play.root / "config/customers.toml").write_text(RULES, "utf-8")
    (play.root / "config/segments.toml").write_text("[segment.born]\nbirthday_month = [5]\n")
    await play.write(birthday=BIRTHDAY, month=MONTH, new=SEQUENCE)
    uses = used_by(play.book.book.plans)
    assert uses == {"birthday": "birthday", "month": "birthday"}
    fields, now = Fields(play.database), play.clock.timestamp()
    for customer in ("wm1", "wm2", "wm3", "wm4"):
        await play.put(customer)
        await play.database.rows(
            "INSERT INTO contact (customer, member, added_at) VALUES ($1, 'liming', 1.0)", customer
        )
    await play.database.rows("UPDATE customer SET birthday = '05-19' WHERE id = 'wm4'")
    for customer, consent in (("wm1", Consent.GIVEN), ("wm2", None), ("wm3", Consent.WITHDRAWN)):
        await fields.put(customer, "birthday", "05-19", Source.MEMBER, "liming", now)
        if consent is not None:
            await fields.agree(customer, "birthday", consent, "收到祝福", "liming", now)
    await play.ahead.run()
    await play.clock.advance(timedelta(hours=11, minutes=35).total_seconds())
    policy, filed = read_policy(play.root, {}, ZONE), Filed()
    outreach = Outreach(
        database=play.database, inbox=filed, clock=play.clock, policy=lambda: policy,
        uses=lambda: uses,
    )  # fmt: skip
    await outreach.sweep()
    found = {
        one["customer"]: (one["state"], one["rule"], one["zh"])
        for one in await play.touches()
        if one["plan"] == "birthday"
    }
    told = "用到客户的生日，{}（生日当天收到祝福）：同意以后才用"
    assert found["wm1"][0] == 1
    assert found["wm2"] == (4, "consent", told.format("还没问过客户同不同意"))
    assert found["wm3"] == (4, "consent", told.format("客户收回了同意"))
    assert found["wm4"][1] == "consent", "known before there were fields"
    assert len(filed.events) == 1


async def test_each_field_keeps_from_whom_and_what_they_agreed_to(play: Play) -> None:
    fields = Fields(play.database)
    await play.put("wm1")
    await fields.put("wm1", "size", "13 码", Source.CUSTOMER, "liming", 10.0)
    await fields.agree("wm1", "size", Consent.GIVEN, "推荐合适的鞋", "liming", 11.0)
    await fields.put("wm1", "size", "14 码", Source.SIGNAL, "", 20.0)
    known = (await fields.of("wm1"))["size"]
    assert (known.value, known.source, known.who, known.at) == ("14 码", "signal", "", 20.0)
    assert (known.consent, known.purpose, known.consent_at) == (
        Consent.GIVEN,
        "推荐合适的鞋",
        11.0,
    )
    await fields.put("wm1", "birthday", "L05-17", Source.MEMBER, "liming", 30.0)
    assert (await play.database.rows("SELECT birthday FROM customer"))[0]["birthday"] == "L05-17"
    for name in ("size", "birthday"):
        await fields.put("wm1", name, "", Source.MEMBER, "liming", 40.0)
    assert await fields.of("wm1") == {}
    assert (await play.database.rows("SELECT birthday FROM customer"))[0]["birthday"] == ""


async def test_a_script_prints_what_was_agreed_and_what_the_rules_let_it(play: Play) -> None:
    rules = (
        RULES
        + """
[field.size]
title = "尺码"
scenarios = ["reply"]
[field.budget]
title = "预算"
scenarios = []
"""
    )
    (play.root / "config/customers.toml").write_text(rules, "utf-8")
    book = CustomerBook(play.root)
    book.open()
    fields, now = Fields(play.database), 10.0
    printing = Printing(fields, book)
    await play.put("wm1")
    for name, value in (("birthday", "L05-17"), ("size", "M"), ("budget", "少"), ("gone", "x")):
        await fields.put("wm1", name, value, Source.MEMBER, "liming", now)
    kept = {"fields.birthday": "", "fields.size": "M", "fields.budget": ""}
    assert await printing.of("wm1") == kept
    assert await printing.of("") == {}
    await fields.agree("wm1", "birthday", Consent.GIVEN, "祝福", "liming", now)
    await fields.agree("wm1", "size", Consent.WITHDRAWN, "", "liming", now)
    assert await printing.of("wm1") == kept | {
        "fields.birthday": "农历5月17日", "fields.size": "",
    }  # fmt: skip
    await fields.agree("wm1", "size", Consent.NOT_ASKED, "", "liming", now)
    assert (await printing.of("wm1", "promotion"))["fields.size"] == ""
    assert printing.sample() == {"fields.birthday": "（生日）", "fields.size": "（尺码）"}


async def test_a_file_fills_in_or_replaces_and_what_members_note_gives_way(play: Play) -> None:
    fields, file = Fields(play.database), "会员.xlsx"
    for customer in ("wm1", "wm2"):
        await play.put(customer)
    await play.database.rows("UPDATE customer SET phone = '138', unionid = 'u1' WHERE id = 'wm1'")
    noted = ("wm1", "company", "好物", "liming", 5.0)
    await play.database.change(NOTED, *noted)
    await play.database.change(NOTED, "wm1", "company", "别家", "wangfang", 6.0)
    found, people = await find(
        play.database,
        [("phone", "138"), ("unionid", "u1"), ("id", "wm2"), ("id", "wm9")],
        fields.dates,
    )
    assert found == {
        ("phone", "138"): ["wm1"], ("unionid", "u1"): ["wm1"], ("id", "wm2"): ["wm2"],
    }  # fmt: skip
    assert (people["wm1"].values, people["wm2"].values) == ({"company": "好物"}, {})
    puts = [("wm1", "company", "新"), ("wm1", "birthday", "05-17"), ("wm2", "size", "M")]
    agreed = [("wm1", "birthday", Consent.GIVEN, "祝福", "05-17")]
    for over, company in ((False, "好物"), (True, "新")):
        await fields.take_in(puts, agreed, "op", 9.0, file=file, over=over)
        assert (await fields.of("wm1"))["company"].value == company
    known = await fields.of("wm1")
    assert (known["birthday"].consent, known["birthday"].origin) == (Consent.GIVEN, file)
    assert await play.database.rows("SELECT birthday AS b FROM customer ORDER BY id") == [
        {"b": "05-17"}, {"b": ""},
    ]  # fmt: skip
    await play.database.change(UNNOTED, "wm1", "company", "liming")
    assert (await fields.of("wm1"))["company"].source == "import"


async def test_who_took_their_consent_back_was_as_good_as_never_asked_once_the_value_was_emptied(
    play: Play,
) -> None:
    fields = Fields(play.database)
    await play.put("wm1")
    await play.database.change(NOTED, "wm1", "remark", "王姐", "liming", 5.0)
    await fields.agree("wm1", "remark", Consent.WITHDRAWN, "", "liming", 6.0)
    for empty in (UNNOTED, EMPTY_NOTED):
        await play.database.change(empty, "wm1", "remark", "liming")
    assert (await fields.of("wm1"))["remark"].value == ""
    await play.database.change(NOTED, "wm1", "remark", "大王", "wangfang", 7.0)
    known = (await fields.of("wm1"))["remark"]
    assert (known.value, known.who, known.consent) == ("大王", "wangfang", Consent.WITHDRAWN)
    await fields.put("wm1", "remark", "", Source.MEMBER, "liming", 8.0)
    await play.database.change(NOTED, "wm1", "remark", "大王", "wangfang", 9.0)
    known = (await fields.of("wm1"))["remark"]
    assert (known.value, known.consent) == ("", Consent.WITHDRAWN), "a person took it out"
    await fields.take_in([("wm1", "remark", "王")], [], "op", 9.0, file="a.csv", over=False)
    known = (await fields.of("wm1"))["remark"]
    assert (known.value, known.consent) == ("王", Consent.WITHDRAWN)


async def test_a_file_that_was_looked_at_before_gave_a_consent_that_was_taken_back_since(
    play: Play,
) -> None:
    fields = Fields(play.database)
    await play.put("wm1")
    for name, value in (("size", "M"), ("shoe", "40"), ("hat", "57")):
        await fields.put("wm1", name, value, Source.MEMBER, "liming", 5.0)
    await fields.agree("wm1", "size", Consent.WITHDRAWN, "", "liming", 6.0)
    agreed = [
        (*("wm1", name), Consent.GIVEN, "", value)
        for name, value in (("size", "M"), ("shoe", "41"), ("hat", "57"))
    ]
    await fields.take_in([("wm1", "shoe", "41")], agreed, "op", 9.0, file="a.csv", over=False)
    known = {name: one.consent for name, one in (await fields.of("wm1")).items()}
    assert known == {
        "size": Consent.WITHDRAWN, "shoe": Consent.NOT_ASKED, "hat": Consent.GIVEN,
    }  # fmt: skip


async def test_a_file_s_consent_for_a_birthday_from_before_there_were_fields_was_kept_nowhere(
    play: Play,
) -> None:
    fields = Fields(play.database)
    await play.put("wm1")
    await play.database.rows("UPDATE customer SET birthday = '05-19' WHERE id = 'wm1'")
    agreed = [("wm1", "birthday", Consent.GIVEN, "祝福", "05-19")]
    await fields.take_in([], agreed, "op", 9.0, file="a.csv", over=False)
    known = (await fields.of("wm1"))["birthday"]
    assert (known.value, known.consent, known.origin) == ("05-19", Consent.GIVEN, "a.csv")


async def test_an_import_is_taken_back_and_what_was_changed_since_stays(play: Play) -> None:
    fields, whom = Fields(play.database), ("wm1", "wm2", "wm3")
    for one in whom:
        await play.put(one)
    await fields.put("wm1", "birthday", "05-17", Source.CUSTOMER, "liming", 5.0)
    await fields.agree("wm1", "birthday", Consent.GIVEN, "祝福", "liming", 6.0)
    await play.database.change("UPDATE customer SET birthday = '05-19' WHERE id = 'wm3'")
    before, known = await fields.before(whom), await fields.of("wm1")
    keys = [(one, name) for one in whom for name in ("birthday", "size", "zone")]
    taken = {"birthday": "01-01", "size": "M", "zone": "Asia/Tokyo"}
    puts = [(*key, taken[key[1]]) for key in keys]
    agreed = [("wm1", "birthday", Consent.WITHDRAWN, "", "01-01")]
    await fields.take_in(puts, agreed, "op", 9.0, file="a.csv", over=True)
    await fields.put("wm2", "birthday", "02-02", Source.CUSTOMER, "liming", 10.0)
    await fields.undo(before, keys, 9.0)
    assert await fields.of("wm1") == known
    assert {name: one.value for name, one in (await fields.of("wm2")).items()} == {
        "birthday": "02-02"
    }
    own = await play.database.rows("SELECT birthday, zone FROM customer ORDER BY id")
    assert [(row["birthday"], row["zone"]) for row in own] == [
        ("05-17", ""), ("02-02", ""), ("05-19", ""),
    ]  # fmt: skip


RENEWAL = FieldRule(id="renewal", title="到期", kind="date")


async def test_a_date_of_a_field_is_what_plans_count_from_and_the_last_word_holds(
    play: Play,
) -> None:
    dates = FieldDates(play.database, ZONE, lambda: {"renewal": RENEWAL})
    fields, whom = Fields(play.database, dates), ("wm1", "wm2", "wm3")
    for one in whom:
        await play.put(one)
    plan = BIRTHDAY.replace('"birthday"', '"renewal - 7"')
    (play.root / "config/segments.toml").write_text('[known]\ndates = ["renewal"]\n', "utf-8")
    await play.write(renewal=plan)

    async def known() -> dict[str, str]:
        found = [(one, (await fields.of(one)).get("renewal")) for one in whom]
        return {one: field.value for one, field in found if field}

    async def minded() -> set[str]:
        await play.ahead.run()
        return {row["customer"] for row in await play.touches()}

    async def told_by_the_shop(customer: str, day: str) -> None:
        await play.database.change(SHOP, customer, moment(day))

    today = play.clock.now().astimezone(ZONE).date()
    week, later = f"{today + timedelta(days=7)}", f"{today + timedelta(days=60)}"
    assert await minded() == set()
    await fields.put("wm1", "renewal", week, Source.MEMBER, "liming", 5.0)
    await told_by_the_shop("wm3", later)
    before = await fields.before(whom)
    puts = [(one, "renewal", week) for one in whom[1:]]
    await fields.take_in(puts, [], "op", 9.0, file="a.csv", over=False)
    assert await known() == {"wm1": week, "wm2": week, "wm3": later}
    _, people = await find(play.database, [("id", one) for one in whom], dates)
    assert {one: person.values["renewal"] for one, person in people.items()} == await known()
    assert await minded() == {"wm1", "wm2"}
    await fields.take_in(puts, [], "op", 9.0, file="a.csv", over=True)
    assert (await known())["wm3"] == week
    await told_by_the_shop("wm2", later)
    shop = (await fields.of("wm2"))["renewal"]
    assert (shop.value, shop.source) == (later, Source.SIGNAL)
    await fields.undo(before, [(one, "renewal") for one in whom], 9.0)
    assert await known() == {"wm1": week, "wm2": later, "wm3": later}
    await fields.put("wm1", "renewal", "", Source.MEMBER, "liming", 10.0)
    assert await known() == {"wm2": later, "wm3": later}


async def test_a_customer_s_clock_can_be_told_and_messages_keep_to_it(play: Play) -> None:
    """Hours went by a column that nothing in the product wrote."""
    rule = FieldRule(id="zone", title="时区", kind="zone")
    for text, zone in (
        ("新疆", "Asia/Urumqi"), ("乌鲁木齐", "Asia/Urumqi"), ("Asia/Urumqi", "Asia/Urumqi"),
        ("日本、韩国", "Asia/Tokyo"), ("new zealand", "Pacific/Auckland"),
        ("北京时间", "Asia/Shanghai"), ("美国", None), ("火星", None), ("", ""),
    ):  # fmt: skip
        assert fitting(rule, text) == zone, text
    assert {ZoneInfo(one).key for one in ZONES} == {*ZONES}
    fields, database = Fields(play.database), play.database
    for customer in ("wm1", "wm2"):
        await play.put(customer)

    async def lives() -> list[str]:
        return [
            one["zone"] for one in await database.rows("SELECT zone FROM customer ORDER BY id")
        ]

    await fields.put("wm1", "zone", "Asia/Urumqi", Source.MEMBER, "liming", 1.0)
    assert await lives() == ["Asia/Urumqi", ""]
    told = [("wm1", "zone", "Asia/Tokyo"), ("wm2", "zone", "Asia/Tokyo")]
    await fields.take_in(told, [], "liming", 2.0, file="a.csv", over=False)
    assert await lives() == ["Asia/Urumqi", "Asia/Tokyo"]
    await fields.put("wm1", "zone", "", Source.MEMBER, "liming", 3.0)
    assert await lives() == ["", "Asia/Tokyo"]
    complaints: list[Complaint] = []
    (play.root / "config/customers.toml").write_text(
        '[field.zone]\ntitle = "时区"\nconsent = true\npurpose = "p"\n'
        '[field.where]\ntitle = "哪里"\nkind = "zone"\n'
    )
    read_customers(play.root, complaints)
    assert [one.key for one in complaints] == ["field.zone.consent", "field.where.kind"]
