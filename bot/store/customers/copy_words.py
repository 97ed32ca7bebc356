"""What a copy for a customer calls each part and each field of it (copying.py)."""

from collections.abc import Iterable, Mapping
from enum import IntEnum
from typing import Final

from bot.profile.fields import Consent
from bot.store.customers.stages import Held
from bot.store.models import EventState, MessageState, Source
from bot.store.states import (
    InvitationState,
    ItemState,
    QuestionState,
    ReminderState,
    TouchState,
)
from bot.touch.touch import Scenario

READ_ME: Final = (
    "系统里关于这位客户的全部资料，截至导出时间。每一部分先说明是什么，再逐条列出；时间都带时区。"
    "其他客户的编号和内容已略去；同事手写的文字照原样，交给客户前请看一遍。"
    "聊天原文另存在企业微信里，不在这里。",
    "All that is kept of this customer, as it stood when it was made. Each part says what it is; "
    "moments have their zone. Ids and words of other customers are left out; what colleagues "
    "typed is as they typed it: read it before it is handed over. What WeCom itself keeps of the "
    "talk is not here.",
)
PARTS: Final = {
    "audit": ("同事对这位客户做过什么", "what members did about them"),
    "brake_step": ("退订和暂停打扰", "when they were left alone, and again not"),
    "chat_group_member": ("在哪些客户群里", "the groups that they are or were in"),
    "complaint_case": ("投诉", "complaints"),
    "complaint_word": ("投诉时说的话", "the words of complaints"),
    "contact": ("加过哪些同事", "whom of us they have or had as a contact"),
    "customer": ("基本资料", "who they are"),
    "customer_date": ("用来提醒的日期", "dates for reminders"),
    "customer_field": ("填写的资料，以及是否同意使用", "fields, and whether they agree to them"),
    "customer_tag": ("标签", "tags"),
    "event": ("客户发来的消息和有关通知", "what they wrote, and notices about them"),
    "group_question": ("在群里问的问题", "questions in groups"),
    "group_talk": ("每天在群里发言几次", "how often they wrote in groups, by day"),
    "handover_item": ("换同事接待", "that another member took over"),
    "handover_thing": ("跟着交接的事", "what was handed over with them"),
    "invitation": ("邀请别人，或被人邀请", "whom they invited, or that they were"),
    "learned": ("从他们的选择学到的问法", "questions learned from what they chose"),
    "message": ("系统发出的消息", "what was sent by us"),
    "moment_comment": ("朋友圈评论", "comments on moments"),
    "note": ("跟进记录", "notes of members"),
    "purchase": ("买过东西", "that they bought"),
    "referral_code": ("自己的邀请码", "their own code"),
    "referral_reward": ("邀请奖励", "rewards for invitations"),
    "referral_wish": ("要过邀请码", "that they asked for a code"),
    "reminder": ("同事设的提醒", "reminders of members"),
    "rhythm": ("通常几点回消息", "at which hours they write"),
    "said": ("对他们说过哪些话", "which words they have read"),
    "session": ("当前会话的状态", "how their chats stand"),
    "signal": ("商城等系统告诉我们的事", "what the shop and others told"),
    "stage_step": ("阶段变化", "how their stage changed"),
    "sync_find": ("核对时发现的变化", "changes found when comparing with WeCom"),
    "tagging": ("自动打的标签", "tags given by rules"),
    "tally": ("最近收到几条消息，用来限次", "how many messages they got, for the caps"),
    "todo": ("同事的待办", "to-dos of members"),
    "touch": ("计划发送的消息", "what plans sent or are to send"),
}  # fmt: skip
LEFT_OUT: Final = {  # touched by a deletion, and of others
    "chat_group_change": (
        "群成员变动的通知，里面是别人；本人进群、退群见 chat_group_member",
        "notices of groups, which list others; their own coming and going is in chat_group_member",
    ),
    "event.GroupAsked": (
        "给同事的提醒里引用的群内问题，问题本身见 group_question",
        "notices to members that quote questions in groups; the questions are in group_question",
    ),
    "chat_group_member.invitor": (
        "由他们拉进群的人，是别人的资料", "whom they brought into groups: of others",
    ),
}  # fmt: skip
# By the names of columns; HERE where one means something else in one table.
COLUMNS: Final = {
    "account": "客服账号", "act": "做了什么", "active": "是否生效", "added_at": "添加时间",
    "again": "重复", "answer": "所在的汇总", "answered_at": "回复时间", "answered_by": "回复人",
    "asked": "问的问题", "asked_at": "请求时间", "askers": "谁问的", "at": "时间",
    "attempts": "尝试次数", "author": "评论人", "before": "原来的阶段", "best_from": "合适时段起",
    "best_to": "合适时段止", "birthday": "生日", "body": "内容", "braked_at": "暂停打扰时间",
    "by": "处理人", "campaign": "活动", "changed_at": "改动时间", "changes": "改了什么",
    "channel": "渠道", "chat_id": "群编号", "closed_at": "结案时间", "closed_by": "结案人",
    "code": "邀请码", "complaint": "投诉编号", "config_id": "企业微信里的码",
    "consent": "是否同意", "consent_at": "同意时间", "consent_who": "由谁征求",
    "conversation": "会话", "counts": "次数", "created_at": "创建时间", "customer": "客户编号",
    "day": "日期", "day_n": "当天次数", "deadline": "最晚时间", "decision": "系统的决定",
    "deleted_at": "删除时间", "details": "详情", "digest": "校验码", "done_at": "完成时间",
    "done_by": "完成人", "due_at": "应发时间", "edited_at": "修改时间", "en": "英文说明",
    "ended_at": "结束时间", "ended_by": "结束人", "errcode": "错误码", "escalated_at": "上报时间",
    "escalated_to": "上报给", "event": "事件编号", "event_id": "事件编号",
    "external_userid": "客户编号", "fetched_at": "更新时间", "free_until": "有空到",
    "friends": "好友同事数", "gone_at": "失效时间", "handover": "交接编号",
    "heard_at": "最近来消息时间", "held": "由谁定", "hour": "小时", "hour_n": "该小时次数",
    "id": "编号", "invitee": "被邀请人", "inviter": "邀请人", "invitor": "拉入群的人",
    "join_scene": "入群方式", "joined_at": "入群时间", "judged_at": "判定时间", "kind": "类型",
    "last_at": "最近时间", "left_at": "离开时间", "lost_at": "被删时间", "member": "同事",
    "messages": "发言条数", "moment": "朋友圈编号", "month": "月份", "month_n": "当月次数",
    "name": "名称", "news": "入群通知", "next_at": "下次时间", "nickname": "群昵称",
    "note": "备注", "offered": "给过的选项", "offered_at": "提示时间", "opted_out_at": "退订时间",
    "origin": "来自文件", "outlasts": "聊天里回复不算办完",
    "owner": "原接待人", "phone": "手机号", "picture": "图片",
    "plan": "计划", "problem": "问题", "purpose": "同意的用途", "question": "问题",
    "quit_scene": "退群方式", "reason": "原因", "received_at": "收到时间", "receiver": "发给谁",
    "remark": "备注名", "replied_at": "答复时间", "reserved": "占用的次数", "round": "核对轮次",
    "rule": "规则", "said": "上一句话术", "scenario": "场景", "script": "话术", "sent": "已发条数",
    "seq": "序号", "servicer": "接待人", "settled_at": "完结时间", "slot": "时段",
    "sounds": "只是听起来像",
    "source": "来源", "spread": "分批号", "staff": "是否同事", "staffed": "是否人工接待",
    "stage": "阶段", "stage_at": "进入阶段时间", "stage_en": "阶段原因（英文）",
    "stage_held": "阶段由谁定", "stage_zh": "阶段原因", "state": "状态", "step": "满几人",
    "store": "门店", "subject": "对象", "tag": "标签", "tags": "标签", "taker": "接替人",
    "task": "任务编号", "text": "文字", "thing": "事项编号", "times": "次数",
    "told_at": "通知时间", "topic": "主题", "tries": "重试次数", "unionid": "微信 unionid",
    "urgent": "是否加急", "userid": "成员编号", "value": "内容", "via": "发送方式",
    "waiting_since": "等待起始", "wanted": "要求重发", "week": "周", "week_n": "当周次数",
    "who": "操作人", "why": "原因", "words": "文字", "zh": "说明", "zone": "时区",
}  # fmt: skip
HERE: Final = {
    "chat_group_member.customer": "是否客户", "chat_group_member.state": "入群来源",
    "contact.state": "来源码", "customer_field.name": "资料项", "customer_date.name": "日期项",
    "learned.who": "客户编号", "referral_code.state": "邀请码", "said.words": "话的校验码",
    "tally.day": "第几天", "touch.words": "话的校验码",
}  # fmt: skip


def _named(kinds: Iterable[IntEnum]) -> Mapping[int, str]:
    return {int(one): one.name.lower() for one in kinds}


KNOWN_AS: Final = {  # what numbers stand for
    "customer.stage_held": _named(Held), "customer_field.consent": _named(Consent),
    "event.state": _named(EventState), "group_question.state": _named(QuestionState),
    "handover_item.state": _named(ItemState), "invitation.state": _named(InvitationState),
    "learned.source": _named(Source), "message.state": _named(MessageState),
    "referral_reward.state": _named(TouchState), "reminder.state": _named(ReminderState),
    "stage_step.held": _named(Held), "touch.state": _named(TouchState),
    "touch.scenario": {one.rank: str(one) for one in Scenario},
}  # fmt: skip
