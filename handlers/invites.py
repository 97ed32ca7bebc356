"""A customer asked for a code to invite friends (老带新), and here it is."""

from bot import Context, Refuse, Router, events

router = Router("invites")
SCRIPT = "system/invite_code"


@router.on(events.InviteReady)
async def give_code(event: events.InviteReady, context: Context) -> None:
    why = event.why
    if event.link and SCRIPT not in context.library:
        why = f"没有话术 {SCRIPT}"
    elif event.link:
        invite = {"link": event.link, "title": event.title, "until": event.until}
        said = await context.say(SCRIPT, invite=invite)
        if not isinstance(said, Refuse):
            return
        why = said.zh
    words = f"客户要自己的邀请码：{event.link or '没有做出来'}（{why}）"
    await context.remind("", words, why="邀请码没有发给客户")
