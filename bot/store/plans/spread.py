"""Where in a window a customer has their place."""

from zlib import crc32

SPREAD = 1 << 16


def spread_of(key: str) -> int:
    """A number under `SPREAD`, always the same for this customer, or this member."""
    return crc32(key.encode()) % SPREAD
