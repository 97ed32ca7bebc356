"""The address of the database, `[store] url`, read without loading the database's machinery."""

from pathlib import Path
from typing import Final

SCHEMES: Final = ("postgres", "postgresql")
# By path: this program is on no package index, where anybody could take its name.
INSTALL: Final = 'Install it: pip install "/path/to/checkout[cluster]" (docs/several-machines.md)'


def is_postgres(url: str) -> bool:
    return url.partition("://")[0] in SCHEMES


def url_in(root: Path, url: str) -> str:
    """A path in the settings is relative to the workspace `root`."""
    scheme, _, path = url.partition("://")
    return f"{scheme}://{root / path}" if scheme == "sqlite" else url
