"""What nobody asked for just now: the messages of plans."""

from bot import Context, MassDue, Router

router = Router("touches")


@router.on(MassDue)
async def send_to_many(event: MassDue, context: Context) -> None:
    """The same words to many customers of one member, who confirms them in the client."""
    await context.say(event.script)
