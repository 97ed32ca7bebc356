"""Life in a customer group (客户群): who came in, what was asked, who complains.

WeCom has no interface for writing into a customer group, so its owner does, with the words ready.
"""

from bot import Context, Router, events

router = Router("groups")
SHOWN = 5  # names in a to-do


@router.on(events.GroupJoined)
async def have_them_greeted(event: events.GroupJoined, context: Context) -> None:
    """Have the owner greet them by hand."""
    if event.welcomed:
        context.keep_silent("WeCom's client welcomes who joins this group")
        return
    names = [name or "一位客户" for name in event.names]
    more = f" 等 {len(names)} 人" if len(names) > SHOWN else ""
    who = "、".join(names[:SHOWN]) + more
    words = context.words("system/group_joined_todo", why=event.group, words=who)
    await context.remind(event.member, words, why="新人进群", alone=1)


@router.on(events.GroupMessage)
async def hear(event: events.GroupMessage, context: Context) -> None:
    """What was asked waits for a person; talk among members is none of our business."""
    if event.staff:
        context.group.answered()
        context.keep_silent("one of ours wrote")
        return
    found = context.group.triage()
    if found.sort == "question" and context.group.off:
        context.keep_silent("the bot is switched off in this group", "这个群里关掉了机器人")
    elif found.sort == "question":
        context.group.ask(found)
        context.keep_silent("the answer is offered to the group's owner")
    elif found.sort == "complaint":
        context.consent.brake("客户在群里投诉", event.text, told=event.member)
        said = f"{event.name}：{event.text}" if event.name else event.text
        words = context.words("system/group_complaint_todo", why=event.group, words=said)
        await context.remind(event.member, words, why="群里投诉", alone=0)
    else:
        context.keep_silent(found.en, found.zh)


@router.on(events.GroupAsked)
async def offer_answers(event: events.GroupAsked, context: Context) -> None:
    """List each question with who asked it, and the words to say."""
    lines, several = [], event.conversation == "corp"
    told = zip(event.groups, event.askers, event.texts, event.scripts, strict=True)
    for number, (group, askers, text, script) in enumerate(told, 1):
        place = f"【{group}】" if several else ""
        lines.append(f"{number}. {place}{askers}：{text}")
        if script in context.library and not event.digest:
            lines.append(f"   可以这样回答：{context.words(script)}")
    script = "system/group_digest" if event.digest else "system/group_asked"
    where = "几个群" if several else event.groups[0]
    context.notify(event.member, context.words(script, why=where, words="\n".join(lines)))
