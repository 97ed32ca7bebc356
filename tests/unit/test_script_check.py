"""Each planted mistake is reported with file, place and cure; correct lines are not."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.errors import Complaint
from bot.scripts.checks import REQUIRED, check
from bot.telling.complaints import words

NOW = datetime(2026, 6, 1, tzinfo=UTC)
GOOD = """
[[script]]
id = "faq/refund"
title = "退款多久到账"
category = "faq"
ask = ["退款多久到账"]
keywords = ["退款 到账"]
say = ["三天到账。"]
"""


def good(**changes: str) -> str:
    """The correct script, with some of its lines replaced or added."""
    lines = dict(line.split(" = ", 1) for line in GOOD.strip().split("\n")[1:])
    return "[[script]]\n" + "\n".join(f"{k} = {v}" for k, v in {**lines, **changes}.items())


def found(folder: Path, content: str, *more: tuple[str, str]) -> list[tuple[str, str, str, str]]:
    """The complaints about a library with this file, without those about missing scripts."""
    for name, text in (("bad.toml", content), *more):
        (folder / name).write_text(text, "utf-8")
    return [
        (told.file, told.key, told.problem, told.cure)
        for told in check(folder, now=NOW)
        if told.key not in REQUIRED
    ]


def test_a_right_script_has_no_complaint(tmp_path: Path) -> None:
    assert found(tmp_path, GOOD) == []


def test_a_list_as_the_type_of_an_attachment_stopped_the_check(tmp_path: Path) -> None:
    (told,) = found(tmp_path, good(attachments='[{type = ["link"]}]'))
    assert told[1:3] == ("faq/refund.attachments[0].type", "unknown type ['link']")


@pytest.mark.parametrize("text", ["1" * 30_000, "九" * 30_000, "｛" * 30_000])
def test_one_long_title_held_the_bot_up_for_minutes(tmp_path: Path, text: str) -> None:
    """Each of its signs might begin a price, a number or a blank."""
    told = found(tmp_path, good(title=f'"{text}"'))
    assert told[0][1:3] == ("faq/refund.title", "over 128 bytes, no menu shows it")
    told = found(tmp_path, good(say=f'["{text}"]'))
    assert told[0][1:] == ("faq/refund.say[0]", "over 20480 characters", "Shorten it")


def test_a_company_that_is_no_table_stopped_the_check(tmp_path: Path) -> None:
    for name in ("config", "scripts_library"):
        (tmp_path / name).mkdir()
    (tmp_path / "config/bot.toml").write_text('company = "x"', "utf-8")
    assert found(tmp_path / "scripts_library", GOOD) == []


@pytest.mark.parametrize(
    ("content", "key", "problem", "cure"),
    [
        ('[[script]]\nid = "a\n', "line 2", "not TOML", "quote"),
        ("a = " + "[" * 5000, "end of file", "not TOML", "bracket"),
        (f"a = {'9' * 5000}", "end of file", "not TOML", "quote"),
        ('[script]\nid = "a"', "script", "not a list", "[[script]]"),
        ('[[scripts]]\nid = "a"', "scripts", "unknown: scripts", "script"),
        (good(id='"Faq/退款"'), "script 1.id", "is not an id", "small letters"),
        (good(id='""'), "script 1.id", "missing", "id = "),
        (good(title='""'), "faq/refund.title", "missing", "title = "),
        (good(titel='"x"'), "faq/refund.titel", "unknown: titel", "Did you mean title?"),
        (good(say="[]"), "faq/refund.say", "nothing to say", "say = "),
        (good(say='"x"'), "faq/refund.say", "not a list", "say = ["),
        (good(say='["好", " "]'), "faq/refund.say[1]", "empty", "Fill it in"),
        (good(say='["{{ customer.name "]'), "faq/refund.say[0]", "line 1", "{{ }}"),
        (good(say='["{% if x %}"]'), "faq/refund.say[0]", "Unexpected end", "{% %}"),
        (
            good(say='["好", "{{ customer.nmae }}"]'),
            "faq/refund.say[1]",
            "unknown variable customer.nmae",
            "Did you mean customer.name?",
        ),
        (good(say='["{{ customer.fields }}"]'), "faq/refund.say[0]", "customer.fields", "NAME"),
        (
            good(say='["{{ customer.fields.size }} 码。"]'),
            "faq/refund.say[0]",
            "customer.fields.size is empty for many",
            "customer.fields.size or",
        ),
        (good(say='["{{ words }}"]'), "faq/refund.say[0]", "unknown variable words", "README"),
        (good(say='["{{ shared.nothing }}"]'), "faq/refund.say[0]", "shared.nothing", "README"),
        (good(say="[\"{% include 'x' %}\"]"), "faq/refund.say[0]", "other files", "Take it out"),
        (good(say=f"['{'{' * 9000}']"), "faq/refund.say[0]", "nested too deeply", "simpler"),
        (good(say='["{{ question | lipsum }}"]'), "faq/refund.say[0]", "no filter 'lip", "Jinja"),
        (
            good(say='["{{ question | tirm }}"]'),
            "faq/refund.say[0]",
            "no filter 'tirm'",
            "mean trim",
        ),
        (
            good(say='["{{ question.upper() }}"]'),
            "faq/refund.say[0]",
            "calls macros only",
            "filter",
        ),
        (good(say='["{{ 1 / 0 }}"]'), "faq/refund.say[0]", "division by zero", "Mend"),
        (good(say=f'["{"字" * 683}"]'), "faq/refund.say[0]", "2049 bytes", "Shorten"),
        (
            good(say=f'["{"字" * 672}{{{{ customer.name or 1 }}}}"]'),
            "faq/refund.say[0]",
            "2112 bytes",
            "Shorten",
        ),
        (good(title=f'"{"字" * 43}"'), "faq/refund.title", "over 128 bytes", "Shorten"),
        (good(category='"fqa"'), "faq/refund.category", "unknown: fqa", "Did you mean faq?"),
        (good(ask="[]", keywords="[]"), "faq/refund.ask", "no question", "customers ask"),
        (good(ask='["???"]'), "faq/refund.ask[0]", "holds no words", "question"),
        (good(not_for='["退吗", ""]'), "faq/refund.not_for[1]", "empty", "take it out"),
        (good(not_for='"不退"'), "faq/refund.not_for", "not a list of texts", "not_for = ["),
        (
            good(ask='["怎么退款"]', not_for='["退吗", "如何退款呢"]'),
            "faq/refund.not_for[1]",
            "among its questions too",
            "in one of them",
        ),
        (good(keywords='["退"]'), "faq/refund.keywords[0]", "too short", "two characters"),
        (good(keywords='["退 钱"]'), "faq/refund.keywords[0]", "too short", "two characters"),
        (
            good(category='"greeting"', say='["看看新款。"]'),
            "faq/refund.say",
            "greets nobody",
            "您好",
        ),
        (good(when="{hours = '9-21'}"), "faq/refund.when.hours", "no hours", "09:00-21:00"),
        (good(when="{hours = '09:00-25:00'}"), "faq/refund.when.hours", "no hours", "09:00"),
        (good(when="{until = '2026-01-01'}"), "faq/refund.when.until", "not a date", "quotes"),
        (good(when="{until = 2026-05-31}"), "faq/refund.when.until", "expired", "Renew"),
        (
            good(when="{from = 2026-09-02, until = 2026-09-01}"),
            "faq/refund.when.until",
            "before",
            "Swap",
        ),
        (good(when='{channel = ["wx"]}'), "faq/refund.when.channel", "unknown: wx", "Known are"),
        (good(when='{tag = ["x"]}'), "faq/refund.when.tag", "unknown: tag", "mean tags?"),
        (
            good(attachments='[{type = "picture"}]'),
            "faq/refund.attachments[0].type",
            "unknown type 'picture'",
            "image",
        ),
        (
            good(attachments='[{type = "image"}]'),
            "faq/refund.attachments[0].media_id",
            "missing",
            "media_id or pic_url",
        ),
        (
            good(attachments='[{type = "link", title = "x", url = "example.com/a"}]'),
            "faq/refund.attachments[0].url",
            "no web address",
            "https://",
        ),
        (
            good(attachments='[{type = "link", title = "x", url = "https://a.cn", des = "x"}]'),
            "faq/refund.attachments[0].des",
            "unknown: des",
            "mean desc?",
        ),
        (
            good(attachments='[{type = "miniprogram", title = "x", appid = "x", page = "x"}]'),
            "faq/refund.attachments[0].pic_media_id",
            "missing",
            "pic_media_id or pic_file",
        ),
        (
            good(attachments=f'[{{type = "link", title = "{"x" * 129}", url = "https://a.cn"}}]'),
            "faq/refund.attachments[0].title",
            "longer than 128 bytes",
            "92137",
        ),
        (
            good(attachments="[" + '{type = "file", media_id = "m"},' * 10 + "]"),
            "faq/refund.attachments",
            "more than 9",
            "92137",
        ),
    ],
)
def test_a_mistake_is_named(
    tmp_path: Path, content: str, key: str, problem: str, cure: str
) -> None:
    [told] = found(tmp_path, content)
    assert told[:2] == ("bad.toml", key)
    assert problem in told[2]
    assert cure in told[3]


def test_an_id_is_used_once(tmp_path: Path) -> None:
    [told] = found(tmp_path, good(ask='["怎么退"]'), ("a.toml", GOOD))
    assert told[:3] == ("bad.toml", "faq/refund", "this id is taken already in a.toml")


def test_a_question_has_one_owner(tmp_path: Path) -> None:
    other = good(id='"faq/z"', ask='["你好,请问退款多久到账?"]', keywords="[]")
    [told] = found(tmp_path, other, ("a.toml", GOOD))
    assert told[:2] == ("bad.toml", "faq/z.ask[0]")
    assert "faq/refund has the same question" in told[2]
    other = good(id='"faq/z"', ask='["你好,请问退款多久到账?"]')
    [told] = found(tmp_path, other, ("a.toml", GOOD))  # each row of an import had two lines
    said = words(Complaint("a.toml", told[1], told[2], told[3]), "zh")
    assert "的问法、关键词都一样：「你好,请问退款多久到账?」和「" in said[0]
    two = '["退款 到账", "钱 回来"]'
    first = ("a.toml", good(keywords=two))
    each = found(tmp_path, good(id='"faq/z"', ask='["钱呢"]', keywords=two), first)
    assert [one[1] for one in each] == ["faq/z.keywords[0]", "faq/z.keywords[1]"], "the last alone"
    [told] = found(tmp_path, good(id='"faq/z"', keywords=two), first)
    said = words(Complaint("a.toml", told[1], told[2], told[3]), "zh")
    assert said[0].endswith("关键词「退款 到账」、「钱 回来」")


def test_two_owners_are_fine_when_a_condition_tells_them_apart(tmp_path: Path) -> None:
    other = good(id='"faq/vip"', when='{tags = ["VIP"]}')
    assert found(tmp_path, other, ("a.toml", GOOD)) == []


def test_fields_that_there_are_not_or_that_colleagues_alone_see_are_named(tmp_path: Path) -> None:
    library, config = tmp_path / "scripts", tmp_path / "config"
    library.mkdir()
    config.mkdir()
    (config / "customers.toml").write_text(
        '[field.skin]\ntitle = "肤质"\n[field.budget]\ntitle = "预算"\nscenarios = []\n', "utf-8"
    )
    names = ("skin", "skn", "肤质", "zzz", "budget")
    say = [f"{{{{ customer.fields.{name} or '您' }}}}好" for name in names]
    told = found(library, good(say=str(say)))
    assert [(one[1], one[3]) for one in told] == [
        ("faq/refund.say[1]", "Did you mean customer.fields.skin?"),
        ("faq/refund.say[2]", "Did you mean customer.fields.skin?"),
        ("faq/refund.say[3]", "Known here: birthday (生日), skin (肤质), budget (预算)"),
        (
            "faq/refund.say[4]",
            "Take it out, or change scenarios of [field.budget] in config/customers.toml",
        ),
    ]
    (config / "customers.toml").write_text("[field.skin]\n" * 2, "utf-8")
    assert found(library, good(say=str(say))) == []  # no script was at fault, and all were named


def test_keywords_have_one_owner(tmp_path: Path) -> None:
    other = good(id='"faq/z"', ask='["钱呢"]', keywords='["到账 退款"]')
    [told] = found(tmp_path, other, ("a.toml", GOOD))
    assert told[:2] == ("bad.toml", "faq/z.keywords[0]")


def test_a_question_that_calls_a_person_never_gets_to_its_script(tmp_path: Path) -> None:
    rules = '[person]\nzh = "要人"\nen = "a person"\nwords = ["人工"]\n'
    [told] = found(tmp_path, good(ask='["怎么找人工客服"]'), ("handover.toml", rules))
    assert told[:2] == ("bad.toml", "faq/refund.ask[0]")
    assert "unless" in told[3]


@pytest.mark.parametrize(
    ("rules", "key"),
    [
        ('words = ["x"]', "words"),
        ('[person]\nzh = "x"\nen = "x"', "person.words"),
        ('[person]\nzh = "x"\nwords = ["人工"]', "person.en"),
        ('[person]\nsilent = true\nword = ["x"]\nwords = ["嗯"]', "person.word"),
        ('[person]\nsilent = "no"\nzh = "x"\nen = "x"\nwords = ["人工"]', "person.silent"),
        ('[person]\nzh = 5\nen = "x"\nwords = ["人工"]', "person.zh"),
        # each of its characters would have been harmless
        ('[person]\nzh = "x"\nen = "x"\nwords = ["人工"]\nunless = "人工棉"', "person.unless"),
        ('[person]\nzh = "x"\nen = "x"\nwords = ["人工"]\nunless = 5', "person.unless"),
        # nobody, or everybody, would have got a person
        ('[person]\nzh = "x"\nen = "x"\nwords = ["人工"]\nunless = ["！"]', "person.unless"),
        ('[person]\nzh = "x"\nen = "x"\nwords = ["人工", "？"]', "person.words"),
    ],
)
def test_mistakes_in_the_handover_words(tmp_path: Path, rules: str, key: str) -> None:
    [told] = found(tmp_path, GOOD, ("handover.toml", rules))
    assert told[:2] == ("handover.toml", key)


@pytest.mark.parametrize(
    ("shared", "key", "problem"),
    [
        ("{% set a = %}", "*", "cannot be used"),
        ("{% macro hi() %}{{ customer.name }}{% endmacro %}", "customer.name", "not known"),
        ("{% set a = 'x'.zfill(9) %}", "*", "calls macros only"),
    ],
)
def test_mistakes_in_the_shared_phrases(
    tmp_path: Path, shared: str, key: str, problem: str
) -> None:
    [told] = found(tmp_path, GOOD, ("_shared.jinja", shared))
    assert told[:2] == ("_shared.jinja", key)
    assert problem in told[2]


def test_a_file_that_is_no_utf8_is_named(tmp_path: Path) -> None:
    (tmp_path / "gbk.toml").write_bytes('id = "退款"'.encode("gbk"))
    [told] = found(tmp_path, GOOD)
    assert told[0] == "gbk.toml"
    assert "UTF-8" in told[3]


def test_scripts_the_program_says_by_name_must_be_there(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(GOOD, "utf-8")
    assert {told.key for told in check(tmp_path, now=NOW)} == set(REQUIRED)


def test_an_empty_folder_is_a_mistake(tmp_path: Path) -> None:
    told = check(tmp_path, now=NOW)[0]
    assert (told.file, told.problem) == (f"{tmp_path.name}/", "no scripts here")
