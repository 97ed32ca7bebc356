"""Prints µs of CPU an event: aiogram's feed_update with N handlers, the last of which matches."""

import asyncio
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime

from aiogram import Bot, Dispatcher, F, Router
from aiogram.types import Chat, Message, Update, User


def router_of(handlers: int, heard: list[int]) -> Router:
    router = Router()

    def handler() -> Callable[[Message], object]:
        async def answer(message: Message) -> None:
            heard.append(message.message_id)

        return answer

    for number in range(handlers):
        router.message.register(handler(), F.text == f"question {number}")
    return router


def update_of(number: int, text: str) -> Update:
    user = User(id=number % 100 + 1, is_bot=False, first_name="member")
    chat = Chat(id=user.id, type="private")
    message = Message(
        message_id=number, date=datetime.now(UTC), chat=chat, from_user=user, text=text
    )
    return Update(update_id=number, message=message)


async def main(handlers: int, events: int) -> None:
    heard: list[int] = []
    dispatcher, bot = Dispatcher(), Bot("42:bench")
    dispatcher.include_router(router_of(handlers, heard))
    come = [update_of(number, f"question {handlers - 1}") for number in range(1, events + 1)]
    started = time.process_time()
    for update in come:
        await dispatcher.feed_update(bot, update)
    spent = time.process_time() - started
    assert len(heard) == events
    print(spent / events * 1e6)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2])))
