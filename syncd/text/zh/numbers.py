"""Numbers with their words, and how long ago something was."""

SENTENCES = {
    "{number:,} {word}": "{number:,} {word}",
    "{number:,} person": "{number:,} 名成员",
    "{number:,} people": "{number:,} 名成员",
    "{number:,} department": "{number:,} 个部门",
    "{number:,} departments": "{number:,} 个部门",
    "{number:,} line": "{number:,} 行",
    "{number:,} lines": "{number:,} 行",
    "{number} file": "{number} 个文件",
    "{number} files": "{number} 个文件",
    "{first} … {number} in all": "{first} … 共 {number} 个",
    "{first} and {number} more": "{first} 等，另有 {number} 个",
    "in the future: check the clocks": "在将来：请检查系统时钟",
    "{n} days ago": "{n} 天前",
    "{n} hours ago": "{n} 小时前",
    "{n} minutes ago": "{n} 分钟前",
    "{n} seconds ago": "{n} 秒前",
    "just now": "刚刚",
}
