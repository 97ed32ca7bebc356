"""The browser files of other projects are the ones that were published."""

import tomllib
from hashlib import sha256

from bot.web.vendor import FOLDER, PACKAGES, RECORD


def test_each_file_is_unchanged_and_told_of() -> None:
    record = tomllib.loads(RECORD.read_text("utf-8"))
    files = {path.name for path in FOLDER.iterdir()} - {RECORD.name}
    assert record.keys() == files == {package.as_file for package in PACKAGES}
    for name, told in record.items():
        assert sha256((FOLDER / name).read_bytes()).hexdigest() == told["sha256"]
        assert told["licence"]
        assert told["version"]
