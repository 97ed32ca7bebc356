"""The evening digest of a group programme (晚间汇总): posts again what a group did not talk of."""

from bot.store.sql import Database
from bot.store.states import ANSWERS

MISSED = " ↻"  # the slot of a digest ends so
ENOUGH = 5  # messages of customers on that day: the group has talked
# Run before touches are claimed: drops the digest of groups into which nothing was posted, that
# have talked, or of which nobody knows. A slot begins with its day.
DROP = f"""
    UPDATE touch SET state = 3, settled_at = $1,
        rule = CASE WHEN one.posted = 0 THEN 'nothing_posted'
                    WHEN one.known = 0 THEN 'talk_unknown' ELSE 'discussed' END,
        zh = CASE WHEN one.posted = 0 THEN '今天没有发过节目，不用汇总'
                  WHEN one.known = 0 THEN '不知道群里聊没聊过（要有会话内容存档），不汇总'
                  ELSE '群里今天聊过了，不用汇总' END,
        en = CASE WHEN one.posted = 0 THEN 'nothing was posted today'
                  WHEN one.known = 0 THEN 'nobody knows whether the group talked (no archive)'
                  ELSE 'the group has talked today' END
    FROM (
        SELECT t.seq,
               (SELECT count(*) FROM touch AS p
                WHERE p.customer = t.customer AND p.plan = t.plan AND p.state = 2
                  AND substr(p.slot, 1, 10) = substr(t.slot, 1, 10)
                  AND p.slot NOT LIKE '%{MISSED}') AS posted,
               (SELECT count(*) FROM group_talk AS k WHERE k.chat_id = t.customer) AS known,
               (SELECT coalesce(sum(k.messages), 0) FROM group_talk AS k
                JOIN chat_group_member AS m ON m.chat_id = k.chat_id AND m.userid = k.userid
                WHERE k.chat_id = t.customer AND k.day = substr(t.slot, 1, 10) AND m.customer)
                   AS talked
        FROM touch AS t
        WHERE t.state = 0 AND t.due_at <= $1 AND t.receiver = 'group'
          AND t.slot LIKE '%{MISSED}') AS one
    WHERE touch.seq = one.seq AND touch.state = 0
      AND (one.posted = 0 OR one.known = 0 OR one.talked >= $2)"""
POSTED = f"""
    SELECT p.script, min(p.settled_at) AS at
    FROM touch AS t JOIN touch AS p ON p.customer = t.customer AND p.plan = t.plan
    WHERE t.task = $1 AND p.state = 2 AND substr(p.slot, 1, 10) = substr(t.slot, 1, 10)
      AND p.slot NOT LIKE '%{MISSED}'
    GROUP BY p.script ORDER BY at, p.script"""
OWN = "SELECT words FROM group_answer WHERE id = $1"


async def drop_discussed(database: Database, now: float) -> None:
    await database.change(DROP, now, ENOUGH)


async def own_words(database: Database, plan: str, slot: str, task: str) -> str:
    """The words of a mass message itself: of an answer what somebody wrote, of a digest the ids of
    the scripts that were posted, one a line; "": it only has its script."""
    if slot.endswith(MISSED):
        return "\n".join(row["script"] for row in await database.rows(POSTED, task))
    if plan == ANSWERS:
        return next((str(row["words"]) for row in await database.rows(OWN, slot)), "")
    return ""
