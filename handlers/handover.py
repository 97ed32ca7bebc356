"""A person is needed: what could not be delivered becomes a to-do."""

from bot import Context, DeliveryFailed, Router, SendFailed, TransferFailed

router = Router("handover")


@router.on(DeliveryFailed)
async def rescue(event: DeliveryFailed, context: Context) -> None:
    if event.via == "welcome_code":
        words = context.words("system/welcome_failed", words=event.words)
    else:
        words = context.words("system/handover_todo", question="", why=event.reason)
    await context.remind(event.member, words, why=event.reason)


@router.on(SendFailed)
async def report(event: SendFailed, context: Context) -> None:
    why = f"微信没有把消息送到客户(fail_type {event.fail_type})"
    words = context.words("system/handover_todo", question="", why=why)
    await context.remind("", words, why=why)


@router.on(TransferFailed)
async def return_customer(event: TransferFailed, context: Context) -> None:
    why = {"customer_refused": "客户拒绝了接替", "customer_limit_exceed": "接替成员的客户已满"}
    reason = why.get(event.reason, event.reason)
    words = context.words("system/handover_todo", question="", why=reason)
    await context.remind(event.member, words, why=reason)
