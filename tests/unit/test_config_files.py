"""Two people who change one file at a time: the second hears of the first."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from threading import Barrier, BrokenBarrierError

from bot.workspace.config_files import ChangedMeanwhile, ConfigFiles
from tests.plans import ZONE


def test_of_two_who_saved_at_once_the_first_was_overwritten_or_the_second_failed(
    tmp_path: Path,
) -> None:
    (tmp_path / "config").mkdir()
    both = Barrier(2, timeout=0.05)

    def scripts() -> None:  # asked for while a file is tried: here the two would meet
        with suppress(BrokenBarrierError):
            both.wait()

    files = ConfigFiles(tmp_path, ZONE, scripts)
    digest = files.read("groups.toml").digest

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
