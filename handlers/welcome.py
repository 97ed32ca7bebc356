"""Somebody is new: greet them while WeCom lets us."""

from bot import (
    CHANNELS,
    ChatEntered,
    Context,
    CustomerAdded,
    Refuse,
    Router,
    SessionEntered,
    events,
)

router = Router("welcome")
NAMELESS = "（您的名字）"  # for a member without a configured name: the bot's would be wrong there
UNSAID = "欢迎语没发出去，请手动打个招呼"  # a notice of many


@router.on(CustomerAdded)
async def greet_customer(event: CustomerAdded, context: Context) -> None:
    await greet(event, script_for(event.state, context), context)


@router.on(events.ArchiveConsented)
async def greet_consenting(event: events.ArchiveConsented, context: Context) -> None:
    """Where the archive asks them first, WeCom lets nobody welcome them before (41053)."""
    await greet(event, "welcome/first", context)


async def greet(
    event: CustomerAdded | events.ArchiveConsented, script: str, context: Context
) -> None:
    if not event.welcome_code:
        context.keep_silent("WeCom gave no welcome code: greeted already, or chatting already")
        return
    refused = await context.say(script)
    if isinstance(refused, Refuse):
        await leave_to_member(event.member, script, refused.zh, context)


@router.on(events.CustomerMissed)
async def own_up(event: events.CustomerMissed, context: Context) -> None:
    """WeCom's callback never reached us, and the welcome code has long expired."""
    zone = context.facts.now.tzinfo
    zh, en = "没收到企业微信的添加通知", "WeCom's callback did not come"
    if event.away_from and event.away_until:
        first, last = event.away_from.astimezone(zone), event.away_until.astimezone(zone)
        span = f"{first:%m-%d %H:%M}", f"{last:%m-%d %H:%M}"
        zh = f"程序从 {span[0]} 到 {span[1]} 不在线，{zh}"
        en = f"the bot was not reachable from {span[0]} to {span[1]}"
    context.keep_silent(f"not welcomed: {en}", f"没发欢迎语：{zh}")
    await leave_to_member(event.member, script_for(event.state, context), zh, context)


def script_for(state: str, context: Context) -> str:
    """Codes of a channel (联系我) are named like "store_7": the first word picks the script."""
    channel = context[CHANNELS].of(state)
    if channel and channel.script in context.library:
        return channel.script
    own = f"welcome/{state.partition('_')[0]}"
    return own if own in context.library else "welcome/first"


async def leave_to_member(member: str, script: str, why: str, context: Context) -> None:
    """Never silence: the member greets by hand."""
    await context.recall(script)
    words = context.words("system/welcome_failed", words=context.words(script, by_hand=NAMELESS))
    await context.remind(member, words, why=why, kind=UNSAID, alone=1)


@router.on(SessionEntered)
async def greet_visitor(event: SessionEntered, context: Context) -> None:
    if event.welcome_code:
        await context.say("welcome/kf")
    else:
        context.keep_silent("WeCom gave no welcome code: they were here in the last 48 hours")


@router.on(ChatEntered)
async def greet_member(event: ChatEntered, context: Context) -> None:
    await context.say("welcome/bot")
