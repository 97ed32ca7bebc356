"""Something planned is due and the rules allow it: a greeting, a reminder, a to-do."""

from bot import Context, Router, events

router = Router("touches")


@router.on(events.TouchDue)
async def reach_out(event: events.TouchDue, context: Context) -> None:
    if event.script not in context.library:
        context.keep_silent(f"there is no script {event.script!r} any more")
    elif event.via == "staff_notice":
        await context.recall(event.script)
        why, words = context.library[event.script].title, context.words(event.script)
        todo = context.words("system/touch_todo", why=why, words=words)
        await context.remind(event.member, todo, why=why, alone=1)
    else:
        await context.say(event.script)


@router.on(events.ReminderDue)
async def remind(event: events.ReminderDue, context: Context) -> None:
    """Somebody wanted to be reminded of a customer, or put off what they had to do."""
    if event.why:
        whom = f"{context.customer.name or '这位客户'}：" if event.is_note else ""
        await context.remind(event.member, f"{whom}{event.words}", why=event.why)
        return
    why, words = "提醒", event.words or "原来的话术已下架，请换一条"
    if event.script in context.library:
        await context.recall(event.script)
        why, words = context.library[event.script].title, context.words(event.script)
    if event.who:
        why = f"{why}（{event.who}）"
    await context.remind(
        event.member, context.words("system/touch_todo", why=why, words=words), why=why
    )


@router.on(events.MassDue)
async def send_to_many(event: events.MassDue, context: Context) -> None:
    """The same words to many customers of one member, who confirms them in the client."""
    if event.script not in context.library:
        context.keep_silent(f"there is no script {event.script!r} any more")
    elif event.own:
        # Words for this message; for a digest, the scripts that were posted.
        posted = [one for one in event.own.split("\n") if one in context.library]
        words = "\n\n".join(context.words(one) for one in posted) or event.own
        await context.say(event.script, words=words)
    else:
        await context.say(event.script)
