"""Somebody is new here: greet them while WeCom lets us."""

from bot import CHANNELS, ChatEntered, Context, CustomerAdded, Refuse, Router, SessionEntered

router = Router("welcome")
UNSAID = "欢迎语没发出去，请手动打个招呼"  # a notice of many


@router.on(CustomerAdded)
async def greet_customer(event: CustomerAdded, context: Context) -> None:
    channel = context[CHANNELS].of(event.state)
    if not event.welcome_code:
        context.keep_silent("WeCom gave no welcome code: greeted already, or chatting already")
        return
    # Codes of a channel (联系我) are named like "store_7": the first word picks the script.
    own = f"welcome/{event.state.partition('_')[0]}"
    script = own if own in context.library else "welcome/first"
    if channel and channel.script in context.library:
        script = channel.script
    refused = await context.say(script)
    if isinstance(refused, Refuse):  # never silence: the member greets by hand
        await context.recall(script)
        words = context.words("system/welcome_failed", words=context.words(script))
        await context.remind(event.member, words, why=refused.zh, kind=UNSAID, alone=1)


@router.on(SessionEntered)
async def greet_visitor(event: SessionEntered, context: Context) -> None:
    if event.welcome_code:
        await context.say("welcome/kf")
    else:
        context.keep_silent("WeCom gave no welcome code: they were here in the last 48 hours")


@router.on(ChatEntered)
async def greet_member(event: ChatEntered, context: Context) -> None:
    await context.say("welcome/bot")
