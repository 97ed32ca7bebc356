"""The README beside the files of an export."""

from bot.leaving.manifest import Manifest

README = "README.md"
TEXT = """# 话术导出 Huashu export

{made_at}, Huashu {huashu}, schema {schema}

**含个人信息：客户的姓名、电话、聊天内容和员工账号。请加密存放，只给需要的人，用完删除。**
**Personal data: names, phone numbers and words of customers, and accounts of staff.
Keep it encrypted, hand it to nobody who does not need it, and delete it afterwards.**

- `manifest.json`：格式、表、行数和 SHA-256。 Format, tables, numbers of rows and SHA-256.
- `tables/*.jsonl`：每张表一个文件，每行一条 JSON。时间是 Unix 秒（UTC）。
  One file a table, one JSON object a line. Moments are Unix seconds (UTC).
- `files/`：工作区的话术和设置。 Scripts and settings of the workspace.

没有导出 Left out:

{left_out}

恢复 To restore: 先停掉旧的机器人（两个一起运行会重复发送），再在新机器上
stop the old bot (two of them would send everything twice), then on the new machine:

    huashu import THIS_FOLDER --root NEW_FOLDER
    # then its .env, handlers/ and archive_keys/ if there are any, `huashu check`, `huashu run`

自己检查 To check by yourself: `sha256sum tables/*.jsonl`; rows_sha256 is the sum, modulo 2^256,
of the SHA-256 of each line without its line break: the order of lines does not matter.

| 表 table | 行 rows |
|---|---:|
{tables}
"""


def written(manifest: Manifest) -> str:
    return TEXT.format(
        made_at=manifest.made_at, huashu=manifest.huashu, schema=manifest.schema[-1],
        left_out="\n".join(f"- `{what}`：{why}" for what, why in manifest.left_out.items()),
        tables="\n".join(f"| {name} | {one.rows:,} |" for name, one in manifest.tables.items()),
    )  # fmt: skip
