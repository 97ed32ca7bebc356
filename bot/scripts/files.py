"""Files that are sent with scripts: they are in the library, and WeCom has to accept them."""

import os
import re
from hashlib import sha256
from pathlib import Path, PurePosixPath
from secrets import token_hex

# kind → endings and most bytes of an upload (doc 90253)
_TAKEN = {
    "image": ((".jpg", ".jpeg", ".png"), 10 * 2**20),
    "video": ((".mp4",), 10 * 2**20),
    "file": ((), 20 * 2**20),
}
_LEAST_BYTES = 6  # doc 90253
PICTURES = "images"  # the library's folder for pictures that come by the console
_BEGINS = {".png": b"\x89PNG\r\n\x1a\n", ".jpg": b"\xff\xd8\xff", ".jpeg": b"\xff\xd8\xff"}
_UNNAMED = re.compile(r"[^\w.-]+")
_LONGEST_NAME = 200  # characters: as wide as the column that remembers the upload


def kind_of(name: str) -> str:
    """What this file is uploaded as: image, video or file. Each file is of one kind."""
    ending = PurePosixPath(name).suffix.lower()
    return next((kind for kind, (endings, _) in _TAKEN.items() if ending in endings), "file")


def mistake_in(library: Path, kind: str, name: str) -> tuple[str, str] | None:
    """(problem, cure) if the file `name` of a library cannot be sent as an attachment of this
    kind; else None."""
    relative = PurePosixPath(name)
    if relative.is_absolute() or ".." in relative.parts:
        return _outside(name, library)
    if len(name) > _LONGEST_NAME:
        return "its name is too long", f"Use {_LONGEST_NAME} characters at most"
    try:
        path = (library / name).resolve(strict=True)
        size = path.stat().st_size
    except (OSError, RuntimeError, ValueError):  # a loop of links, a NUL in the name
        return _missing(name, library)
    if not path.is_relative_to(library.resolve()):
        return _outside(name, library)
    return _unfit(kind, name, size) if path.is_file() else _missing(name, library)


def name_of(name: str, content: bytes) -> str | tuple[str, str]:
    """The path in the library of a picture that comes by the console, or (problem, cure).

    A hash of the content is in it: so it is the same on every machine, and no two pictures share
    one.
    """
    path = PurePosixPath(name.replace("\\", "/"))
    ending = path.suffix.lower()
    stem = _UNNAMED.sub("-", path.stem).strip("-.")[:60] or "picture"
    if wrong := _unfit("image", path.name, len(content)):
        return wrong
    if not content.startswith(_BEGINS[ending]):
        return f"{path.name!r} is no picture inside", "Save it as .jpg or .png anew"
    return f"{PICTURES}/{stem}-{sha256(content).hexdigest()[:8]}{ending}"


def lacks(library: Path, name: str) -> bool:
    """Whether `name` is a path for pictures of the console, and the library has no file there."""
    folder, _, file = name.partition("/")
    plain = folder == PICTURES and PurePosixPath(file).name == file and kind_of(file) == "image"
    return plain and not os.path.lexists(library / name)


def write_picture(library: Path, name: str, content: bytes) -> None:
    """Write a picture into the library, whole or not at all; one that is there already stays.

    Raises:
        OSError: it cannot be written.
    """
    (library / PICTURES).mkdir(exist_ok=True)
    begun = library / PICTURES / f".{token_hex(8)}"
    try:
        begun.write_bytes(content)
        if lacks(library, name):
            begun.rename(library / name)
    finally:
        begun.unlink(missing_ok=True)


def _unfit(kind: str, name: str, size: int) -> tuple[str, str] | None:
    endings, most = _TAKEN[kind]
    if (found := kind_of(name)) != kind:
        wanted = f"Use a {' or '.join(endings)} file" if endings else f'Write type = "{found}"'
        return f"{name!r} is no {kind} to WeCom", f"{wanted} (doc 90253)"
    if size < _LEAST_BYTES:
        return f"{name!r} has {size} bytes", f"WeCom takes {_LEAST_BYTES} and more (doc 90253)"
    if size > most:
        return f"{name!r} has {size} bytes", f"WeCom takes {most >> 20} MB (doc 90253)"
    return None


def _missing(name: str, library: Path) -> tuple[str, str]:
    return f"there is no file {name!r}", f"Put it into {library.name}/, or correct its name"


def _outside(name: str, library: Path) -> tuple[str, str]:
    return f"{name!r} leads out of the library", f"Put the file into {library.name}/"
