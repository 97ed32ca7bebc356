"""What the journal writes about customers and touches, together with an event's outcome.

These are rarer than those of statements.py, so they stand apart: a commit without them looks at
none.
"""

from enum import StrEnum
from typing import Any

from bot.store.customers import fields, stages
from bot.store.touch import places

# A text (?5) in the chat (?4) of a member that we said in their name: a welcome. The archive of
# messages tells it as theirs.
SAID_FOR_THEM = """EXISTS (
    SELECT 1 FROM message WHERE message.conversation = ?4
      AND trim(json_extract(message.body, '$.text')) = ?5)"""
# A text in a group or to a customer (?3) at a moment (?2) that a member did not write, but
# confirmed: a post, a planned message, or answers that were collected.
CONFIRMED_POST = """EXISTS (
    SELECT 1 FROM touch JOIN message ON message.event_id = 'mass:' || touch.task
    WHERE touch.customer = ?3 AND touch.task <> '' AND touch.due_at + 604800 > ?2
      AND trim(json_extract(message.body, '$.text')) = {text})"""
THEIR_OWN = (  # whether a text (?5) is a person's own words, as one that is not kept is
    f"(?5 = '' OR NOT {SAID_FOR_THEM} AND NOT {CONFIRMED_POST.format(text='?5')})"
)


# Whether they name (?5) this one: behind an @ a name ends at its first space or sign, and whoever
# has a longer one is somebody else. Nothing stands in any text, on both databases.
CALLED = """(substr({name}, 1, length(?5)) = ?5
    AND instr(' \u2005,，:：?？!！。', substr({name}, length(?5) + 1, 1)) > 0)"""


class TouchStatement(StrEnum):
    """SQLite; run row by row, in this order inside a transaction, after those of every event.
    For PostgreSQL commits_postgres.py translates them.

    All but MEET change a customer who is there already: meet them first.
    """

    MEET = """
        INSERT INTO customer (id, name, tags, fetched_at, spread) VALUES (?, '', '[]', 0, ?)
        ON CONFLICT (id) DO NOTHING"""
    DESCRIBE = """
        UPDATE customer SET zone = coalesce(?, zone), birthday = coalesce(?, birthday),
            store = coalesce(?, store), unionid = coalesce(?, unionid), phone = coalesce(?, phone)
        WHERE id = ?"""
    END_STAGE_DATES = stages.END_DATE.replace("$", "?")
    BEGIN_STAGE_DATES = stages.BEGIN_DATE.replace("$", "?")
    PUT_STAGE_STEPS = stages.STEP.replace("$", "?")
    PUT_STAGES = stages.SET.replace("$", "?")
    PUT_FIELDS = fields.PUT.replace("$", "?")
    DROP_NOTED = fields.UNNOTED.replace("$", "?")
    EMPTY_NOTED = fields.EMPTY_NOTED.replace("$", "?")
    PUT_NOTED = fields.NOTED.replace("$", "?")
    PUT_PURCHASES = """
        INSERT INTO purchase (event, customer, at) VALUES (?, ?, ?)
        ON CONFLICT (event) DO NOTHING"""
    PUT_INVITATIONS = """
        INSERT INTO invitation (campaign, code, inviter, invitee, member, added_at, due_at)
        SELECT campaign, state, customer, ?2, ?3, ?4, ?4 FROM referral_code
        WHERE state = ?1 AND customer <> state
        ON CONFLICT (campaign, inviter, invitee) DO UPDATE SET
            added_at = min(invitation.added_at, excluded.added_at)"""
    PUT_CONTACTS = """
        INSERT INTO contact (customer, member, added_at, state) VALUES (?, ?, ?, ?)
        ON CONFLICT (customer, member) DO UPDATE SET
            added_at = max(contact.added_at, excluded.added_at),
            state = CASE WHEN excluded.state = '' THEN contact.state ELSE excluded.state END,
            lost_at = CASE WHEN contact.lost_at > excluded.added_at
                OR contact.added_at = excluded.added_at THEN contact.lost_at END"""
    PUT_REMARKS = """
        UPDATE contact SET remark = ?1 WHERE customer = ?2 AND member = ?3 AND remark <> ?1"""
    PUT_CONTACT_TAGS = """
        UPDATE contact SET tags = ? WHERE customer = ? AND member = ?"""
    LOSE_CONTACTS = """
        UPDATE contact SET lost_at = ?1
        WHERE customer = ?2 AND member = ?3 AND lost_at IS NULL AND added_at <= ?1"""
    TALKED = """
        UPDATE customer SET member = ?1 WHERE id = ?2 AND EXISTS (
            SELECT 1 FROM contact
            WHERE contact.customer = ?2 AND contact.member = ?1 AND lost_at IS NULL)"""
    RECKON_CONTACTS = """
        UPDATE customer SET
            friends = (SELECT count(*) FROM contact
                       WHERE contact.customer = customer.id AND lost_at IS NULL),
            added_at = coalesce(added_at, (SELECT min(added_at) FROM contact
                                           WHERE contact.customer = customer.id)),
            source = CASE WHEN source <> '' THEN source ELSE coalesce((
                SELECT state FROM contact WHERE contact.customer = customer.id AND state <> ''
                ORDER BY added_at LIMIT 1), '') END,
            member = CASE
                WHEN EXISTS (SELECT 1 FROM contact WHERE contact.customer = customer.id
                             AND contact.member = customer.member AND lost_at IS NULL)
                  OR EXISTS (SELECT 1 FROM handover_item AS item
                             WHERE item.subject = customer.id AND item.owner = customer.member
                             AND item.state NOT IN (2, 7))
                THEN member ELSE coalesce((
                    SELECT contact.member FROM contact
                    WHERE contact.customer = customer.id AND lost_at IS NULL
                    ORDER BY added_at DESC LIMIT 1), '') END
        WHERE id = ?"""
    # No member had them at that moment.
    LEAVE_INVITATIONS = """
        UPDATE invitation SET left_at = ?1,
            due_at = CASE WHEN state IN (0, 3) THEN 0 ELSE due_at END
        WHERE invitee = ?2 AND left_at IS NULL AND added_at <= ?1 AND NOT EXISTS (
            SELECT 1 FROM contact WHERE customer = ?2 AND added_at <= ?1
                AND (lost_at IS NULL OR lost_at > ?1))"""
    PUT_WISHES = """
        INSERT INTO referral_wish (id, customer, account, conversation, campaign, at)
        VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING"""
    WAKE_CODES = """
        UPDATE channel_code SET again_at = ?1
        WHERE state = ?2 AND problem <> '' AND again_at > ?1"""
    TRY_REWARDS = """
        UPDATE referral_reward SET slot = ?1, tries = tries + 1, wanted = 0, state = 0, rule = ''
        WHERE seq = ?2 AND tries = ?3"""
    PUT_TAGGINGS = """
        INSERT INTO tagging (customer, tag, member, rule, zh, en, at)
        SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7 WHERE NOT EXISTS (
            SELECT 1 FROM customer_tag WHERE customer = ?1 AND tag = ?2)"""
    PUT_TAGS = """
        INSERT INTO customer_tag (tag, customer) VALUES (?, ?)
        ON CONFLICT (tag, customer) DO NOTHING"""
    DROP_TAGS = """
        DELETE FROM customer_tag WHERE tag = ? AND customer = ?"""
    RECKON_TAGS = """
        UPDATE customer SET tags = (
            SELECT json_group_array(tag)
            FROM (SELECT tag FROM customer_tag AS has WHERE has.customer = customer.id
                  ORDER BY tag))
        WHERE id = ?"""
    HEARD = """
        UPDATE customer SET heard_at = max(coalesce(heard_at, 0), ?) WHERE id = ?"""
    PUT_RHYTHMS = """
        INSERT INTO rhythm (customer, counts) VALUES (?, ?)
        ON CONFLICT (customer) DO UPDATE SET counts = excluded.counts"""
    PUT_HOURS = """
        UPDATE customer SET best_from = ?, best_to = ? WHERE id = ?"""
    OPT_OUT = """
        UPDATE customer SET opted_out_at = ? WHERE id = ?"""
    BRAKE = """
        UPDATE customer SET braked_at = ? WHERE id = ?"""
    PUT_BRAKE_STEPS = """
        INSERT INTO brake_step (customer, kind, active, who, why, at, sounds)
        VALUES (?, ?, ?, ?, ?, ?, ?)"""
    PUT_CASES = """
        INSERT INTO complaint_case (customer, channel, conversation, member, words, at, heard_at)
        SELECT ?1, ?2, ?3, coalesce(
            nullif(?6, ''), nullif((SELECT member FROM customer WHERE id = ?1), ''), ?7),
            ?4, ?5, ?5
        WHERE true ON CONFLICT (customer) WHERE closed_at IS NULL DO NOTHING"""
    PUT_CASE_WORDS = """
        INSERT INTO complaint_word (complaint, event, words, at)
        SELECT seq, ?2, ?3, ?4 FROM complaint_case WHERE customer = ?1 AND closed_at IS NULL
        ON CONFLICT (event) DO NOTHING"""
    # What was written before the last answer needs no other one.
    HEAR_CASES = """
        UPDATE complaint_case SET
            times = (SELECT count(*) FROM complaint_word WHERE complaint = complaint_case.seq),
            words = CASE WHEN ?3 >= heard_at THEN ?2 ELSE words END,
            heard_at = max(heard_at, ?3),
            waiting_since = coalesce(
                waiting_since, CASE WHEN coalesce(replied_at, 0) < ?3 THEN ?3 END)
        WHERE customer = ?1 AND closed_at IS NULL"""
    TOLD_CASES = """
        UPDATE complaint_case SET told_at = max(coalesce(told_at, 0), ?3)
        WHERE customer = ?1 AND closed_at IS NULL AND member = ?2"""
    # In a group, by one of ours: of whom they name, else of who complained last.
    ANSWER_GROUP_CASES = f"""
        UPDATE complaint_case SET
            answered_by = CASE WHEN answered_at IS NULL THEN ?1 ELSE answered_by END,
            answered_at = coalesce(answered_at, ?2), replied_at = ?2, waiting_since = NULL
        WHERE seq = (
            SELECT seq FROM complaint_case AS one
            WHERE conversation = 'group:' || ?3 AND closed_at IS NULL AND heard_at < ?2
              AND waiting_since IS NOT NULL AND heard_at >= ?4
              AND (?5 = '' OR customer IN (
                  SELECT userid FROM chat_group_member
                  WHERE chat_id = ?3 AND ({CALLED.format(name="nickname")}
                                          OR {CALLED.format(name="name")})))
              AND NOT {CONFIRMED_POST.format(text="?6")}
            ORDER BY heard_at DESC LIMIT 1)"""
    ANSWER_CASES = f"""
        UPDATE complaint_case SET
            answered_by = CASE WHEN answered_at IS NULL THEN ?1 ELSE answered_by END,
            answered_at = coalesce(answered_at, ?2), replied_at = ?2, waiting_since = NULL
        WHERE customer = ?3 AND closed_at IS NULL AND at <= ?2
          AND {THEIR_OWN}"""
    CLOSE_ANSWERED = f"""
        UPDATE todo SET done_at = ?1 WHERE conversation = ?4 AND done_at IS NULL AND NOT outlasts
          AND {THEIR_OWN}"""
    FREE = """
        UPDATE customer SET free_until = max(coalesce(free_until, 0), ?) WHERE id = ?"""
    PUT_TOUCHES = """
        INSERT INTO touch (plan, customer, slot, scenario, script, words, member, receiver,
                           due_at, deadline)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (customer, plan, slot) DO NOTHING"""
    DROP_TOUCHES = """
        UPDATE touch SET state = 3, rule = ?, zh = ?, en = ?, settled_at = ?
        WHERE customer = ? AND plan = ? AND state = 0"""
    # The slot of a sequence ends with the day from which it counts.
    END_SEQUENCES = """
        UPDATE touch SET state = 3, rule = ?, zh = ?, en = ?, settled_at = ?
        WHERE customer = ? AND plan = ? AND state = 0 AND substr(slot, -10) <= ?"""
    SETTLE_TOUCHES = """
        UPDATE touch SET state = ?, rule = ?, zh = ?, en = ?, settled_at = ?
        WHERE customer = ? AND plan = ? AND slot = ? AND state IN (0, 1, 5)"""
    KEEP_PLACES = places.KEEP_ONE
    GIVE_BACK_PLACES = places.GIVE_BACK_ONE
    EMPTY_PLACES = places.EMPTY_ONE
    PUT_DATES = """
        INSERT INTO customer_date (customer, name, at) VALUES (?, ?, ?)
        ON CONFLICT (customer, name) DO UPDATE SET at = excluded.at
        WHERE excluded.at > customer_date.at OR ?"""
    FIRST_DATES = """
        INSERT INTO customer_date (customer, name, at) VALUES (?, ?, ?)
        ON CONFLICT (customer, name) DO NOTHING"""
    DROP_DATES = """
        DELETE FROM customer_date WHERE customer = ? AND name = ?"""
    PUT_SIGNALS = """
        INSERT INTO signal (id, external_userid, unionid, phone, at, body)
        VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING"""
    DROP_SIGNALS = """
        DELETE FROM signal WHERE seq = ?"""
    PUT_SAID = """
        INSERT INTO said (customer, words, at) VALUES (?, ?, ?)
        ON CONFLICT (customer, words) DO UPDATE SET at = excluded.at"""
    PUT_USES = """
        INSERT INTO script_use (member, script, times, as_is, last_at) VALUES (?, ?, 1, ?, ?)
        ON CONFLICT (member, script) DO UPDATE SET times = script_use.times + 1,
            as_is = script_use.as_is + excluded.as_is, last_at = excluded.last_at"""
    PUT_GROUP_QUESTIONS = """
        INSERT INTO group_question (id, chat_id, topic, text, question, askers, at, last_at,
                                    script)
        VALUES (?, ?, ?, ?, ?, json_array(json(?)), ?7, ?7, ?8)
        ON CONFLICT (chat_id, topic) WHERE state IN (0, 3) DO UPDATE SET
            last_at = max(group_question.last_at, excluded.last_at),
            askers = CASE
                WHEN instr(group_question.askers,
                           json_extract(excluded.askers, '$[0]')) > 0 THEN group_question.askers
                ELSE json_insert(group_question.askers, '$[#]',
                                 json(json_extract(excluded.askers, '$[0]'))) END
        ON CONFLICT (id) DO NOTHING"""
    # By one of ours, who may name whom they answer; else it is what was asked last.
    ANSWER_GROUP_QUESTIONS = f"""
        UPDATE group_question SET state = 1, by = ?, ended_at = ?2
        WHERE seq = (SELECT seq FROM group_question
                     WHERE chat_id = ?3 AND state = 0 AND at <= ?2 AND last_at >= ?4
                       AND (?5 = '' OR ?6 IN (text, question) OR EXISTS (
                           SELECT 1 FROM json_each(askers) AS one
                           WHERE {CALLED.format(name="one.value ->> 1")}))
                       AND (?5 <> '' OR NOT EXISTS (  -- what they sent out of the sidebar
                           SELECT 1 FROM group_question AS had
                           WHERE had.chat_id = ?3 AND had.by = ?1
                             AND had.ended_at BETWEEN ?2 - 20 AND ?2 + 20))
                       AND NOT {CONFIRMED_POST.format(text="?7")}
                     ORDER BY last_at DESC LIMIT 1)"""
    # In one transaction with how far the archive was read, so each message counts once.
    ADD_GROUP_TALK = """
        INSERT INTO group_talk (chat_id, userid, day, messages) VALUES (?, ?, ?, ?)
        ON CONFLICT (chat_id, userid, day) DO UPDATE SET
            messages = group_talk.messages + excluded.messages"""
    FINISH_TODOS = """
        UPDATE todo SET done_at = ? WHERE id = ? AND done_at IS NULL"""
    REOPEN_TODOS = """
        UPDATE todo SET done_at = NULL WHERE id = ?"""
    PUT_ROUNDS = """
        UPDATE sync_round SET place = ?, cursor = ?, since = ?, total = ?, done = ?,
            added = ?, lost = ?, tagged = ?
        WHERE seq = ?"""
    PUT_FINDS = """
        INSERT INTO sync_find (round, customer, member, kind, at) VALUES (?, ?, ?, ?, ?)
        ON CONFLICT (round, customer, member, kind) DO NOTHING"""
    PUT_GROUP_CHANGES = """
        INSERT INTO chat_group_change (event, chat_id, at, change, detail, members, scene,
                                       last_version, version)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (event) DO NOTHING"""


RHYTHMS = """
    SELECT one.value AS customer, customer.zone, rhythm.counts FROM texts($1) AS one
    LEFT JOIN customer ON customer.id = one.value
    LEFT JOIN rhythm ON rhythm.customer = one.value"""

# By statement: rows in the order of its columns.
TouchRows = dict[TouchStatement, list[tuple[Any, ...]]]


def merge(one: TouchRows | None, other: TouchRows) -> TouchRows:
    """The rows of both, those of `one` first."""
    if not one:
        return other
    statements = [*one, *(statement for statement in other if statement not in one)]
    return {name: [*one.get(name, ()), *other.get(name, ())] for name in statements}
