"""Letting go of what the settings do not keep."""

SENTENCES = {
    "Let go of what the settings do not keep.": "清除设置中规定不再保留的数据。",
    "Only show what would go; 7 when there is something.": (
        "只显示将被清除的内容，不做改动；有内容时退出状态为 7。"
    ),
    "Let go of what [store] purge_after and the keep_* settings allow to go.": (
        "清除 [store] purge_after 和 keep_* 设置允许清除的数据。"
    ),
    "People go when they have been gone for longer than purge_after, and their source, asked once"
    " more, does not know them. Whoever an application's foreign key holds stays, and is told."
    " Nothing goes while no setting is there.": (
        "离开时间超过 purge_after、且再次查询来源仍查无此人的成员将被清除。"
        "被应用的外键引用的成员会保留，并予以说明。没有任何设置时不清除任何数据。"
    ),
    "Nothing may go: neither [store] purge_after nor keep_changes, keep_runs or keep_messages is"
    " set.": (
        "没有可清除的数据：[store] purge_after、keep_changes、keep_runs、keep_messages 均未设置。"
    ),
    "Their source is asked once more before anybody is removed.": "清除成员之前会再次查询其来源。",
    "  - {name} (id {user}), gone since {since}": "  - {name}（id {user}），离开时间 {since}",
    "  {name}: {reason}": "  {name}：{reason}",
    "  … and {n} more who stay": "  … 另有 {n} 人保留",
    "{source} could not be asked: {reason}": "无法查询 {source}：{reason}",
    "{people}, {changes:,} old changes, {runs:,} old runs, {messages:,} finished messages": (
        "{people}，{changes:,} 条旧变更，{runs:,} 次旧运行，{messages:,} 条已完成的消息"
    ),
    "Would go: {what}.": "将清除：{what}。",
    "Removed: {what}.": "已清除：{what}。",
    "stays: {record} is there again": "保留：{record} 重新出现",
    "stays: {record} is still in its source": "保留：{record} 仍在其来源中",
    "stays: held by a foreign key of {tables}": "保留：被 {tables} 的外键引用",
    "stays: held by a foreign key": "保留：被外键引用",
    "stays: {source} could not be asked": "保留：无法查询 {source}",
    "gone for longer than people are kept; the source was asked again": (
        "离开时间已超过保留期限，已再次查询来源"
    ),
    "a person's data were erased on purpose": "已按要求清除个人数据",
}
