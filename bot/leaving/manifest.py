"""The content of manifest.json: which files an export has, and their hashes."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from bot.errors import BotError

FORMAT = 1
FILE = "manifest.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class TableEntry:
    file: str  # relative to the export
    key: str
    columns: tuple[str, ...]
    rows: int
    last: int  # the highest row number ever given; 0 if rows have no numbers
    sha256: str  # the file's
    rows_sha256: str  # sum modulo 2**256 of the SHA-256 of each line without its line end


@dataclass(frozen=True, slots=True, kw_only=True)
class FileEntry:
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    format: int
    huashu: str  # version
    made_at: str  # ISO 8601
    schema: tuple[str, ...]  # migrations
    tables: Mapping[str, TableEntry]
    files: Mapping[str, FileEntry]  # path in files/, and in the workspace
    left_out: Mapping[str, str]  # what, and why

    def encoded(self) -> bytes:
        return msgspec.json.format(msgspec.json.encode(self), indent=1) + b"\n"


def read(folder: Path) -> Manifest:
    """
    Raises:
        BotError: there is none, or this version cannot read it.
    """
    try:
        text = (folder / FILE).read_bytes()
    except OSError:
        raise BotError(
            f"{folder}: 没有 there is no {FILE}: 导出没有完成，或不是导出的目录 "
            "the export was broken off, or this is no export. Run `huashu export` again."
        ) from None
    try:
        found = msgspec.json.decode(text, type=Manifest)
    except (msgspec.ValidationError, msgspec.DecodeError) as error:
        raise BotError(
            f"{folder / FILE}: 读不了 cannot be read ({error}): "
            "把导出重新复制一遍 copy the export again"
        ) from None
    if found.format != FORMAT:
        raise BotError(
            f"{folder / FILE}: format {found.format}: 这个版本读不了 this version reads {FORMAT}. "
            f"Use Huashu {found.huashu}."
        )
    return found


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
