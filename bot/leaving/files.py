"""The folders of a workspace that go with the tables: what writers and operators wrote."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath

from bot.errors import BotError
from bot.files.private import create_private

IN_EXPORT = "files"


def found(root: Path, folders: tuple[str, ...]) -> Iterator[tuple[str, Path]]:
    """Their files with paths relative to the workspace; no hidden ones, since some hold secrets,
    and no program code."""
    for folder in folders:
        for path in sorted((root / folder).rglob("*")):
            name = path.relative_to(root).as_posix()
            if path.is_file() and not path.is_symlink() and fit(name):
                yield name, path


def fit(name: str) -> bool:
    """Whether a file with this path, relative to the workspace, may be exported and imported."""
    path = PurePosixPath(name)
    plain = not path.is_absolute() and "\\" not in name and ":" not in name
    shown = all(not part.startswith(".") for part in path.parts)
    return plain and shown and len(path.parts) > 1 and path.suffix not in (".py", ".pyc")


def copy_private(source: Path, target: Path) -> None:
    create_private(target)
    shutil.copyfile(source, target)


def differing(export: Path, root: Path, names: list[str]) -> list[str]:
    """The files that the workspace already has with other content."""
    return [
        name
        for name in names
        if (root / name).exists()
        and (root / name).read_bytes() != (export / IN_EXPORT / name).read_bytes()
    ]


@contextmanager
def placed(export: Path, root: Path, names: list[str]) -> Iterator[list[Path]]:
    """Put the files into the workspace, for good if the block ends without error.

    Yields:
        Where the folders are now that were there before.
    """
    root.mkdir(parents=True, exist_ok=True)
    staged = Path(tempfile.mkdtemp(prefix=".import-", dir=root))
    moved: list[tuple[Path, Path]] = []
    try:
        for name in names:
            copy_private(export / IN_EXPORT / name, staged / name)
        for folder in sorted(staged.iterdir()):
            if (there := root / folder.name).exists() or there.is_symlink():
                there.rename(aside := _aside(there))
                moved.append((aside, there))
            folder.rename(there)
            moved.append((there, folder))
        yield [now for now, before in moved if before.parent == root]
    except BaseException:
        for now, before in reversed(moved):
            now.rename(before)
        raise
    finally:
        with suppress(OSError):
            shutil.rmtree(staged)


def _aside(folder: Path) -> Path:
    for number in range(1, 1000):
        name = folder.with_name(f"{folder.name}.before-import-{number}")
        if not name.exists():
            return name
    raise BotError(f"{folder}.before-import-…: 太多了 there are too many of these")
