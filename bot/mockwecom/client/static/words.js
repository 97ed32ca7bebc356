// What the page says, Chinese first. A %s is filled in.
const SAY = {
  zh: {
    brand: "企业微信 · 模拟器", title: "企业微信 · 模拟器", chats: "会话", chat: "聊天", messages: "消息", sidebar: "侧边栏", views: "视图", wire: "接口日志", filter: "筛选",
    i_am: "我是", members: "成员（员工）", customers: "客户（微信）", member: "成员", customer: "客户",
    all: "全部", contacts: "客户", groups: "群", service: "客服", others: "其他", search: "搜索会话", nothing_found: "没有这样的会话。",
    pick: "选一个会话", pick_hint: "左边选人说话。用「我是」换成客户，就能以客户的身份打字；换回成员，右边就是侧边栏。",
    send: "发送", placeholder: "输入消息，回车发送", placeholder_bot: "在群里 @%s 才会回答", cannot_write: "现在不能在这里发消息", at_bot: "@%s",
    image: "图片", voice: "语音", video: "视频", file: "文件", location: "位置", link: "链接", miniprogram: "小程序", business_card: "名片", more: "更多消息类型",
    no_callback: "单聊内容企业微信不会回调给企业：机器人看不到，只有会话存档能知道。回复要靠侧边栏里的成员。", no_group_callback: "客户群里说的话没有回调，机器人也不能往客户群里发：只有成员自己（或侧边栏）能发。",
    by_api: "机器人", by_mass: "群发", by_sidebar: "侧边栏", by_welcome: "欢迎语", wechat: "微信", external: "外部", internal: "内部", robot: "机器人", app: "应用", kf: "客服",
    note_added: "%s 添加了 %s", note_added_by: "（来源：%s）", note_customer_left: "%s 删除了 %s", note_member_left: "%s 删除了 %s", note_entered: "%s 打开了客服会话", note_joined: "%s 加入了群聊",
    session_1: "%s 从接待池接入", session_2: "会话转给 %s", session_3: "%s 结束了会话", session_4: "%s 重新接入", in_pool: "顾客在等人接待", with_bot: "机器人在接待", with_member: "%s 在接待", ended: "会话已结束",
    take: "接入会话", take_over: "转给我", end: "结束会话", enter_again: "重新打开会话", mass: "群发助手", mass_none: "没有待确认的群发。机器人建了群发任务，会出现在这里。", mass_to: "发给 %s 位客户", mass_to_groups: "发到 %s 个客户群", mass_send: "确认发送", mass_waiting: "待确认", mass_done: "已确认", mass_cancelled: "已取消", mass_own: "成员自己的群发",
    fate_0: "未发送", fate_1: "已送达", fate_2: "不是好友", fate_3: "已达上限", mass_banner: "%s 条群发等你确认", open: "去看看", reminders: "已提醒 %s 次", choose_hint: "可以勾掉不想发的客户",
    new_customer: "新客户", name: "昵称", adds_whom: "添加谁", from_where: "来源", add: "添加为好友", cancel: "取消", close: "关闭", state_custom: "渠道参数 state", removes: "删除好友", gone: "客户已删除你", joins: "加人进群", join: "进群",
    state_store: "门店的码", state_mall: "商城", state_parcel: "包裹卡", state_friend: "朋友推荐", state_none: "搜索（无来源）",
    hour: "+1 小时", ten: "到 10:00", day: "+1 天", clock_fixed: "时钟走系统时间，不能拨", moving: "正在走……", clock: "模拟的时间",
    faults: "故障", faults_hint: "让企业微信那一侧出问题，看机器人怎么应付。", fault_slow: "接口慢 3 秒", fault_busy: "系统繁忙（-1）× 3", fault_limit: "接口超频 45009 × 3", fault_lost: "丢一次回调", fault_double: "回调重复 × 3", fault_reorder: "回调乱序 × 1", fault_cut: "做完就断线 × 1", fault_token: "access_token 提前失效", fault_ip: "出口 IP 不可信（60020）", faults_none: "没有故障。", faults_clear: "全部清除", faults_active: "生效中", times: "剩余 %s 次内", always: "一直",
    language: "EN", theme: "外观", theme_dark: "深色", theme_light: "浅色", practice: "练习", refresh: "重新加载", back: "返回", toolbar_of: "聊天工具栏",
    no_frame: "这里没有侧边栏", no_frame_customer: "侧边栏只有成员看得到：左上角把「我是」换成成员。", no_frame_chat: "侧边栏只出现在客户单聊、客户群和客服会话里。", no_toolbar: "还没有把页面配置到聊天工具栏。在管理后台是「应用 → 配置到聊天工具栏」，在模拟器里是 POST /_mock/act {\"do\": \"add_toolbar\", …}，页面的域名要先设为可信域名。",
    no_bridge: "这个页面不在客户端的网页视图里：%s。模拟器只能打开 %s 下的页面。",
    wire_hint: "企业微信和机器人之间来往的每一次：回调、接口、网页授权、JS-SDK。", wire_none: "还没有来往。", wire_all: "全部", wire_push: "回调", wire_call: "接口", wire_page: "JS-SDK", wire_signin: "登录", wire_errors: "只看出错", doc: "文档 %s", sent: "内容", answered: "应答",
    why: "为什么这样答", why_mass: "群发，成员确认后发出", todo: "待办", lost: "模拟器停了。重新运行 huashu demo，再刷新这一页。", refused: "做不到：%s", copy: "复制", copied: "已复制", people_n: "%s 人", unread: "%s 条未读",
    practice_title: "练习：用侧边栏回答客户", practice_hint: "会来一位练习客户，一个一个地问。请以成员身份在侧边栏里找话术、一键发送（也可以自己打字）。每题比对话术库的答案和用时。", practice_member: "谁来练习", practice_count: "几道题", practice_start: "开始", practice_stop: "结束练习", practice_on: "练习中：第 %s 题，共 %s 题", practice_result: "练习结果", practice_again: "再来一次", practice_yours: "你答", practice_library: "话术库", practice_time: "用时", practice_seconds: "%s 秒", practice_silent: "话术库没有答案：应当转同事或自己判断", practice_total: "总分 %s", practice_sidebar: "侧边栏", practice_typed: "手打", practice_similarity: "相符 %s%", practice_goto: "去回答",
  },
  en: {
    brand: "WeCom · simulator", title: "WeCom · simulator", chats: "Chats", chat: "Chat", messages: "Messages", sidebar: "Sidebar", views: "Views", wire: "Wire log", filter: "Filter",
    i_am: "I am", members: "Members (staff)", customers: "Customers (WeChat)", member: "member", customer: "customer",
    all: "All", contacts: "Customers", groups: "Groups", service: "Service", others: "Other", search: "Find a chat", nothing_found: "No such chat.",
    pick: "Choose a chat", pick_hint: "Choose somebody on the left. As a customer (“I am”) you type as they would; as a member you have the sidebar on the right.",
    send: "Send", placeholder: "Type a message, Enter sends", placeholder_bot: "It answers when called: @%s", cannot_write: "Nothing can be written here now", at_bot: "@%s",
    image: "Picture", voice: "Voice", video: "Video", file: "File", location: "Place", link: "Link", miniprogram: "Mini program", business_card: "Name card", more: "Other kinds of message",
    no_callback: "WeCom tells the company nothing of what is written here: the bot does not see it, only the message archive does. A member answers, by the sidebar.", no_group_callback: "What is said in a customer group comes by no callback, and no bot can write here: only members do, or the sidebar for them.",
    by_api: "bot", by_mass: "mass message", by_sidebar: "sidebar", by_welcome: "welcome", wechat: "WeChat", external: "external", internal: "internal", robot: "bot", app: "app", kf: "service",
    note_added: "%s added %s", note_added_by: " (source: %s)", note_customer_left: "%s removed %s", note_member_left: "%s removed %s", note_entered: "%s opened customer service", note_joined: "%s joined the group",
    session_1: "%s took the session", session_2: "The session went to %s", session_3: "%s ended the session", session_4: "%s took it up again", in_pool: "The customer waits for a person", with_bot: "The bot is serving", with_member: "%s is serving", ended: "The session is over",
    take: "Take the session", take_over: "Take it over", end: "End the session", enter_again: "Open it again", mass: "Mass messages", mass_none: "Nothing waits for you. When the bot creates a mass message, it appears here.", mass_to: "Customers: %s", mass_to_groups: "Customer groups: %s", mass_send: "Confirm and send", mass_waiting: "waiting", mass_done: "confirmed", mass_cancelled: "cancelled", mass_own: "the member's own",
    fate_0: "not sent", fate_1: "delivered", fate_2: "no friend", fate_3: "quota used up", mass_banner: "%s mass messages wait for you", open: "Look", reminders: "reminded %s times", choose_hint: "Untick whom you do not want to write to",
    new_customer: "New customer", name: "Nickname", adds_whom: "Adds", from_where: "Source", add: "Add as a friend", cancel: "Cancel", close: "Close", state_custom: "state of the code", removes: "Remove the friend", gone: "The customer removed you", joins: "Add somebody", join: "Join",
    state_store: "a shop's code", state_mall: "the online shop", state_parcel: "a card in a parcel", state_friend: "a friend", state_none: "a search (none)",
    hour: "+1 h", ten: "to 10:00", day: "+1 day", clock_fixed: "The system's clock cannot be moved", moving: "going on …", clock: "The simulated time",
    faults: "Faults", faults_hint: "Let WeCom's side fail, and see how the bot copes.", fault_slow: "APIs 3 s slow", fault_busy: "System busy (-1) × 3", fault_limit: "Too many calls 45009 × 3", fault_lost: "One callback lost", fault_double: "Callbacks doubled × 3", fault_reorder: "Callbacks overtaken × 1", fault_cut: "Done, then cut off × 1", fault_token: "access_token dies early", fault_ip: "Address not trusted (60020)", faults_none: "No faults.", faults_clear: "Clear all", faults_active: "In force", times: "at most %s left", always: "always",
    language: "中文", theme: "Look", theme_dark: "Dark", theme_light: "Light", practice: "Practice", refresh: "Reload", back: "Back", toolbar_of: "Chat toolbar",
    no_frame: "No sidebar here", no_frame_customer: "Only members have the sidebar: choose a member under “I am”.", no_frame_chat: "The sidebar is for chats with customers, customer groups and service chats.", no_toolbar: "No page is configured for the toolbar yet. In the console: app → 配置到聊天工具栏; here: POST /_mock/act {\"do\": \"add_toolbar\", …}, after its host is a trusted domain.",
    no_bridge: "This page is not in the client's web view: %s. The simulator opens pages under %s only.",
    wire_hint: "All that goes between WeCom and the bot: callbacks, APIs, sign-in, JS-SDK.", wire_none: "Nothing yet.", wire_all: "All", wire_push: "Callbacks", wire_call: "APIs", wire_page: "JS-SDK", wire_signin: "Sign-in", wire_errors: "Only errors", doc: "doc %s", sent: "Sent", answered: "Answer",
    why: "Why it was answered so", why_mass: "a mass message, sent once its member confirmed", todo: "to-do", lost: "The simulator has stopped. Run huashu demo again, then reload this page.", refused: "Not possible: %s", copy: "Copy", copied: "Copied", people_n: "%s people", unread: "%s unread",
    practice_title: "Practice: answer by the sidebar", practice_hint: "A practice customer comes and asks, one question after another. As a member, find the script in the sidebar and send it by one tap (or type). Each answer is compared with the library, and timed.", practice_member: "Who practises", practice_count: "Questions", practice_start: "Start", practice_stop: "Stop", practice_on: "Practice: question %s of %s", practice_result: "Result", practice_again: "Once more", practice_yours: "You", practice_library: "Library", practice_time: "Time", practice_seconds: "%s s", practice_silent: "The library has no answer: pass it on, or judge yourself", practice_total: "%s points", practice_sidebar: "sidebar", practice_typed: "typed", practice_similarity: "%s% alike", practice_goto: "Answer",
  },
};

export let language = localStorage.language ?? (navigator.language.startsWith("zh") ? "zh" : "en");

export function say(key, ...values) {
  const text = SAY[language][key] ?? SAY.zh[key] ?? key;
  return values.reduce((filled, value) => filled.replace("%s", () => value), text);
}

export const knows = key => key in SAY.zh;

export function turn() {
  localStorage.language = language = language === "zh" ? "en" : "zh";
}

export function translate() {
  document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
  document.title = say("title");
  for (const one of document.querySelectorAll("[data-say]")) one.textContent = say(one.dataset.say);
  for (const one of document.querySelectorAll("[data-label]")) one.ariaLabel = say(one.dataset.label);
}

const ZONE = "Asia/Shanghai";
const format = shape => new Intl.DateTimeFormat(language === "zh" ? "zh-CN" : "en-GB", {timeZone: ZONE, ...shape});

export const clock = date => format({hour: "2-digit", minute: "2-digit", hour12: false}).format(date);
export const day = date => format({month: "short", day: "numeric"}).format(date);
export const long = date => format({year: "numeric", month: "short", day: "numeric", weekday: "short", hour: "2-digit", minute: "2-digit", hour12: false}).format(date);
export const precise = date => format({hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false}).format(date);
export const dayKey = date => format({year: "numeric", month: "2-digit", day: "2-digit"}).format(date);
