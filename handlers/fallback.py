"""What no script can read: pictures, voice, files, locations."""

from bot import Channel, Context, MessageReceived, Router

router = Router("fallback")


@router.on(MessageReceived)
async def pass_on(event: MessageReceived, context: Context) -> None:
    if context.staffed:
        context.keep_silent("a person is serving")
    elif event.kind == "emotion":
        context.keep_silent("a sticker")
    elif event.channel is Channel.KF:
        await context.hand_over(f"客户发来一条{event.kind}消息,需要人工查看")
    else:
        await context.say("system/fallback")
