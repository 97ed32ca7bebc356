"""The shop tells what a customer did; the rules in config/signals.toml say what to do."""

from bot import Context, Router, events

router = Router("signals")


@router.on(events.SignalReceived)
async def follow_rules(event: events.SignalReceived, context: Context) -> None:
    await context.follow(event)
