"""Every limit of WeCom that the mock enforces, by name: value, page, how sure we are, errcode.

`documented`: on the page. `observed`: seen in the field. `assumed`: undocumented, our guess; such
a rule is a knob for tests that ask what happens if the guess is wrong.
"""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    value: int  # seconds, bytes or a count; 0 and 1 for a switch
    doc: int
    standing: Literal["documented", "observed", "assumed"] = "documented"
    errcode: int = 0  # the answer to whoever breaks it; 0: none
    why: str = ""
    settable: bool = True


def _size(value: int, doc: int, errcode: int = 45002) -> Rule:
    """A size in the page's table of fields; the shapes are built from it once."""
    return Rule(value=value, doc=doc, errcode=errcode, settable=False)


def _assumed(value: int, doc: int, why: str, errcode: int = 0) -> Rule:
    return Rule(value=value, doc=doc, standing="assumed", errcode=errcode, why=why)


HOUR_S, DAY_S = 3600, 86400

RULES: dict[str, Rule] = {
    # Access
    "token_s": Rule(value=7200, doc=91039, errcode=42001),
    "wrong_secrets": _assumed(5, 91039, "that it blocks is documented, not after how many", 45009),
    "wrong_secret_block_s": Rule(value=HOUR_S, doc=91039, standing="observed", errcode=45009),
    "ticket_s": Rule(value=7200, doc=96909, errcode=42012),
    "ticket_calls_per_hour": Rule(value=100, doc=96909, errcode=45009),
    "corp_ticket_calls_per_hour": Rule(value=400, doc=96909, errcode=45009),
    "oauth_code_s": Rule(value=300, doc=91023, errcode=40029),
    "api_calls_per_minute": Rule(value=10_000, doc=90454, errcode=45009),
    "api_calls_per_hour": Rule(value=150_000, doc=90454, errcode=45009),
    # Callbacks
    "verify_timeout_s": Rule(value=1, doc=90238, errcode=40057),
    "push_timeout_s": Rule(value=5, doc=90238),
    "push_retries": Rule(value=3, doc=90238),
    "push_retry_gap_s": _assumed(5, 90238, "only the number of retries is documented"),
    # Customers (客户联系)
    "welcome_code_s": Rule(value=20, doc=92137, errcode=41050),
    "welcome_sending_s": _assumed(0, 92137, "how long a code is in flight; others get", 41096),
    "archive_consent_first": _assumed(
        0, 92005, "that a customer may have to agree first is documented, not when", 41053
    ),
    "welcome_text_bytes": _size(4000, 92137),
    "welcome_attachments": _size(9, 92137, 41064),
    "link_title_bytes": _size(128, 92137),
    "link_desc_bytes": _size(512, 92137),
    "miniprogram_title_bytes": _size(64, 92137),
    "followed_page": Rule(value=100, doc=92994),
    "followed_members": _size(100, 92994, 40058),
    # Tags of the company (企业客户标签)
    "tag_name_chars": Rule(value=30, doc=92117, errcode=40058),
    "tags_of_company": Rule(value=10_000, doc=92117, errcode=40126),
    "tags_of_contact": Rule(value=3000, doc=92118, errcode=40058),
    # Customers and groups that get another member (docs 92125, 94081, 92127, 95703)
    "transfer_customers": _size(100, 92125, 40058),
    "transfer_words_chars": Rule(value=200, doc=92125, errcode=40058),
    "transfer_takes_s": Rule(value=DAY_S, doc=92125, why="in it the customer may refuse"),
    "transfer_again_s": Rule(value=90 * DAY_S, doc=92125),
    "transfers_of_customer": Rule(value=2, doc=92125, errcode=40128),
    "transfer_contacts": _assumed(0, 92125, "customers of one member; 0 is no limit: it depends"),
    "transfer_result_page": Rule(value=1000, doc=94088),
    "unassigned_page": Rule(value=1000, doc=92124, errcode=40058),
    "transfer_groups": _size(100, 92127, 40058),
    "transfer_groups_per_day": _assumed(300, 92127, "its errcode is not published", 45009),
    "transfers_of_group": _assumed(2, 95703, "its errcode is not published", 40128),
    "transfer_of_group_is_told": _assumed(1, 92130, "that changes by API are not is documented"),
    # Codes by which customers add members (联系我)
    "way_members": _size(100, 92572, 41041),
    "way_text_chars": Rule(value=30, doc=92572, errcode=40058),
    "ways_of_company": Rule(value=500_000, doc=92572, errcode=41045),
    "ways_page": _size(1000, 92572, 40058),
    # Customer groups (客户群)
    "group_owner_filter": _size(100, 92120, 40058),
    "group_list_page": Rule(value=1000, doc=92120, errcode=40058),
    "group_list_members": Rule(value=1000, doc=92120, errcode=81017),
    "group_get_lag_s": _assumed(0, 92130, "that get may lag an event briefly is documented"),
    "group_figures_page": Rule(value=1000, doc=92133, errcode=40058),
    "group_figures_back_s": Rule(value=180 * DAY_S, doc=92133, errcode=40058),
    "group_welcome_bytes": _size(3000, 92366),
    "group_welcomes": Rule(value=100, doc=92366, errcode=41055),
    # Mass messages (企业群发)
    "mass_customers": _size(10_000, 92135, 40058),
    "mass_chats": _size(2000, 92135, 40058),
    "mass_filter_tags": _size(100, 92135, 40058),
    "mass_text_bytes": _size(4000, 92135),
    "mass_attachments": _size(9, 92135, 41064),
    "mass_url_bytes": _size(2048, 92135),
    "mass_rule": Rule(
        value=0, doc=92135, why="群发规则 in the console: 0 by the month, 1 the week, 2 the day"
    ),
    "mass_per_month": Rule(value=0, doc=92135, why="0: as many as the month has days"),
    "mass_per_week": Rule(value=7, doc=92135),
    "mass_per_day": Rule(value=1, doc=92135),
    "mass_dispatch_s": _assumed(0, 93338, "that a new task gets it is documented", 41063),
    "mass_confirm_after_s": _assumed(-1, 92135, "people: -1 is never, unless an act says so"),
    "mass_reminders": Rule(value=3, doc=97610, errcode=41094),
    "mass_reminders_s": Rule(value=DAY_S, doc=97610),
    "mass_list_span_s": Rule(value=31 * DAY_S, doc=93338, errcode=40058),
    "mass_list_page": Rule(value=100, doc=93338),
    "mass_task_page": Rule(value=1000, doc=93338),
    # Moments (客户朋友圈)
    "moment_text_chars": Rule(value=2000, doc=95094, errcode=45002),
    "moment_text_bytes": _size(4000, 95094),
    "moment_images": _size(9, 95094, 40058),
    "moment_link_title_bytes": _size(64, 95094),
    "moment_senders": _size(100_000, 95094, 40058),
    "moment_tasks_per_minute": Rule(value=10, doc=95094, errcode=45009),
    "moment_job_s": Rule(value=DAY_S, doc=95094, errcode=40089),
    "moment_making_s": _assumed(0, 95094, "that it is asynchronous is documented"),
    "moment_list_span_s": Rule(value=30 * DAY_S, doc=93333, errcode=40058),
    "moments_shown_per_month": _assumed(4, 95094, "of the company's, to one customer; unsaid"),
    # Customer service (微信客服)
    "kf_token_s": Rule(value=600, doc=94670, errcode=95007),
    "kf_history_s": Rule(value=3 * DAY_S, doc=94670),
    "kf_sync_limit": Rule(value=1000, doc=94670, errcode=40058),
    "kf_syncs_without_token_per_minute": _assumed(10, 94670, "the number is not published", 45009),
    "kf_window_s": Rule(value=48 * HOUR_S, doc=94677, errcode=95002),
    "kf_messages_per_turn": Rule(value=5, doc=94677, errcode=95001),
    "kf_text_bytes": _size(2048, 94677),
    "kf_url_bytes": _size(2048, 94677),
    "kf_menu_edge_bytes": _size(1024, 94677),
    "kf_menu_click_bytes": _size(128, 94677),
    "kf_menu_link_bytes": _size(1024, 94677),
    "kf_menu_text_bytes": _size(256, 94677),
    "kf_menu_items": _size(50, 94677, 40058),
    "kf_menu_clickable": Rule(value=10, doc=90313, errcode=95008),
    "kf_msgid_bytes": _size(32, 94677, 40058),
    "kf_scene_bytes": _size(32, 94665, 40058),
    "kf_welcome_code_s": Rule(value=20, doc=95122, errcode=95007),
    "kf_welcome_again_s": Rule(value=48 * HOUR_S, doc=94670),
    "kf_end_code_s": Rule(value=20, doc=95122, errcode=95007),
    "kf_human_code_s": Rule(value=48 * HOUR_S, doc=95122, errcode=95007),
    "kf_active_s": Rule(value=48 * HOUR_S, doc=96429),
    "kf_batch": _size(100, 96429, 40058),
    "kf_same_msgid_is_ok": _assumed(1, 94677, "a msgid used again delivers nothing and is ok"),
    "kf_send_takes_session": _assumed(1, 94669, "an API message moves state 0 to 1"),
    "kf_trans_0_to_1": _assumed(1, 94669, "not in the page's table", 95016),
    "kf_trans_1_to_4": _assumed(0, 94669, "not in the page's table", 95016),
    "kf_trans_2_to_4": _assumed(0, 94669, "not in the page's table", 95016),
    # App messages (应用消息)
    "app_receivers": Rule(value=1000, doc=90236, errcode=40035),
    "app_text_bytes": _size(2048, 90236),
    "app_url_bytes": _size(2048, 90236),
    "app_messages_per_minute": Rule(value=30, doc=90312),
    "app_messages_per_hour": Rule(value=1000, doc=90312),
    "app_duplicate_s": Rule(value=1800, doc=90236),
    "app_duplicate_max_s": Rule(value=4 * HOUR_S, doc=90236, errcode=40058),
    # Smart bots (智能机器人)
    "bot_in_flight": Rule(value=3, doc=101033),
    "bot_stream_s": Rule(value=360, doc=101463, errcode=846608),
    "bot_stream_bytes": Rule(value=20480, doc=101031, errcode=45002),
    "bot_stream_images": Rule(value=10, doc=101031, errcode=40058),
    "bot_stream_image_bytes": Rule(value=10 * 2**20, doc=101031, errcode=40009),
    "bot_refresh_gap_s": _assumed(1, 101031, "how often an unfinished stream is asked for"),
    "bot_welcome_s": Rule(value=5, doc=101463, errcode=846605),
    "bot_reply_s": Rule(value=DAY_S, doc=101463, errcode=846605),
    "bot_response_url_s": Rule(value=HOUR_S, doc=101138, errcode=60140),
    "bot_media_url_s": Rule(value=300, doc=100719),
    "bot_messages_per_minute": Rule(value=30, doc=101463, errcode=45009),
    "bot_messages_per_hour": Rule(value=1000, doc=101463, errcode=45009),
    "bot_subscribes_per_minute": _assumed(
        30, 101463, "that storms are refused is observed", 45009
    ),
    "bot_uploads_per_minute": Rule(value=30, doc=101463, errcode=45009),
    "bot_uploads_per_hour": Rule(value=1000, doc=101463, errcode=45009),
    "bot_upload_s": Rule(value=1800, doc=101463, errcode=40058),
    "bot_upload_chunk_bytes": Rule(value=512 * 2**10, doc=101463, errcode=40058),
    "bot_upload_chunks": Rule(value=100, doc=101463, errcode=40058),
    "bot_upload_image_bytes": Rule(value=2 * 2**20, doc=101463, errcode=40009),
    # Media (素材)
    "media_s": Rule(value=3 * DAY_S, doc=90253, errcode=40007),
    "media_min_bytes": Rule(value=6, doc=90253, errcode=40006),
    "media_image_bytes": Rule(value=10 * 2**20, doc=90253, errcode=40009),
    "media_voice_bytes": Rule(value=2 * 2**20, doc=90253, errcode=45001),
    "media_video_bytes": Rule(value=10 * 2**20, doc=90253, errcode=40011),
    "attachment_image_bytes": _assumed(10 * 2**20, 95098, "so it is advised", 41080),
    "attachment_video_bytes": _assumed(10 * 2**20, 95098, "so it is advised", 41080),
    "media_file_bytes": Rule(value=20 * 2**20, doc=90253, errcode=40006),
}

# English texts seen in the field (doc 90313); where none was captured, our own words.
TEXTS = {
    -1: "system busy",
    40001: "invalid credential",
    40003: "invalid userid",
    40005: "invalid media type",
    40007: "invalid media_id",
    40008: "invalid message type",
    40013: "invalid corpid",
    40014: "invalid access_token",
    40029: "invalid code",
    40056: "invalid agentid",
    40058: "invalid Request Parameter",
    40063: "some parameters are empty",
    40068: "invalid tagid",
    40071: "tag name is duplicated",
    40070: "all list invalid",
    40088: "invalid jobid",
    40089: "the result is gone",
    40096: "invalid external userid",
    40097: "the member has not resigned",
    40128: "transferred too often",
    40130: "handover and takeover are the same",
    40126: "too many tags",
    41001: "access_token missing",
    41002: "corpid missing",
    41004: "corpsecret missing",
    41046: "msgid missing",
    41047: "invalid msgid",
    41041: "too many members",
    41039: "invalid contact way type",
    41040: "invalid contact way scene",
    41043: "config_id missing",
    41044: "contact way not found",
    41045: "too many contact ways",
    41048: "no customer to send to",
    41049: "welcome_code missing",
    41050: "invalid welcome_code",
    41051: "externaluser has started chatting",
    41053: "the customer has not agreed to archiving",
    41055: "too many group welcome templates",
    41058: "not the creator of the template",
    41059: "moment_id missing",
    41060: "invalid moment_id",
    41061: "not a moment of this member",
    41062: "the member has not posted the moment",
    41072: "attachment of another scene",
    41080: "attachment is too large",
    41063: "mass message is being dispatched",
    41064: "too many attachments",
    41065: "invalid attachment type",
    41089: "text and attachments are both empty",
    41093: "mass message is cancelled",
    41094: "too many reminders",
    41096: "welcome msg is being distributed",
    42001: "access_token expired",
    44001: "empty media data",
    44004: "text content is empty",
    45002: "content size out of limit",
    45009: "api freq out of limit",
    48002: "api forbidden",
    49008: "chat is dismissed",
    50100: "invalid cursor",
    60011: "no privilege to access/modify contact/party/agent",
    60020: "not allow to access from your ip",
    60021: "userid not in app range",
    60111: "userid not found",
    60140: "invalid response_code",
    60251: "open_kfid missing",
    81013: "user & party & tag all invalid",
    81017: "too many members without owner_filter",
    82001: "touser, toparty and totag are all empty",
    84061: "not external contact",
    91040: "invalid ticket type",
    90500: "the owner of this chat is not resigned",
    90501: "chat is not external group chat",
    90502: "the owner of this chat is resigned",
    90504: "owner is the same",
    90509: "not an external group chat",
    95001: "send msg count limit",
    95002: "send msg time limit",
    95004: "open_kfid not exist",
    95007: "invalid msg token",
    95008: "too many menu items",
    95009: "invalid menu type",
    95013: "session is over",
    95014: "not a servicer",
    95016: "invalid session status transition",
    95018: "send msg session status invalid",
    95019: "servicer is not receiving",
    846605: "invalid req_id",
    846608: "stream message update expired",
    846609: "aibot websocket not subscribed",
    301002: "not allow operate another agent with this accesstoken.",
}
BARE = frozenset({40014, 42001})  # answered without the hint


class Refusal(Exception):
    """WeCom's refusal: HTTP 200 with this errcode. `extra` is added to the body."""

    def __init__(self, errcode: int, detail: str = "", **extra: object) -> None:
        self.errcode, self.detail, self.extra = errcode, detail, extra
        super().__init__(f"{errcode}: {detail or TEXTS.get(errcode, '')}")


class RuleBook:
    """The rules of one corp: `book["welcome_code_s"]` is 20 until somebody sets it."""

    def __init__(self) -> None:
        self._set: dict[str, int] = {}

    def __getitem__(self, name: str) -> int:
        return self._set[name] if name in self._set else RULES[name].value

    def set(self, name: str, value: int) -> None:
        """Raises ValueError for an unknown or a fixed rule."""
        if name not in RULES:
            raise ValueError(f"no rule {name!r}; the rules are: {', '.join(RULES)}")
        if not RULES[name].settable:
            raise ValueError(f"{name} is a size that doc {RULES[name].doc} fixes; it stays")
        self._set[name] = value

    def wait(self, seconds: int) -> None:
        """Let WeCom wait this long for answers: within one process a delay is nobody's fault."""
        for name in ("verify_timeout_s", "push_timeout_s"):
            self.set(name, seconds)

    def reset(self) -> None:
        self._set.clear()

    def hold(self, name: str, amount: float) -> None:
        """Raise the rule's Refusal if `amount` is above it."""
        if amount > self[name]:
            raise Refusal(RULES[name].errcode, f"{name}: {amount:g} is more than {self[name]}")
