"""A person's right to be forgotten."""

SENTENCES = {
    "Erase USER's data from every table and from the audit log, for good.": (
        "从所有数据表和审计日志中永久清除 USER 的数据。"
    ),
    "Changes keep their number and say nothing any more; audit lines become tombstones, so that the"
    " chain stays whole. A row that an application's foreign key holds stays, and is blank. Backups"
    " and the application's own tables are not reached.": (
        "变更记录只保留编号；审计日志中的相关行变为墓碑行，链条保持完整。"
        "被应用的外键引用的行会保留，但内容清空。备份和应用自己的数据表不受影响。"
    ),
    "Do not ask: it cannot be undone.": "不再询问：此操作无法撤销。",
    "Also somebody whom the source still has; the next sync makes them anew.": (
        "来源中仍存在的成员也清除；下次同步会将其重新建立。"
    ),
    "Nobody can be asked whether this is meant.": "无法询问是否确认此操作。",
    "Say --yes: what is erased cannot be brought back.": "请加上 --yes：清除的内容无法恢复。",
    "Nothing was erased.": "未清除任何内容。",
    "Erase {name} (id {user}) for good?": "确定永久清除 {name}（id {user}）？",
    "Run {run}: user {user} is erased, with {changes:,} changes and {lines:,} lines of the log.": (
        "第 {run} 次运行：成员 {user} 已清除，涉及 {changes:,} 条变更和 {lines:,} 行日志。"
    ),
    "A foreign key of an application holds the row: it is blank, and inactive.": (
        "该行被应用的外键引用：内容已清空，状态为停用。"
    ),
    "{n:,} lines of the log are not on this host, and were not looked at. Where they are,"
    " run: syncd db erase user:{user}": (
        "日志中有 {n:,} 行不在本机，未能查找。请在保存这些行的主机上运行：syncd db erase user:{user}"
    ),
    "Copies of the log on {hosts} follow when syncd next writes there.": (
        "{hosts} 上的日志副本将在 syncd 下次写入时处理。"
    ),
    "Backups, shipped logs and the application's own tables are yours to look after.": (
        "备份、已外发的日志以及应用自己的数据表请自行处理。"
    ),
    "This host's files still hold something: {problem} The next run tries again.": (
        "本机文件中仍有残留：{problem}下次运行会重试。"
    ),
    "The person is still there ({where}), and the next sync would make them anew.": (
        "该成员仍然存在（{where}），下次同步会将其重新建立。"
    ),
    "Remove the person at the source and run syncd sync first, or say --still-present.": (
        "请先在来源中移除该成员并运行 syncd sync，或加上 --still-present。"
    ),
    "The store {name} is in use, and could not be cleaned.": "数据库 {name} 正被使用，未能清理。",
    "The next run tries again; what was erased is in no table any more.": (
        "下次运行会重试；已清除的内容不再出现在任何数据表中。"
    ),
    "The audit log has grown since it was looked through.": "查找期间审计日志又有新增。",
    "Line {seq} was erased, and no later line says so.": (
        "第 {seq} 行已被清除，但后面没有任何一行说明此事。"
    ),
    "Line {seq} is about somebody who was erased; the next run erases it.": (
        "第 {seq} 行涉及已清除的成员；下次运行会清除该行。"
    ),
}
