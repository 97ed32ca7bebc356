"""What no script can read: pictures, voice, files, locations."""

from bot import Channel, Context, MessageReceived, Router

router = Router("fallback")
KINDS = {
    "image": "图片",
    "voice": "语音",
    "video": "视频",
    "file": "文件",
    "location": "位置",
    "link": "链接",
    "business_card": "名片",
    "miniprogram": "小程序",
}


@router.on(MessageReceived)
async def pass_on(event: MessageReceived, context: Context) -> None:
    if context.staffed:
        context.leave_to_staff()
    elif event.kind == "emotion":
        context.keep_silent("a sticker")
    elif event.channel is Channel.KF:
        kind = KINDS.get(event.kind, "其他")
        await context.hand_over(f"客户发来一条{kind}消息，要人看一下")
    else:
        await context.say("system/fallback")
