"""Decides whose a reminder, a to-do, a complaint or a touch is while its member hands over.

A thing that was the leaver's is noted once (`handover_thing`); from then on it belongs to the
owner of its customer's item, or, without an item, to the holder. Every statement may run again.
"""

from bot.store.sql import Source
from bot.store.touch.places import HELD, give_back, held

LEAVING = "SELECT leaver FROM handover WHERE state IN (1, 2)"
# The holder of a leaver who is back has nothing any more.
_OWNER = """
    coalesce(item.owner, CASE WHEN handover.state = 3 THEN handover.leaver
                              ELSE handover.holder END)"""
_THINGS = """
    INSERT INTO handover_thing (handover, kind, thing, customer)
    SELECT CAST($1 AS TEXT), '{kind}', {thing}, {table}.customer FROM {table}
    {join}WHERE {table}.member = CAST($2 AS TEXT) AND {open}
    ON CONFLICT (kind, thing) DO UPDATE SET handover = excluded.handover"""
_OWN = f"""
    UPDATE {{table}} SET member = one.owner
    FROM (SELECT thing.thing, {_OWNER} AS owner
          FROM handover_thing AS thing
          JOIN handover ON handover.id = thing.handover
          LEFT JOIN handover_item AS item
              ON item.handover = thing.handover AND item.subject = thing.customer
          WHERE thing.handover = CAST($1 AS TEXT) AND thing.kind = '{{kind}}') AS one
    WHERE {{id}} = {{cast}} AND {{open}} AND {{table}}.member <> one.owner"""
_TOUCHES = """JOIN handover_item AS item
        ON item.subject = touch.customer AND item.handover = CAST($1 AS TEXT) """
_KINDS = (
    ("reminder", "reminder", "reminder.id", "", "reminder.state = 0"),
    ("todo", "todo", "todo.id", "", "todo.done_at IS NULL"),
    (
        "case",
        "complaint_case",
        "CAST(complaint_case.seq AS TEXT)",
        "",
        "complaint_case.closed_at IS NULL",
    ),
    # By their customers: touches have no index on the member.
    ("touch", "touch", "CAST(touch.seq AS TEXT)", _TOUCHES, "touch.state IN (0, 1, 5)"),
)
_NUMBERED = ("case", "touch")
TAKE_IN = tuple(
    _THINGS.format(kind=kind, table=table, thing=thing, join=join, open=still)
    for kind, table, thing, join, still in _KINDS
)
# Of customers whom only the leaver has, what anybody might have sent is the taker's to send.
TAKE_IN_FREE = """
    INSERT INTO handover_thing (handover, kind, thing, customer)
    SELECT CAST($1 AS TEXT), 'touch', CAST(touch.seq AS TEXT), touch.customer
    FROM handover_item AS item JOIN touch ON touch.customer = item.subject
    WHERE item.handover = CAST($1 AS TEXT) AND item.kind = 'customer' AND touch.member = ''
      AND touch.state IN (0, 5) AND NOT EXISTS (
          SELECT 1 FROM contact WHERE contact.customer = item.subject
            AND contact.lost_at IS NULL AND contact.member <> CAST($2 AS TEXT))
    ON CONFLICT (kind, thing) DO UPDATE SET handover = excluded.handover"""
OWN = tuple(
    _OWN.format(
        kind=kind, table=table, open=still, id=f"{table}.{'seq' if kind in _NUMBERED else 'id'}",
        cast="CAST(one.thing AS BIGINT)" if kind in _NUMBERED else "one.thing",
    )
    for kind, table, _, _, still in _KINDS
)  # fmt: skip
# Whoever judges a touch at this moment began before the handover: it is judged again, as is what
# was to join a mass message of the leaver.
UNCLAIM = f"""
    UPDATE touch SET state = 0, rule = 'handover', due_at = $2, settled_at = $2
    WHERE (state = 5 OR state = 1 AND task = '') AND seq IN (
        SELECT CAST(thing AS BIGINT) FROM handover_thing
        WHERE handover = CAST($1 AS TEXT) AND kind = 'touch')
    RETURNING {HELD}"""
# A mass message that its member has not confirmed is withdrawn at the next look (bot/touch/mass).
LOOK_AT_TASKS = """
    UPDATE mass_task SET checked_at = NULL WHERE member = CAST($1 AS TEXT) AND state < 3"""
# Who serves the customer: by this the planner, the sidebar and the reminders choose.
SERVES = """
    UPDATE customer SET member = item.owner
    FROM handover_item AS item JOIN handover ON handover.id = item.handover
    WHERE item.handover = CAST($1 AS TEXT) AND item.kind = 'customer' AND item.state <> 2
      AND customer.id = item.subject AND customer.member <> item.owner
      AND (customer.member = handover.leaver
           OR customer.member = item.taker AND NOT EXISTS (
               SELECT 1 FROM contact WHERE contact.customer = customer.id
                 AND contact.member = item.taker AND contact.lost_at IS NULL))"""
# What was filed while somebody else stood in is theirs in no table of ours, and they never had the
# customer.
_BACK = """
    UPDATE {table} SET member = CAST($2 AS TEXT) FROM handover_item AS item
    WHERE item.handover = CAST($1 AS TEXT) AND item.kind = 'customer'
      AND item.state NOT IN (1, 2, 7) AND item.subject = {table}.customer
      AND {table}.member = item.owner AND {open} AND NOT EXISTS (
          SELECT 1 FROM contact WHERE contact.customer = item.subject
            AND contact.member = item.owner AND contact.lost_at IS NULL)"""
BACK = tuple(
    _BACK.format(table=table, open=still)
    for table, still in (
        ("touch", "touch.state IN (0, 5)"),
        *((table, still) for kind, table, _, _, still in _KINDS if kind != "touch"),
    )
)
DUE = """
    UPDATE touch SET due_at = $2 WHERE state = 0 AND rule = 'handover'
      AND customer IN (SELECT value FROM texts($1))"""


async def take_in(source: Source, handover: str, leaver: str, now: float) -> None:
    """Note all that is the leaver's now as things of the handover, and give it to their owners."""
    for text in TAKE_IN:
        await source.rows(text, handover, leaver)
    await source.rows(TAKE_IN_FREE, handover, leaver)
    await give_back(source, map(held, await source.rows(UNCLAIM, handover, now)))
    await own(source, handover)
    await source.rows(LOOK_AT_TASKS, leaver)


async def own(source: Source, handover: str) -> None:
    """Give the things of a handover to the present owners of its items, or to its holder."""
    for text in (*OWN, SERVES):
        await source.rows(text, handover)


async def back(source: Source, handover: str, leaver: str) -> None:
    """Give the leaver what was filed for those who stood in and never had the customer. To be
    called before the items are the leaver's again."""
    for text in BACK:
        await source.rows(text, handover, leaver)


def owner_of(member: str, customer: str) -> str:
    """SQL: who gets what is filed at this moment for `member` about `customer`.

    Args:
        member, customer: SQL as well, each a value of type TEXT.
    """
    return f"""coalesce(
        (SELECT item.owner FROM handover_item AS item
         JOIN handover ON handover.id = item.handover
         WHERE handover.leaver = {member} AND handover.state IN (1, 2)
           AND item.subject = {customer}),
        (SELECT holder FROM handover WHERE leaver = {member} AND state IN (1, 2)), {member})"""
