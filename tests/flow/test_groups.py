"""Customer groups in the tables of both databases: kept, followed, judged, read page by page."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.events import GroupChanged
from bot.store.groups.board import board, by_store
from bot.store.groups.figures import GroupFigures, Verdict
from bot.store.groups.groups import MOST_SCENE, Change, Groups, changed
from bot.store.groups.views import GroupFilter, GroupViews
from bot.store.sql import Database
from bot.wecom.group_chats import Figures, GroupChat, Person

NOW = datetime(2026, 3, 10, 4, tzinfo=UTC)  # noon in Shanghai
AT = NOW.timestamp()
DAY = 86_400.0
PUT_CHANGE = """
    INSERT INTO chat_group_change (event, chat_id, at, change, detail, members, scene,
                                   last_version, version)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"""


def chat(chat_id: str, *customers: str, owner: str = "liming", version: str = "v1") -> GroupChat:
    people = [Person(userid=owner, customer=False, joined_at=AT - 30 * DAY, invitor=owner)]
    for number, one in enumerate(customers):
        people.append(
            Person(
                userid=one, customer=True, name=f"客户{one}", joined_at=AT - DAY * (20 - number)
            )
        )
    return GroupChat(
        chat_id=chat_id, name=f"群{chat_id}", owner=owner, notice="", created_at=AT - 30 * DAY,
        admins=("wangfang",), people=tuple(people), version=version,
    )  # fmt: skip


def change(detail: str, *members: str, scene: int = 0) -> Change:
    return Change(
        seq=1, at=AT, change="update", detail=detail, members=members, scene=scene,
        last_version="v1", version="v2",
    )  # fmt: skip


def figures(**known: int) -> Figures:
    none = dict.fromkeys(Figures.__dataclass_fields__, 0)
    return Figures(**{**none, **known})


async def test_who_came_and_who_left(database: Database) -> None:
    groups, views = Groups(database), GroupViews(database)
    await groups.keep(chat("wr1", "a", "b", "c"), AT - 100)
    left = change("del_member", "b", scene=1)
    back = chat("wr1", "a", version="v2")
    await groups.keep(back, AT, [left])
    one = await views.one("wr1", NOW)
    assert one is not None
    assert (one.members, one.customers, one.left, one.admins) == (2, 1, 2, ("wangfang",))
    gone = await views.joined("wr1", datetime.fromtimestamp(0, UTC))
    scenes = {(each.userid, each.quit_scene) for each in gone if each.left_at}
    assert scenes == {("b", 1), ("c", None)}
    await groups.keep(chat("wr1", "a", "b", version="v3"), AT + 60, gap=True)
    one = await views.one("wr1", NOW)
    assert one is not None
    assert (one.members, one.gaps, one.left) == (3, 1, 1)
    assert (await groups.had("wr1")).version == "v3"


async def test_a_way_of_joining_that_was_unheard_of_ended_the_bot(database: Database) -> None:
    """PostgreSQL holds it in 16 bits."""
    told = Person(userid="a", customer=True, joined_at=AT, join_scene=99_999_999_999)
    await Groups(database).keep(replace(chat("wr1"), people=(told,)), AT)
    event = GroupChanged(
        id="e", at=NOW, conversation="group:wr1", chat_id="wr1", change="update",
        join_scene=99_999_999_999,
    )  # fmt: skip
    [[row]] = changed(event).values()
    await database.change(PUT_CHANGE, *row)
    [waiting] = await Groups(database).changes("wr1")
    people = await GroupViews(database).joined("wr1", datetime.fromtimestamp(0, UTC))
    assert (waiting.scene, [one.join_scene for one in people]) == (MOST_SCENE, [MOST_SCENE])


async def test_changes_wait_until_they_are_followed(database: Database) -> None:
    groups = Groups(database)
    for event, chat_id in (("e1", "wr1"), ("e2", "wr2"), ("e3", "wr1")):
        left = (event, chat_id, AT, "update", "del_member", '["b"]', 0, "v1", event)
        await database.change(PUT_CHANGE, *left)
    assert await groups.waiting(9) == ["wr1", "wr2"]
    first, last = await groups.changes("wr1")
    assert (first.version, last.version, first.members) == ("e1", "e3", ("b",))
    await groups.keep(chat("wr1", "a", "b"), AT - 60)
    await groups.leave("wr1", [first])
    (row,) = await database.rows("SELECT members, customers FROM chat_group")
    assert (row["members"], row["customers"]) == (2, 1)
    await groups.followed("wr1", first.seq, AT)
    assert [one.version for one in await groups.changes("wr1")] == ["e3"]
    await groups.forget(AT + 1)
    assert len(await database.rows("SELECT seq FROM chat_group_change")) == 2


async def test_what_is_no_more(database: Database) -> None:
    groups = Groups(database)
    for chat_id in ("wr1", "wr2", "wr3"):
        await groups.keep(chat(chat_id), AT)
    await groups.owner_states({"wr1": 0, "wr2": 1})
    await groups.dismiss("wr3", AT)
    assert await groups.alive(AT + 1) == {"wr1", "wr2"}
    assert await groups.fresh(["wr1", "wr3", "wr9"], AT) == {"wr1"}
    views = GroupViews(database)
    assert await views.count() == 2
    assert await views.count(GroupFilter(dismissed=True)) == 3
    two = await views.one("wr2", NOW)
    assert two is not None
    assert two.owner_state == 1
    await groups.keep(chat("wr2", owner="wangfang"), AT + 5)  # somebody has taken over
    two = await views.one("wr2", NOW)
    assert two is not None
    assert two.owner_state == 0
    await groups.keep(chat("wr3"), AT + 5)  # it was not dismissed after all
    assert await views.count() == 3


async def test_lists_page_by_page(database: Database) -> None:
    groups, views = Groups(database), GroupViews(database)
    for number in range(7):
        owner = "liming" if number % 2 else "wangfang"
        await groups.keep(chat(f"wr{number}", "a", owner=owner), AT)
    seen, after = [], ""
    while True:
        page = await views.page(NOW, after=after, limit=3)
        seen += [one.chat_id for one in page.items]
        if not (after := page.after):
            break
    assert seen == [f"wr{number}" for number in range(7)]
    own = GroupFilter(owners=("liming",), name="群wr")
    assert [one.chat_id for one in (await views.page(NOW, own)).items] == ["wr1", "wr3", "wr5"]
    assert await views.count(GroupFilter(stage="silent")) == 0
    assert await views.count(GroupFilter(owners=())) == 0, "of nobody are none, not all"


TALKED = "INSERT INTO group_talk (chat_id, userid, day, messages) VALUES ('wr1', $1, $2, $3)"


async def test_members_by_what_they_contribute(database: Database) -> None:
    groups, views = Groups(database), GroupViews(database)
    told = chat("wr1", "a", "b", "c")
    brought = Person(userid="d", customer=True, joined_at=AT, invitor="b")
    people = (*told.people, brought)
    await groups.keep(
        GroupChat(chat_id="wr1", name="群", owner="liming", notice="", created_at=AT,
                  admins=(), people=people, version="v1"), AT,
    )  # fmt: skip
    for who, day, n in (("c", "2026-03-09", 5), ("a", "2026-03-08", 1)):
        await database.rows(TALKED, who, day, n)
    first = await views.people("wr1", limit=2)
    rest = await views.people("wr1", limit=9, after=first.after)
    assert [one.userid for one in (*first.items, *rest.items)] == ["c", "a", "liming", "b", "d"]
    assert (first.items[0].messages, rest.after) == (5, "")
    assert [one.userid for one in await views.joined("wr1", NOW - timedelta(days=1))] == ["d"]


async def test_who_wrote_in_a_group_was_kept_for_good(database: Database) -> None:
    for day in ("2026-01-01", "2026-01-02", "2026-03-01"):
        await database.rows(TALKED, "a", day, 1)
    kept, left = GroupFigures(database), "SELECT day FROM group_talk ORDER BY day"
    await kept.forget_talk("2026-02-01")
    assert await database.rows(left) == [{"day": "2026-03-01"}]
    await kept.forget_talk("2026-04-01")
    assert await database.rows(left) == [{"day": "2026-03-01"}], "since when they are silent"


async def test_a_group_day_by_day(database: Database) -> None:
    groups, views = Groups(database), GroupViews(database)
    await groups.keep(chat("wr1", "a", "b"), AT - DAY)
    await groups.keep(chat("wr1", "a"), AT, [change("del_member", "b")])
    await GroupFigures(database).put(
        "liming", "wr1", {"2026-03-09": figures(messages=7, speakers=2)}
    )
    midnight = datetime(2026, 3, 9, tzinfo=ZoneInfo("Asia/Shanghai"))
    days = await views.days("wr1", [midnight, midnight + timedelta(days=1)])
    told = [(one.members, one.joined, one.left, one.messages, one.speakers) for one in days]
    assert told == [(3, 0, 0, 7, 2), (2, 0, 1, None, None)]
    for member, number in (("a", 8), ("b", 1)):  # the archive's count, of a day WeCom told of
        await database.rows(TALKED, member, "2026-03-09", number)
    (day,) = await views.days("wr1", [midnight])
    assert (day.messages, day.speakers) == (9, 2), "whichever row came last had counted"


async def test_a_colleague_who_joins_or_leaves_is_no_customer_who_does(
    database: Database,
) -> None:
    groups, kept = Groups(database), GroupFigures(database)
    known = chat("wr1", "a")
    colleague = Person(userid="zhao", customer=False, joined_at=AT - 60, invitor="liming")
    await groups.keep(replace(known, people=(*known.people, colleague)), AT - 30)
    await groups.keep(known, AT, [change("del_member", "zhao")])
    found = await GroupViews(database).one("wr1", NOW)
    assert found is not None
    assert (found.members, found.joined, found.left) == (2, 0, 0)
    (standing,) = await kept.standing(AT - DAY, AT - 30 * DAY)
    assert (standing.joined, standing.gone) == (0, 0)


async def test_sums_for_a_board(database: Database) -> None:
    groups, kept = Groups(database), GroupFigures(database)
    await groups.keep(chat("wr1", "a"), AT)
    await groups.keep(chat("wr2", "b", "c"), AT)
    await groups.keep(chat("wr3", owner="wangfang"), AT)
    await kept.put(
        "liming", "", {"2026-03-08": figures(messages=3), "2026-03-09": figures(messages=9)}
    )
    await kept.put("liming", "", {"2026-03-09": figures(messages=10)})
    await kept.put("wangfang", "", {"2026-03-09": figures(messages=1)})
    assert await kept.last_days() == {"liming": "2026-03-09", "wangfang": "2026-03-09"}
    assert await kept.owners() == ["liming", "wangfang"]
    verdict = Verdict(
        chat_id="wr2", stage="silent", zh="没人说话", en="nobody talks", kind="flash"
    )
    await kept.judged([verdict], AT)
    sums = await board(database, "2026-03-01", "2026-03-31")
    assert (sums.groups, sums.members, sums.customers) == (3, 6, 3)
    assert sums.stages == {"": 2, "silent": 1}
    assert {day: one.messages for day, one in sums.days.items()} == {
        "2026-03-08": 3, "2026-03-09": 11,
    }  # fmt: skip
    own = await board(database, "2026-03-09", "2026-03-09", GroupFilter(owners=("wangfang",)))
    assert [(one.owner, one.groups) for one in own.owners] == [("wangfang", 1)]
    assert await kept.single("wangfang", AT) == ("wr3", AT - 30 * DAY)
    assert await kept.single("liming", AT) is None


async def test_a_kind_set_by_hand_stays(database: Database) -> None:
    await Groups(database).keep(chat("wr1", "a"), AT)
    kept, views = GroupFigures(database), GroupViews(database)
    assert await kept.set_kind("wr1", "vip")
    assert not await kept.set_kind("wr9", "vip")
    verdict = Verdict(chat_id="wr1", stage="new", zh="新", en="new", kind="flash")
    await kept.judged([verdict], AT)
    await kept.judged([verdict], AT + 50)
    one = await views.one("wr1", NOW)
    assert one is not None
    assert (one.kind, one.kind_by_hand) == ("vip", True)
    (standing,) = await kept.standing(AT - DAY, AT - 30 * DAY)
    assert (standing.stage, standing.joined, standing.known_to) == ("new", 0, None)


async def test_what_was_posted_and_how_the_group_reacted(database: Database) -> None:
    groups, views = Groups(database), GroupViews(database)
    await groups.keep(chat("wr1", "a", "b"), AT - DAY)
    await groups.keep(chat("wr1", "a"), AT + 60, [change("del_member", "b")])
    put = """
        INSERT INTO touch (plan, customer, slot, scenario, script, receiver, due_at, deadline,
                           state, settled_at)
        VALUES ('topics', 'wr1', $1, 3, 'group/show', 'group', $2, $2, 2, $3)"""
    await database.rows(put, "one", AT - 60, AT - 50)
    await database.rows(put, "two", AT + 2 * DAY, None)
    await GroupFigures(database).put("liming", "wr1", {"2026-03-10": figures(messages=5)})
    later, post = await views.posts("wr1")
    assert (later.slot, later.messages, later.left) == ("two", None, 0)
    assert (post.slot, post.messages, post.joined, post.left) == ("one", 5, 0, 1)


async def test_sums_by_store(database: Database) -> None:
    groups, kept = Groups(database), GroupFigures(database)
    for number, owner in enumerate(("liming", "wangfang", "chen")):
        await groups.keep(chat(f"wr{number}", "a", owner=owner), AT)
        await kept.put(owner, "", {"2026-03-09": figures(messages=number + 1)})
    homes = {"liming": "虹口店", "wangfang": "虹口店"}
    sums = await board(database, "2026-03-09", "2026-03-09")
    store, rest = by_store(sums.owners, lambda owner: homes.get(owner, ""))
    assert (store.store, store.groups) == ("虹口店", 2)
    assert store.days["2026-03-09"].messages == 3
    assert (rest.store, rest.members) == ("", 2)
