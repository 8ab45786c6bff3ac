"""`syncd explain`: why a person is as it is."""

SENTENCES = {
    "the authority says so": "权威来源如此",
    "No longer linked": "已解除的关联",
    "this source is asked first for the field": "该字段优先取自此来源",
    "last known value: the source no longer shows the field to us": "最后已知值：来源不再提供该字段",
    "last known value: the source does not let us read the field": "最后已知值：来源不允许读取该字段",
    "empty at the source": "来源中为空",
    "the source has never let us read it": "来源从未允许读取",
    "last known value: what the source has cannot be used": "最后已知值：来源中的内容无法使用",
    "last known value: the person is gone": "最后已知值：该成员已不存在",
    "left as it is: the record may be another person's": "保持原样：该记录可能属于另一个人",
    "stands in for the name, which is not known yet": "姓名未知，暂以此代替",
    "the source names somebody who is not active in the directory": "来源指定的人在目录中未启用",
    "the source names none that is kept: the last known, else the first": (
        "来源未指定可用的部门：取最后已知的，否则取第一个"
    ),
    "kept: the source does not name it now": "保留：来源目前没有列出",
    "differs from the record; syncd sync --full puts it right": (
        "与记录不一致；syncd sync --full 会更正"
    ),
    "no record of a source is kept for it": "没有保存任何来源的记录",
    "gone from the source": "来源中已不存在",
    "disabled or left, says the source": "来源表示已禁用或已退出",
    "disabled by an administrator": "已被管理员禁用",
    "The record is gone from its source, and never had a user.": "该记录已从来源中消失，且从未对应任何成员。",
    "The source said that the person has left before syncd ever saw them.": (
        "首次读取时，来源已表示该成员退出。"
    ),
    "Too little is known to make a user of it: only its id could be read.": (
        "已知信息太少，无法新增成员：只能读到其 ID。"
    ),
    "Another record of its source has the same value of the common field.": (
        "同一来源中另有记录的公共字段值与其相同。"
    ),
    "Its value of the common field fits several users.": "其公共字段的值对应多个成员。",
    "It has no value of the common field.": "其公共字段没有值。",
    "It may be somebody known under a new id; syncd link says who it is.": (
        "它可能是已有成员换用了新 ID；请用 syncd link 说明是谁。"
    ),
    "Its source is not the authority, and no common field is configured.": (
        "其来源不是权威来源，且没有配置公共字段。"
    ),
    "No user has its value of the common field.": "没有成员的公共字段值与其相同。",
    "Nothing is in the way: the next sync makes a user of it.": "没有阻碍：下次同步会为其新增成员。",
    "\n{title}": "\n{title}",
    "{name} ({userid}), user {id}: {status}": "{name}（{userid}），成员 {id}：{status}",
    "  {reason}, {at}": "  {reason}，{at}",
    "  {reason}, {at}: run {run} ({who}): {cause}": "  {reason}，{at}：第 {run} 次运行（{who}）：{cause}",
    "{rule} ({value})": "{rule}（{value}）",
    "Never read: {fields}": "从未读到：{fields}",
    "In no department.": "不在任何部门。",
    "{ref} is a record without a user.": "{ref} 是没有对应成员的记录。",
    "  {why}": "  {why}",
    "  Read at {at}.": "  读取于 {at}。",
    "  Gone since {at}.": "  自 {at} 起已不存在。",
    "a run that is no longer kept": "已不再保存的运行",
    "{trigger} by {actor}": "{actor}，{trigger}",
    "no reason is kept": "没有保存原因",
    "Open conflicts": "未解决的冲突",
    "Runs": "运行",
    "Fields": "字段",
    "field": "字段",
    "rule": "规则",
    "since": "自",
    "method": "方式",
    "key": "键",
    "read": "读取时间",
    "gone": "消失时间",
    "primary": "主部门",
    "leader": "负责人",
    "order": "排序",
    "yes": "是",
    "means": "含义",
    "by": "发起",
    "There is no user {words!r}, and no record without one.": (
        "没有名为“{words}”的成员，也没有这样的未关联记录。"
    ),
    "{words!r} fits several people.": "“{words}”对应多个人。",
    "Name one of them by its id: {named}.": "请用 ID 指明其中一人：{named}。",
    "Name one of the records: {named}.": "请指明其中一条记录：{named}。",
    "Show why a person is as it is, field by field.": "逐字段说明成员的现状及其由来。",
    "Show where each field, link and department of a person comes from, and since which run.": (
        "说明成员的每个字段、关联和部门来自何处、始于哪次运行。"
    ),
    "USER is a userid or an id, userid:… or user:… where both fit, or SOURCE:ID by a source's own id. A record that belongs to nobody is explained too: why it has no user.": (
        "USER 为 userid 或 ID；两者都符合时写 userid:… 或 user:…；也可按来源自己的 ID 写 SOURCE:ID。"
        "未关联的记录也可查询：说明它为何没有成员。"
    ),
}
