"""The journal's statements as PostgreSQL wants them."""

import re
from collections.abc import Mapping

from bot.store.statements import MAY_SETTLE, Statement
from bot.store.touch.statements import TouchStatement

Each = Statement | TouchStatement


def _given(*kinds: str) -> str:
    """SQL: lists, one for each column, as rows with c1, c2 … and their place n."""
    lists = ", ".join(f"CAST(${number} AS {kind}[])" for number, kind in enumerate(kinds, 1))
    names = ", ".join(f"c{number}" for number in range(1, len(kinds) + 1))
    return f"unnest({lists}) WITH ORDINALITY AS given ({names}, n)"


_T, _F, _I, _B = "TEXT", "DOUBLE PRECISION", "INTEGER", "BOOLEAN"

# Many rows in one statement; the ids that it returns are new.
SETS: Mapping[Statement, str] = {
    Statement.PUT_EVENTS: f"""
        INSERT INTO event (id, kind, conversation, body, received_at, state)
        SELECT c1, c2, c3, c4, c5, 0 FROM {_given(_T, _T, _T, _T, _F)} ORDER BY n
        ON CONFLICT (id) DO NOTHING RETURNING id""",
    Statement.PUT_HISTORY: f"""
        INSERT INTO event (id, kind, conversation, body, received_at, state, decision, done_at)
        SELECT c1, c2, c3, c4, c5, 1, c6, c7 FROM {_given(_T, _T, _T, _T, _F, _T, _F)} ORDER BY n
        ON CONFLICT (id) DO NOTHING RETURNING id""",
    Statement.PUT_MESSAGES: f"""
        INSERT INTO message (id, event_id, conversation, via, script, body, urgent,
                             created_at, due_at, attempts, state)
        SELECT c1, c2, c3, c4, c5, c6, c7, c8, c9, 0, 0
        FROM {_given(_T, _T, _T, _T, _T, _T, _B, _F, _F)} ORDER BY n
        ON CONFLICT (id) DO NOTHING RETURNING id""",
    Statement.FINISH_EVENTS: f"""
        UPDATE event SET state = 1, decision = c1, done_at = c2
        FROM {_given(_T, _F, _T)} WHERE id = c3""",
    Statement.SETTLE_MESSAGES: f"""
        UPDATE message SET state = c1, attempts = c2, due_at = c3, settled_at = c4, note = c5
        FROM {_given(_I, _I, _F, _F, _T, _T)}
        WHERE id = c6 AND {MAY_SETTLE.format("c1")}""",
    Statement.PUT_SESSIONS: f"""
        INSERT INTO session (conversation, heard_at, sent, staffed, servicer, said, offered,
                             asked, changed_at)
        SELECT c1, c2, c3, c4, c5, c6, c7, c8, c9
        FROM {_given(_T, _F, _I, _B, _T, _T, _T, _T, _F)} ORDER BY c1
        ON CONFLICT (conversation) DO UPDATE SET heard_at = excluded.heard_at,
            sent = excluded.sent, staffed = excluded.staffed, servicer = excluded.servicer,
            said = excluded.said, offered = excluded.offered, asked = excluded.asked,
            changed_at = excluded.changed_at""",
}
# An event that its outcome settles, wherever it came from; returns none if it was settled already.
SETTLE_EVENTS = f"""
    INSERT INTO event (id, kind, conversation, body, received_at, state, decision, done_at)
    SELECT c1, c2, c3, c4, c5, 1, c6, c7 FROM {_given(_T, _T, _T, _T, _F, _T, _F)} ORDER BY c1
    ON CONFLICT (id) DO UPDATE SET state = 1, decision = excluded.decision,
        done_at = excluded.done_at WHERE event.state = 0
    RETURNING id"""
SETTLED_OF = "SELECT id FROM event WHERE id = ANY(CAST($1 AS TEXT[])) AND state = 1"
# The place of their key in a row.
LATEST: Mapping[Statement, int] = {
    Statement.FINISH_EVENTS: 2, Statement.SETTLE_MESSAGES: 5, Statement.PUT_SESSIONS: 0,
}  # fmt: skip
# max() and min() of several values, not of several rows.
_OF_VALUES = frozenset({
    TouchStatement.PUT_INVITATIONS, TouchStatement.PUT_CONTACTS, TouchStatement.HEARD,
    TouchStatement.HEAR_CASES, TouchStatement.TOLD_CASES, TouchStatement.FREE,
})  # fmt: skip
_WORDS = (
    ("json_extract(message.body, '$.text')", "CAST(message.body AS jsonb) ->> 'text'"),
    ("instr(", "strpos("),
    ("json_each(askers)", "jsonb_array_elements(CAST(askers AS jsonb))"),
    ("substr(slot, -10)", "right(slot, 10)"),
    (
        "json_each(nullif(touch.reserved, ''), '$[4]')",
        "jsonb_array_elements_text(CAST(nullif(touch.reserved, '') AS jsonb) -> 4)",
    ),
    ("touch.reserved ->>", "CAST(touch.reserved AS jsonb) ->>"),
)
_OTHERS: Mapping[Each, str] = {
    TouchStatement.RECKON_TAGS: """
        UPDATE customer SET tags = (
            SELECT coalesce(CAST(json_agg(tag ORDER BY tag COLLATE "C") AS TEXT), '[]')
            FROM customer_tag AS has WHERE has.customer = customer.id)
        WHERE id = $1""",
    # PostgreSQL has one ON CONFLICT for a statement.
    TouchStatement.PUT_GROUP_QUESTIONS: """
        INSERT INTO group_question (id, chat_id, topic, text, question, askers, at, last_at,
                                    script)
        SELECT CAST($1 AS TEXT), $2, $3, $4, $5,
               CAST(jsonb_build_array(CAST($6 AS jsonb)) AS TEXT),
               CAST($7 AS DOUBLE PRECISION), CAST($7 AS DOUBLE PRECISION), $8
        WHERE NOT EXISTS (SELECT 1 FROM group_question WHERE id = CAST($1 AS TEXT))
        ON CONFLICT (chat_id, topic) WHERE state IN (0, 3) DO UPDATE SET
            last_at = greatest(group_question.last_at, excluded.last_at),
            askers = CASE
                WHEN CAST(group_question.askers AS jsonb) @> CAST(excluded.askers AS jsonb)
                THEN group_question.askers
                ELSE CAST(CAST(group_question.askers AS jsonb) || CAST(excluded.askers AS jsonb)
                          AS TEXT) END""",
}


def translated(statement: Each) -> str:
    """The text for PostgreSQL of a statement that is run row by row."""
    if (other := _OTHERS.get(statement)) is not None:
        return other
    text = statement.value
    for theirs, ours in _WORDS:
        text = text.replace(theirs, ours)
    if statement in _OF_VALUES:
        text = text.replace("max(", "greatest(").replace("min(", "least(")
    return numbered(text)


def numbered(text: str) -> str:
    """`?` is the value after the highest so far, as SQLite has it; `?2` the second."""
    highest = 0

    def number(mark: re.Match[str]) -> str:
        nonlocal highest
        mine = int(mark[1]) if mark[1] else highest + 1
        highest = max(highest, mine)
        return f"${mine}"

    return re.sub(r"\?(\d*)", number, text)


BY_ROW: Mapping[Each, str] = {one: translated(one) for one in (*Statement, *TouchStatement)}
