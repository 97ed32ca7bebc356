"""Two people who change one file at a time: the second is told of the first."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import sleep

import pytest

from bot.files.config_files import ChangedMeanwhile, ConfigFiles
from tests.plans import ZONE


def test_of_two_who_saved_at_once_the_first_was_overwritten_or_the_second_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "config").mkdir()
    files = ConfigFiles(tmp_path, ZONE)
    digest, tried = files.read("groups.toml").digest, files._try

    def slowly(name: str, text: str) -> None:
        tried(name, text)
        sleep(0.05)

    monkeypatch.setattr(files, "_try", slowly)

    def save(text: str) -> str:
        try:
            files.write("groups.toml", text, digest)
        except ChangedMeanwhile:
            return ""
        return text

    with ThreadPoolExecutor(2) as people:
        saved = list(people.map(save, ("[stages]\nnew_days = 8", "[stages]\nnew_days = 9")))
    assert sorted(map(bool, saved)) == [False, True]
    assert files.read("groups.toml").text in saved
