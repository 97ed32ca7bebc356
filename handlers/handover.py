"""What could not be delivered becomes a to-do for a person."""

from bot import Context, DeliveryFailed, Router, SendFailed, TransferFailed
from handlers.welcome import UNSAID

router = Router("handover")
FAILURES = {  # msg_send_fail (doc 94670)
    1: "客服账号已删除",
    2: "应用已关闭",
    4: "会话超过 48 小时",
    5: "会话已关闭",
    6: "客户发言后已回复 5 条",
    8: "企业未认证",
    10: "客户拒收",
    11: "企业没有成员登录",
}


@router.on(DeliveryFailed)
async def rescue(event: DeliveryFailed, context: Context) -> None:
    if event.via == "welcome_code":
        words = context.words("system/welcome_failed", words=event.words)
        await context.remind(event.member, words, why=event.reason, kind=UNSAID, alone=1)
        return
    if event.via == "staff_task":  # to several customers: none of them is to be received
        words = f"一条群发没有建成，客户不会收到：{event.words}\n原因：{event.reason}"
    else:
        words = context.words("system/handover_todo", question="", why=event.reason)
    await context.remind(event.member, words, why=event.reason)


@router.on(SendFailed)
async def report(event: SendFailed, context: Context) -> None:
    why = f"微信没有把消息送到客户：{FAILURES.get(event.fail_type, '原因不明')}"
    words = context.words("system/handover_todo", question="", why=why)
    await context.remind("", words, why=why)


@router.on(TransferFailed)
async def return_customer(event: TransferFailed, context: Context) -> None:
    why = {"customer_refused": "客户拒绝了接替", "customer_limit_exceed": "接替成员的客户已满"}
    reason = why.get(event.reason, event.reason)
    words = context.words("system/handover_todo", question="", why=reason)
    await context.remind(event.member, words, why=reason)
