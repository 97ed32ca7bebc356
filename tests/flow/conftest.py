"""What many stories of this folder start from, on either database."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.store.sql import Database
from tests.databases import BOTH, opened
from tests.plans import Play, planning


@pytest.fixture(params=BOTH)
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    async with opened(request.param, tmp_path) as connection:
        yield Database(connection)


@pytest.fixture(params=BOTH)
async def play(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Play]:
    async with planning(request.param, tmp_path) as play:
        yield play
