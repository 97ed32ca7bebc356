"""The same words are recognised, whatever happens to the script around them."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from bot.scripts.script import Script
from bot.scripts.templates import VARIABLES, compile_variant, make_sandbox
from bot.scripts.wording import alike, words_of

SANDBOX = make_sandbox("{% set bye = '回头见' %}")
TEXTS = st.lists(
    st.sampled_from(
        ["新茶到了", "留了一份", "{{ customer.name or '亲' }}", "Hi", "满三件八折"]
    ),
    min_size=1, max_size=4, unique=True,
).map("".join)  # fmt: skip
SCRIPTS = st.lists(TEXTS, min_size=1, max_size=4, unique=True)


def script(*say: str) -> Script:
    variants = tuple(compile_variant(SANDBOX, one, VARIABLES)[0] for one in say)
    return Script(id="holiday/tea", title="新茶", category="news", say=variants)


@given(SCRIPTS, SCRIPTS, st.data())
def test_two_scripts_are_alike_as_soon_as_a_customer_could_read_the_same_of_both(
    says: list[str], others: list[str], data: st.DataObject
) -> None:
    one, other = script(*says), script(*others)
    assert alike(words_of(one), words_of(other)) == bool({*says} & {*others})
    edited = replace(
        one, examples=("有新茶吗",), keywords=(("新茶",),), title="春茶", id="other/tea"
    )
    assert words_of(edited) == words_of(one)
    kept = data.draw(st.sampled_from(says))
    assert alike(words_of(script(*others, kept)), words_of(one))
    assert len(words_of(script(*says, *others))) <= 32, "as much as the column holds"


def test_a_comma_or_how_it_is_written_is_no_other_message() -> None:
    one = words_of(script("{{ customer.name or '亲' }}，新茶到了！回头见"))
    same = script('{{customer.name or "亲"}} 新茶到了～🎉\n{{ shared.bye }}')
    assert alike(one, words_of(same))
    assert not alike(one, words_of(script("{{ customer.name or '亲' }}，新茶卖完了！回头见")))
    assert not alike("", "")
    assert not alike(words_of(script("👍")), words_of(script("❤️")))
