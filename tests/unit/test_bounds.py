"""No template, whoever wrote it, can block the program or exhaust its memory."""

import pytest

from bot.errors import Complaint, ScriptError
from bot.scripts.bounds import LONGEST, Unbounded
from bot.scripts.renderer import Renderer
from bot.scripts.script import Script
from bot.scripts.templates import VARIABLES, compile_variant, make_sandbox
from bot.telling.complaints import words as told_in

VALUES = {
    "customer": {"name": "小明", "tags": ["VIP", "老客"], "fields.size": "M"},
    "member": {"name": "李明"},
    "question": "问" * 2000,
}
SET = "{% set a = 'xxxxxxxxxx' %}"
MACRO = "{% macro m(a) %}{{ a ~ a }}{% endmacro %}"
TEN_OF_EACH = "| replace('a', 'aaaaaaaaaa')"
REFUSED = (
    "{{ 'x'.zfill(9999999999) }}",
    "{{ question.replace('问', question) }}",
    "{{ now.strftime('%9999999999d') }}",
    f"{SET}{{% set b = a ~ a %}}{{% set c = b ~ b %}}{{{{ c }}}}",
    f"{SET}{{% set b = a ~ a %}}{{% set c %}}{{{{ b }}}}{{% endset %}}{{{{ c }}}}",
    "{% set b = [question] ~ '' %}{{ b }}",
    f"{SET}{{% with b = a ~ a %}}{{{{ b }}}}{{% endwith %}}",
    "{{ [[['x'] ~ ''] ~ ''] ~ '' }}",
    "{{ [(['x'] | sort | string)] | sort | string }}",
    "{% for n in range(100) %}{% for m in range(100) %}x{% endfor %}{% endfor %}",
    "{% for n in [1] recursive %}{{ loop([1, 1]) }}{% endfor %}",
    f"{MACRO}{{{{ m(m(m('x'))) }}}}",
    f"{MACRO}{{% for n in range(9) %}}{{{{ m(n) }}}}{{% endfor %}}",
    f"{MACRO}{{% macro k(a) %}}{{{{ m(a) }}}}{{% endmacro %}}{{{{ k('x') }}}}",
    "{% macro range(a) %}{{ range(a) }}{{ range(a) }}{% endmacro %}{{ range(1) }}",
    "{% macro m(range) %}{{ range(range) }}{% endmacro %}{{ m(m) }}",
    "{{ self.x() }}",
    "{% macro m(a, b=a ~ a, c=b ~ b, d=c ~ c) %}{{ d }}{% endmacro %}{{ m('xxxxxxxxxx') }}",
    "{% macro m(a) %}{% for n in range(100) %}{{ a }}{% endfor %}{% endmacro %}{{ m('x') }}",
    f"{SET}{{% set b = a ~ a %}}{{% set c = a ~ b %}}{{% set d = b ~ c %}}{{{{ d }}}}",
    "{% autoescape true %}{{ question }}{% endautoescape %}",
    "{% for n in range(100) %}" + "{{ question }}" * 1000 + "{% endfor %}",
    # Each held all conversations up for seconds or minutes, and printed nothing.
    "{% for n in range(100) %}" + "{{ 0 if question | sort }}" * 101 + "{% endfor %}",
    "{% macro m(a) %}" + "{{ 0 if a | upper }}" * 50 + "{% endmacro %}{{ m(question) }}",
    MACRO + "{{ m('') }}" * 101,
    # Python's own complaint was no mistake of the script's: the page failed.
    "{% if now %}" * 150 + "{% endif %}" * 150,
    "{{ " + "not " * 4000 + "now }}",
    f"{{{{ {'9' * 5000} }}}}",
    r"{{ customer.name or '\ud800' }}",
    r"{{ customer.name or '\0' }}",
)
ENDED = (  # while it is rendered
    "{{ '%9999999999d' % 1 }}",
    "{{ question % 1 }}",
    f"{{{{ 'a' {TEN_OF_EACH * 10} }}}}",
    "{{ question | replace('', 'xxxxxxxxxxxxxxxxxxxx') }}",
    f"{{{{ range(100) | join('{'x' * 300}') }}}}",
    "{{ 1 | round(99999999, 'ceil') }}",
    "{% for sign in question %}x{% endfor %}",
    "{% if question %}" + "{{ question }}" * 11 + "{% endif %}",
    "{{ question | truncate(2) }}",
    "{{ question | sort | first }}",
)
NOT_PLAIN = [one for one in ENDED if "{% if" not in one]
PLAIN = (
    "{{ customer.name or '亲' }}，我是{{ member.name }}。",
    "{% if customer.fields.size %}您穿 {{ customer.fields['size'] }}{% else %}您好{% endif %}",
    "{{ customer.name or member.name or '您' }}{% if not customer.name %}！{% endif %}",
)
ALLOWED = (
    *PLAIN,
    "{{ customer.tags | join('、') }}{{ now.strftime('%m月%d日') if question == '' else '' }}",
    "{% for tag in customer.tags %}{{ loop.index }}{{ tag }}{% endfor %}",
    "{% set who = customer.name or '您' %}{% set hello = who ~ '好' %}{{ hello }}，{{ who }}",
    "{{ '单' if 3 % 2 == 1 else '双' }}{{ 2 * 3 }}{{ 1.25 | round(1) }}",
    f"{MACRO}{{{{ m('x') }}}}",
    "{% set a = '七天' %}{% set b = '两天' %}{% set c = a ~ '退，' ~ b ~ '到，' ~ a %}{{ c }}",
    "{{ 'a、b' | replace('、', '，', count=1) }}{{ customer.tags | join(d='、') }}",
    "{% if 'VIP' in customer.tags and question in ['a', 'b'] %}x{% endif %}好",
)


def rendered(source: str, *, plain: bool = False) -> str:
    variant, strangers = compile_variant(make_sandbox(), source, VARIABLES, plain=plain)
    assert strangers == []
    one = Script(id="t/t", title="t", category="faq", say=(variant,), file="t.toml")
    return Renderer().render(one, VALUES, pick="1").text


@pytest.mark.parametrize("source", REFUSED)
def test_what_could_grow_without_measure_is_refused_before_it_is_compiled(source: str) -> None:
    with pytest.raises(Unbounded) as refused:
        rendered(source)
    said = Complaint("a", "b", str(refused.value), refused.value.cure)
    assert refused.value.cure
    assert all(ours != english for ours, english in zip(
        told_in(said, "zh"), told_in(said, "en"), strict=True
    ))  # fmt: skip


@pytest.mark.parametrize("source", ENDED)
def test_what_grows_too_long_is_an_error_with_the_id(source: str) -> None:
    with pytest.raises(ScriptError, match=r"t\.toml: t/t: the words cannot be filled in"):
        rendered(source)


@pytest.mark.parametrize("source", ALLOWED)
def test_what_writers_write_is_rendered_as_before(source: str) -> None:
    assert 0 < len(rendered(source)) < LONGEST


@pytest.mark.parametrize("source", [*REFUSED, *NOT_PLAIN, *ALLOWED[3:], "{{ 'x' ~ 'y' }}", SET])
def test_a_member_ended_the_program_with_a_script_of_their_own(source: str) -> None:
    with pytest.raises(Unbounded):
        rendered(source, plain=True)


@pytest.mark.parametrize("source", PLAIN)
def test_a_members_own_script_has_variables(source: str) -> None:
    assert rendered(source, plain=True) == rendered(source)
