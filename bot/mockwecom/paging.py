"""Pages with opaque cursors, as most lists of WeCom have them."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import Any, TypeVar

from bot.mockwecom.rules import Refusal

T = TypeVar("T")


def page_of(
    items: Sequence[T], body: Mapping[str, Any], *, usual: int, most: int, of: str
) -> tuple[Sequence[T], str]:
    """The page that `body` (cursor, limit) asks for, and the cursor of the next; "" at the end.

    Args:
        usual: the limit if none is asked for; above `most` it is `most`.
        of: what the list holds. A cursor of another list is refused.

    Raises:
        Refusal: 50100 for a cursor that was not given out for this list.
    """
    limit = body.get("limit") or usual
    if limit < 0:
        raise Refusal(40058, f"limit is {limit}")
    start = _start_of(body.get("cursor", ""), of)
    end = start + min(limit, most)
    return items[start:end], _cursor(end, of) if end < len(items) else ""


def _cursor(start: int, of: str) -> str:
    seal = blake2b(f"{of} {start}".encode(), digest_size=9).hexdigest()
    return urlsafe_b64encode(f"{start} {seal}".encode()).decode()


def _start_of(cursor: str, of: str) -> int:
    if not cursor:
        return 0
    try:
        start = int(urlsafe_b64decode(cursor.encode()).split()[0])
    except (ValueError, IndexError):
        raise Refusal(50100) from None
    if cursor != _cursor(start, of):
        raise Refusal(50100)
    return start
