"""Prints µs of CPU an event: nonebot2's handle_event with N matchers, the last one matches."""

import asyncio
import sys
import time
from typing import Any, Literal

import nonebot
from nonebot import on_fullmatch
from nonebot.adapters import Adapter, Bot, Event, Message, MessageSegment
from nonebot.message import handle_event


class Segment(MessageSegment["Words"]):
    @classmethod
    def get_message_class(cls) -> type["Words"]:
        return Words

    def __str__(self) -> str:
        return str(self.data["text"])

    def is_text(self) -> bool:
        return True


class Words(Message[Segment]):
    @classmethod
    def get_segment_class(cls) -> type[Segment]:
        return Segment

    @staticmethod
    def _construct(msg: str) -> Any:
        yield Segment("text", {"text": msg})


class Question(Event):
    sender: str
    words: str

    def get_type(self) -> Literal["message"]:
        return "message"

    def get_event_name(self) -> str:
        return "message.question"

    def get_event_description(self) -> str:
        return self.words

    def get_user_id(self) -> str:
        return self.sender

    def get_session_id(self) -> str:
        return self.sender

    def get_message(self) -> Words:
        return Words(self.words)

    def is_tome(self) -> bool:
        return True


class NoAdapter(Adapter):
    @classmethod
    def get_name(cls) -> str:
        return "bench"

    async def _call_api(self, bot: Bot, api: str, **data: Any) -> Any:
        return None


class NoBot(Bot):
    async def send(self, event: Event, message: Any, **options: Any) -> Any:
        return None


def register(handlers: int, heard: list[str]) -> None:
    def one(number: int) -> None:
        matcher = on_fullmatch(f"question {number}", priority=number + 1, block=True)

        @matcher.handle()
        async def answer(event: Question) -> None:
            heard.append(event.sender)

    for number in range(handlers):
        one(number)


async def main(handlers: int, events: int) -> None:
    heard: list[str] = []
    nonebot.init(driver="~none", log_level="ERROR")
    register(handlers, heard)
    bot = NoBot(NoAdapter(nonebot.get_driver()), "bench")
    text = f"question {handlers - 1}"
    come = [Question(sender=f"member{number % 100}", words=text) for number in range(events)]
    started = time.process_time()
    for event in come:
        await handle_event(bot, event)
    spent = time.process_time() - started
    assert len(heard) == events
    print(spent / events * 1e6)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2])))
