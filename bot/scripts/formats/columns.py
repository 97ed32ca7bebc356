"""The columns of a worksheet of scripts: their names, what they hold, how they are explained."""

import re
import unicodedata
from dataclasses import dataclass

from bot.scripts.formats import cells
from bot.scripts.formats.cells import Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    key: str  # of a [[script]] table; "when.until" is until in when
    title: str
    kind: Kind
    width: int  # characters
    hint: str  # tells writers what to put in
    also: tuple[str, ...] = ()  # other names that people give it, folded
    examples: tuple[str, str] = ("", "")  # its cells in the two sample rows of the template


COLUMNS = (
    Column(
        key="id",
        title="编号",
        kind=cells.TEXT,
        width=20,
        hint="不能重复。小写字母、数字、- 和 _，用 / 分组：faq/refund。空着就按第一句问法自动编。",
        also=("id", "话术编号", "编码"),
        examples=("示例/refund", "示例/size"),
    ),
    Column(
        key="category",
        title="分类",
        kind=cells.CATEGORY,
        width=12,
        hint="必填。从下拉里选；自己的分类也可以直接写。",
        also=(
            "category",
            "类别",
            "类型",
            "话术分类",
            "业务分类",
            "问题分类",
            "问题类型",
            "问题类别",
        ),
        examples=("咨询问答", "咨询问答"),
    ),
    Column(
        key="title",
        title="标题",
        kind=cells.TEXT,
        width=20,
        hint="菜单里给客户看的短句，也给同事看。没有编号的可以不写，就用第一句问法。",
        also=("title", "话术标题", "名称", "标准问", "标准问题"),
        examples=("退款多久到账", "尺码怎么选"),
    ),
    Column(
        key="ask",
        title="客户问法",
        kind=cells.ITEMS,
        width=34,
        hint="客户会怎么问，照客户的口气写，四到七句，一句一行（Alt+回车换行），写在一行里就用「；」隔开。",
        also=(
            "examples",
            "ask",
            "问法",
            "问题",
            "相似问",
            "相似问法",
            "相似问题",
            "扩展问",
            "扩展问法",
            "用户问法",
            "客户问题",
            "用户问题",
            "常见问题",
            "例句",
        ),
        examples=(
            "退款多久到账\n钱什么时候退给我\n退款怎么还没到",
            "我该穿多大码；一米六穿什么码；尺码怎么选",
        ),
    ),
    Column(
        key="keywords",
        title="关键词",
        kind=cells.WORDS,
        width=22,
        hint="一行一条；一条里的几个词用空格隔开，全出现才算。可以不写。",
        also=("keywords", "keyword", "关键字"),
        examples=("退款 到账\n退钱", "多大码"),
    ),
    Column(
        key="say",
        title="回复",
        kind=cells.TEXT,
        width=50,
        hint="必填，客户读到的原话。想换着说，就在右边加「回复2」「回复3」几列，每次说其中一种。"
        "客户的名字写 {{ customer.name or '亲' }}。",
        also=(
            "reply",
            "say",
            "replies",
            "话术",
            "话术内容",
            "回复内容",
            "答案",
            "回答",
            "内容",
            "答复",
            "答复内容",
            "标准答案",
            "标准答复",
            "标准回复",
            "标准话术",
            "参考回复",
            "参考话术",
            "回复话术",
            "推荐话术",
            "客服话术",
        ),
        examples=(
            "{{ customer.name or '亲' }}，仓库收到后 1-3 个工作日原路退回。",
            "把身高体重发我，我帮您对尺码表。",
        ),
    ),
    Column(
        key="when.channel",
        title="渠道",
        kind=cells.CHANNEL_LIST,
        width=14,
        hint="只在这些渠道用，几个用「、」隔开。不写就都能用。",
        also=("channel", "适用渠道"),
        examples=("", "微信客服"),
    ),
    Column(
        key="when.tags",
        title="客户标签",
        kind=cells.ITEMS,
        width=14,
        hint="客户有其中一个标签才用，一行一个。不写就不看标签。",
        also=("tags", "标签"),
    ),
    Column(
        key="when.hours",
        title="时段",
        kind=cells.HOURS,
        width=14,
        hint="只在这个时段用：09:00-21:00。可以跨夜：21:00-09:00。",
        also=("hours", "时间段", "适用时段"),
    ),
    Column(
        key="when.from",
        title="开始日期",
        kind=cells.DAY,
        width=12,
        hint="从哪天起可以用：2026-06-01。",
        also=("from", "生效日期", "开始"),
    ),
    Column(
        key="when.until",
        title="截止日期",
        kind=cells.DAY,
        width=12,
        hint="用到哪天为止，含当天：2026-06-18。",
        also=("until", "失效日期", "截止", "有效期至", "结束日期"),
    ),
    Column(
        key="persona",
        title="署名",
        kind=cells.TEXT,
        width=10,
        hint="谁在说话，可以在回复里用 {{ persona }} 写出来。",
        also=("persona", "人设"),
    ),
    Column(
        key="then",
        title="之后",
        kind=cells.THEN,
        width=12,
        hint=f"选「{cells.PERSON}」：这条话术向客户要了东西，下一条消息直接请人。",
        also=("then", "后续"),
        examples=("", cells.PERSON),
    ),
    Column(
        key="attachments",
        title="附件",
        kind=cells.ATTACHMENTS,
        width=34,
        hint="一行一个：图片 images/size.jpg（放进话术库文件夹），或 链接 退货指南 https://…。",
        also=("attachments", "attachment"),
    ),
    Column(
        key="not_for",
        title="反例",
        kind=cells.ITEMS,
        width=26,
        hint="看着像、却不该用这条回答的问法，一句一行。这样问的客户会转给同事。可以不写。",
        also=("not_for", "反例问法", "不该答的问法"),
    ),
)
SAMPLE = "示例"  # rows whose id begins with it are not imported
_NOTE = re.compile(
    r"备注|说明|序号|#|note|remark|comment|(?:更新|修改|创建|录入|维护|负责)(?:人|时间|日期)"
)  # columns that are for people alone
_STATE = re.compile(r"(?:启用|使用|审核|话术|问题)?状态|是否(?:启用|使用|有效)")
_OFF = re.compile(
    r"(?:已|待)?(?:停用|禁用|停止|暂停|关闭|作废|失效|过期|归档|下架|下线|删除|撤销|驳回)(?:使用)?|"
    r"(?:未|待|不)(?:启用|使用|生效|发布|上架|上线|审核|通过)|审核(?:中|[未不]通过|驳回)|"
    r"无效|草稿|否|false|no|×"
)
_BESIDE = re.compile(r"\(.*|\*|:|\s+|(?<=[一-鿿a-z])\d+$")


def named(header: str) -> Column | None:
    """The column with this header, if any; a number or brackets behind its name are allowed:
    回复2, 客户问法（一行一句）."""
    name = _fold(header)
    return next((one for one in COLUMNS if name in (one.title, *one.also)), None)


def is_state(header: str) -> bool:
    """Whether a column with this header tells which rows are in use: 状态, 是否启用."""
    return bool(_STATE.fullmatch(_fold(header)))


def is_off(state: str) -> bool:
    """Whether a cell of such a column says that its row is not in use: 停用, 草稿."""
    return bool(_OFF.fullmatch(state.strip().casefold()))


def is_note(header: str) -> bool:
    """Whether a column with this header is for people alone and not read: 备注, 序号."""
    return bool(_NOTE.match(_fold(header)))


def _fold(header: str) -> str:
    return _BESIDE.sub("", unicodedata.normalize("NFKC", header).casefold().strip())
