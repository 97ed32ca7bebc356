"""The statements of the hot path. Those that write take all rows of a commit in one call.

Tortoise carries the models, the migrations and the console; building and saving an object a row
would cost ten times the rest of an event's way (docs/performance.md).
"""

from enum import StrEnum


class Statement(StrEnum):
    """SQLite; run row by row in one call, in this order inside a transaction."""

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
    SETTLE_MESSAGES = """
        UPDATE message SET state = ?, attempts = ?, due_at = ?, settled_at = ?, note = ?
        WHERE id = ?"""
    PUT_SESSIONS = """
        INSERT INTO session (conversation, heard_at, sent, staffed, servicer, said, offered,
                             changed_at)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (conversation) DO UPDATE SET heard_at = excluded.heard_at,
            sent = excluded.sent, staffed = excluded.staffed, servicer = excluded.servicer,
            said = excluded.said, offered = excluded.offered, changed_at = excluded.changed_at"""
    PUT_CURSORS = """
        INSERT INTO cursor (account, cursor) VALUES (?, ?)
        ON CONFLICT (account) DO UPDATE SET cursor = excluded.cursor"""
    PUT_CUSTOMERS = """
        INSERT INTO customer (id, name, tags, fetched_at) VALUES (?, ?, ?, ?)
        ON CONFLICT (id) DO UPDATE SET name = excluded.name, tags = excluded.tags,
            fetched_at = excluded.fetched_at"""
    PUT_TODOS = """
        INSERT INTO todo (id, member, customer, conversation, why, words, created_at)
        VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING"""
    CLOSE_TODOS = """
        UPDATE todo SET done_at = ? WHERE conversation = ? AND done_at IS NULL"""


WAITING_EVENTS = """
    SELECT id, kind, conversation, body FROM event WHERE state = 0 ORDER BY seq LIMIT ?"""
OPEN_MESSAGES = """
    SELECT id, event_id, conversation, via, script, body, urgent, created_at, due_at,
           attempts, state
    FROM message WHERE state = 0 AND due_at <= ?
    ORDER BY urgent DESC, due_at, seq LIMIT ?"""
SESSIONS = """
    SELECT conversation, heard_at, sent, staffed, servicer, said, offered FROM session
    WHERE conversation IN (SELECT value FROM json_each(?))"""
CUSTOMERS = """
    SELECT id, name, tags FROM customer WHERE id IN (SELECT value FROM json_each(?))"""
# A few thousand at a time, from the oldest on: nobody waits long for the connection.
FORGET_EVENTS = """
    DELETE FROM event WHERE seq IN (
        SELECT seq FROM (SELECT seq, state, received_at FROM event ORDER BY seq LIMIT 2000)
        WHERE state = 1 AND received_at < ?) RETURNING seq"""
FORGET_MESSAGES = """
    DELETE FROM message WHERE seq IN (
        SELECT seq FROM (SELECT seq, state, created_at FROM message ORDER BY seq LIMIT 2000)
        WHERE state IN (2, 3) AND created_at < ?) RETURNING seq"""
DOUBT_CLAIMED = """
    UPDATE message SET state = 4, settled_at = ?, note = ? WHERE state = 1 RETURNING id"""
WELCOMES = """
    SELECT id, event_id, conversation, via, script, body, urgent, created_at, due_at, attempts
    FROM message WHERE event_id = ? AND via = 'bot_enter' AND state = ?"""
