"""The address of the database, `[store] url`; to be read without the database's machinery."""

from pathlib import Path
from typing import Final

SCHEMES: Final = ("postgres", "postgresql")
# By its path: no index of packages has this program, and anybody could take its name there.
INSTALL: Final = 'Install it: pip install "/path/to/checkout[cluster]" (docs/several-machines.md)'


def is_postgres(url: str) -> bool:
    return url.partition("://")[0] in SCHEMES


def url_in(root: Path, url: str) -> str:
    """A path in the settings is relative to the workspace `root`."""
    scheme, _, path = url.partition("://")
    return f"{scheme}://{root / path}" if scheme == "sqlite" else url
