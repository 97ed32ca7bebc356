"""A group as a smart bot (智能机器人) knows it: only calls by @ reach it (doc 100719)."""

import re
from collections.abc import Iterable

from bot.rehearse.conversation import Conversation

_MENTION = re.compile(r"@([^\s@,，。.!！?？:：;；、]{1,20})([\s\u2005]*)")
_BOT = re.compile(
    r"(?:.*?(?:小助手|助手|机器人|客服|小助|管家|小秘|小蜜|店小二)|\w*bot\b|ai\b)", re.IGNORECASE
)
_PERSON = re.compile(r".*(?:店长|群主|老板|经理|管理员|[姐哥妈爸叔姨总])$")
_ALL = ("所有人", "全体", "全体成员", "all", "everyone")


class Callers:
    """Whom the members of one conversation call by @.

    The file does not say what the bot is called: we take a name that is called, is no member's,
    and does not sound like a person's.
    """

    def __init__(self, conversation: Conversation) -> None:
        self._people = {step.who for step in conversation.steps if step.who}
        called = [
            match[1]
            for step in conversation.steps
            for match in _MENTION.finditer(step.text)
            if not self._is_person(match[1])
        ]
        sounding = [found[0] for name in called if (found := _BOT.match(name))]
        self._bots = sorted({*sounding} or {*called}, key=len, reverse=True)

    def for_bot(self, text: str) -> str | None:
        """The words to the bot, without its name; None: it is not called."""
        for match in _MENTION.finditer(text):
            name = match[1]
            bot = next((one for one in self._bots if name.startswith(one)), "")
            if bot and not self._is_person(name):
                glued = "" if match[2] else name[len(bot) :]  # the client puts a space there
                return f"{text[: match.start()]} {glued}{text[match.end(1) :]}".strip()
        return None

    def members_in(self, text: str) -> set[str]:
        """The members whom the text calls by @."""
        return {name for name in self._people if f"@{name}" in text}

    def _is_person(self, name: str) -> bool:
        if name.lower() in _ALL or name in self._people:
            return True
        glued: Iterable[str] = (one for one in self._people if name.startswith(one))
        return any(glued) or (_BOT.match(name) is None and bool(_PERSON.match(name)))
