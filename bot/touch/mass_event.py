"""The event by which a task of a mass message is made."""

from datetime import datetime
from hashlib import blake2b

import orjson

from bot.events import MassDue


def task_id(plan: str, slot: str, member: str, chunk: int) -> str:
    """Always the same id, so that one mass message never becomes two tasks."""
    key = orjson.dumps([plan, slot, member, chunk])
    return blake2b(key, digest_size=16).hexdigest()


def event_id(task: str) -> str:
    return f"mass:{task}"


def mass_due(
    *, plan: str, slot: str, member: str, chunk: int, script: str, own: str, at: datetime
) -> MassDue:
    """The event that is filed once the task has its touches."""
    task = task_id(plan, slot, member, chunk)
    return MassDue(
        id=event_id(task), at=at, conversation=f"contact:{member}:", plan=plan, slot=slot,
        member=member, chunk=chunk, task=task, script=script,
        own=own,
    )  # fmt: skip
