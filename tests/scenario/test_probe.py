"""`huashu check --online`: WeCom's own word on the settings."""

from dataclasses import replace
from pathlib import Path

from bot.clock import SystemClock
from bot.mockwecom.faults import Fault
from bot.mockwecom.server import MockServer
from bot.probe import probe
from bot.reader import Secret
from tests.engine import workspace
from tests.stage import SHOP, company


async def test_right_settings_are_told_with_what_they_reach(tmp_path: Path) -> None:
    corp = company(SystemClock())
    async with MockServer(corp) as server:
        found = [f async for f in probe(workspace(tmp_path, api=server.url), SystemClock())]
    assert [finding.ok for finding in found] == [True, True, True]
    assert "liming" in found[1].told
    assert SHOP in found[2].told
    assert corp.deliveries == []
    assert corp.refusals == []


async def test_a_wrong_secret_is_told_with_the_cure_and_without_the_secret(tmp_path: Path) -> None:
    corp = company(SystemClock())
    async with MockServer(corp) as server:
        settings = workspace(tmp_path, api=server.url)
        assert settings.app is not None
        wrong = replace(settings, app=replace(settings.app, secret=Secret("not-this-one")))
        found = [finding async for finding in probe(wrong, SystemClock())]
    assert not any(finding.ok for finding in found)
    assert "40001" in found[0].told
    assert "Copy the Secret" in found[0].told
    assert "not-this-one" not in "".join(finding.told for finding in found)


async def test_a_feature_that_the_app_may_not_use_is_told(tmp_path: Path) -> None:
    corp = company(SystemClock())
    corp.faults.add(Fault(api="kf/account/list", errcode=48002))
    async with MockServer(corp) as server:
        found = [f async for f in probe(workspace(tmp_path, api=server.url), SystemClock())]
    assert [finding.ok for finding in found] == [True, True, False]
    assert "可调用接口的应用" in found[2].told
