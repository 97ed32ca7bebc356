"""A plan put into the form comes out as the same plan."""

from typing import Any

import pytest

from bot.web.console.plan_differing import told_of
from bot.web.console.plan_filling import filled, kept
from bot.web.console.plan_form import Given, closed_up, table_of

CAMPAIGN = {"kind": "campaign", "title": "x", "scenario": "holiday", "script": "a/b"}
SEQUENCE = {"kind": "sequence", "title": "x", "scenario": "reminder", "whom": "vip"}
GROUP = {"kind": "group", "title": "x", "scenario": "reminder", "names": ["*宝妈 群*", "老客"]}
REMINDER = {**CAMPAIGN, "kind": "reminder", "to": "member"}


@pytest.mark.parametrize(
    "table",
    [
        {**CAMPAIGN, "on": "2026-05-20", "hours": "10:00-12:00", "deadline": "+1 days 20:00"},
        {**CAMPAIGN, "on": "2026-05-20", "deadline": "20:00"},
        {**CAMPAIGN, "on": "2026-05-20", "deadline": "+2 days"},
        {**CAMPAIGN, "on": "mid_autumn - 3"},
        {**CAMPAIGN, "on": "2026-05-20", "stores": ["SH001", "tag:华 东"]},
        {**SEQUENCE, "after": "added", "stores": ["all"], "step": [{"day": 0, "script": "a/b"}]},
        {**CAMPAIGN, "on": "mid_autumn + 1", "hours": "00:00-12:00"},
        {**CAMPAIGN, "on": "30 9 * * fri", "hours": "09:30-24:00"},
        {**CAMPAIGN, "on": "0 10 18 * *"},
        {**CAMPAIGN, "on": "0 9 * * fri", "hours": "10:00-12:00"},  # wanted later than it says
        {**CAMPAIGN, "on": "0 10 * 3 mon,fri"},
        {**REMINDER, "on": "birthday - 3"},
        {**REMINDER, "on": "renewal"},
        {**SEQUENCE, "after": "added", "step": [{"day": 0, "script": "a/b"}]},
        {**SEQUENCE, "after": "silent 60 days", "step": [{"day": 3, "script": "a/b"}]},
        {**SEQUENCE, "after": "tagged VIP 客户", "step": [{"day": 3, "script": "a/b"}]},
        {
            **SEQUENCE,
            "after": "added",
            "step": [
                {"day": 0, "script": "a/b", "hours": "19:00-21:00"},
                {"day": 3, "script": "a/c", "hours": "10:00-24:00", "deadline": "+2 days 12:00"},
                {"day": 7, "script": "a/d", "deadline": "20:00"},
            ],
        },
        {**SEQUENCE, "after": "stage 沉睡", "step": [{"day": 3, "script": "a/b"}]},
        {**CAMPAIGN, "on": "0 10 * * tue,thu"},
        {
            **GROUP,
            "groups": ["wrA", "wrB"],
            "post": [
                {"title": "话题", "on": "0 10 * * tue,thu", "scripts": ["a/b", "a/c", "a/b"]},
                {"title": "晒", "on": "2026-05-20", "deadline": "20:00", "scripts": ["a/b"]},
                {
                    "title": "汇总",
                    "on": "0 20 * * *",
                    "hours": "20:00-21:00",
                    "scripts": ["a/d"],
                    "missed": True,
                },
                {"title": "节", "on": "mid_autumn - 1", "scripts": ["a/b"]},
                {"title": "单", "on": "0 10 * * thu,tue", "scripts": ["a/b"]},  # as it stands
            ],
        },
    ],
)
def test_the_form_says_the_same(table: dict[str, Any]) -> None:
    assert table_of(filled(table)) == table
    assert kept({**table, "ends": []}) == {"ends": []}


def test_an_hour_of_a_post_is_told_as_no_change() -> None:
    """Whoever changed another post read of this one, too: in any allowed hour → from 16:00."""
    post = {"title": "晒", "on": "0 16 * * sat", "scripts": ["a/b"]}
    table = {**GROUP, "post": [post]}
    assert table_of(filled(table)) != table
    assert told_of(table_of(filled(table))) == told_of(table)
    assert told_of(table)["post"] == "晒 | 0 16 * * sat | 16:00-24:00 |  | a/b | "


def test_a_post_that_was_emptied_leaves_no_gap() -> None:
    """What was wrong with the third was told at the second."""
    posts = [{"title": one, "on": "2026-05-20", "scripts": ["a/b"]} for one in "甲乙丙"]
    given = filled({**GROUP, "post": posts})
    for name in ("post2", "say2"):
        given[name] = ""
    closed = closed_up(given)
    assert table_of(closed)["post"] == [posts[0], posts[2]]
    assert (closed["post2"], closed["post3"]) == ("丙", "")
    untitled = Given({"kind": "group", "title": "x", "say1": "a/b", "mode1": "weekly"})
    assert table_of(untitled)["post"] == [{"title": "x", "scripts": ["a/b"]}]  # on no day


def test_an_hour_that_only_the_cron_line_names_is_that_of_the_form() -> None:
    table = {**CAMPAIGN, "on": "0 11 * * fri"}
    assert table_of(filled(table)) == {**table, "hours": "11:00-24:00"}
    said = {**CAMPAIGN, "on": "2026-05-20"}
    del said["script"]
    assert table_of(filled({**said, "say": [{"script": "a/b"}]})) == {**said, "script": "a/b"}
