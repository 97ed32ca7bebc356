"""The statements of the hot path. Writing ones take all rows of a commit in one call.

Tortoise carries the models, the migrations and the console; building and saving an object for each
row would cost several times the rest of an event's way (docs/performance.md).
"""

from enum import StrEnum

from bot.store.handover.owning import owner_of

MESSAGE = "seq, id, event_id, conversation, via, script, body, created_at, due_at, attempts"
OPEN = "state < 2"  # word for word as in the index, or SQLite does not use it
# A final state is never taken back, but a doubtful message may turn out to be sent. {} is the new
# state.
MAY_SETTLE = "(state < 2 OR (state = 4 AND {} = 2))"
LEARN = """
    INSERT INTO learned (question, script, source, who, times, last_at)
    VALUES ($1, $2, $3, $4, 1, $5)
    ON CONFLICT (question, script, source, who) DO UPDATE SET
        times = learned.times + 1, last_at = excluded.last_at"""


class Statement(StrEnum):
    """SQLite; run row by row in one call, in this order inside a transaction.

    How PostgreSQL wants them is in commits_postgres.py.
    """

    PUT_EVENTS = """
        INSERT INTO event (id, kind, conversation, body, received_at, state)
        VALUES (?, ?, ?, ?, ?, 0) ON CONFLICT (id) DO NOTHING"""
    PUT_HISTORY = """
        INSERT INTO event (id, kind, conversation, body, received_at, state, decision, done_at)
        VALUES (?, ?, ?, ?, ?, 1, ?, ?) ON CONFLICT (id) DO NOTHING"""
    PUT_MESSAGES = """
        INSERT INTO message (id, event_id, conversation, via, script, body, urgent,
                             created_at, due_at, attempts, state)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0) ON CONFLICT (id) DO NOTHING"""
    FINISH_EVENTS = """
        UPDATE event SET state = 1, decision = ?, done_at = ? WHERE id = ?"""
    SETTLE_MESSAGES = f"""
        UPDATE message SET state = ?1, attempts = ?2, due_at = ?3, settled_at = ?4, note = ?5
        WHERE id = ?6 AND {MAY_SETTLE.format("?1")}"""
    PUT_SESSIONS = """
        INSERT INTO session (conversation, heard_at, sent, staffed, servicer, said, offered,
                             asked, changed_at)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (conversation) DO UPDATE SET heard_at = excluded.heard_at,
            sent = excluded.sent, staffed = excluded.staffed, servicer = excluded.servicer,
            said = excluded.said, offered = excluded.offered, asked = excluded.asked,
            changed_at = excluded.changed_at"""
    PUT_CURSORS = """
        INSERT INTO cursor (account, cursor) VALUES (?, ?)
        ON CONFLICT (account) DO UPDATE SET cursor = excluded.cursor"""
    PUT_CUSTOMERS = """
        INSERT INTO customer (id, name, tags, fetched_at, spread) VALUES (?, ?, ?, ?, ?)
        ON CONFLICT (id) DO UPDATE SET name = excluded.name, tags = excluded.tags,
            fetched_at = excluded.fetched_at, spread = excluded.spread"""
    PUT_TODOS = f"""
        INSERT INTO todo (id, member, customer, conversation, why, words, created_at, outlasts)
        VALUES (?1, {owner_of("?2", "?3")}, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (id) DO NOTHING"""
    CLOSE_TODOS = """
        UPDATE todo SET done_at = ? WHERE conversation = ? AND done_at IS NULL AND NOT outlasts"""
    PUT_LEARNED = LEARN.replace("$", "?")


def open_messages(among: str = "true") -> str:
    """SQL: the waiting messages by seq: after $1, at most $2, by the ways $3."""
    return f"""
    SELECT {MESSAGE} FROM message WHERE {OPEN} AND state = 0 AND seq > $1 AND {among}
        AND via IN (SELECT value FROM texts($3))
    ORDER BY seq LIMIT $2"""


def doubt_claimed(among: str = "true") -> str:
    """SQL: make doubtful what was being sent: at $1, with the note $2."""
    return f"""
    UPDATE message SET state = 4, settled_at = $1, note = $2
    WHERE {OPEN} AND state = 1 AND {among} RETURNING id"""


# From here on one text for both databases, as bot/store/sql.py has it.
WAITING_EVENTS = """
    SELECT id, kind, conversation, body FROM event WHERE state = 0 ORDER BY seq LIMIT $1"""
# Which of these are settled; which nobody has settled since.
SETTLED = "SELECT id FROM event WHERE id IN (SELECT value FROM texts($1)) AND state = 1"
STRANDED = """
    SELECT id, kind, conversation, body, received_at FROM event
    WHERE state = 0 AND received_at < $1 ORDER BY seq LIMIT $2"""
OPEN_MESSAGES, DOUBT_CLAIMED = open_messages(), doubt_claimed()
SESSIONS = """
    SELECT conversation, heard_at, sent, staffed, servicer, said, offered, asked FROM session
    WHERE conversation IN (SELECT value FROM texts($1))"""
CUSTOMERS = """
    SELECT id, name, tags, fetched_at, opted_out_at, member, store FROM customer
    WHERE id IN (SELECT value FROM texts($1))"""
# A few thousand at a time, the oldest first, so that nobody waits long for the connection. What
# stays, as doubtful messages do, must not take up all of a look.
FORGET_EVENTS = """
    DELETE FROM event WHERE seq IN (
        SELECT seq FROM (SELECT seq, received_at FROM event
                         WHERE state = 1 ORDER BY seq LIMIT 2000) AS oldest
        WHERE received_at < $1) RETURNING seq"""
FORGET_MESSAGES = """
    DELETE FROM message WHERE seq IN (
        SELECT seq FROM (SELECT seq, created_at FROM message
                         WHERE state IN (2, 3) ORDER BY seq LIMIT 2000) AS oldest
        WHERE created_at < $1) RETURNING seq"""
FORGET_LEARNED = """
    DELETE FROM learned WHERE seq IN (
        SELECT seq FROM learned WHERE source < 2 AND last_at < $1 LIMIT 2000) RETURNING seq"""
FORGET_ASKED = """
    UPDATE session SET asked = '' WHERE conversation IN (
        SELECT conversation FROM session WHERE asked <> '' AND changed_at < $1 LIMIT 2000)
    RETURNING conversation"""
FORGET_EXPIRED = "DELETE FROM credential WHERE expires_at < $1 RETURNING key"
WELCOMES = f"""
    SELECT {MESSAGE} FROM message WHERE event_id = $1 AND via = 'bot_enter' AND state = $2"""
