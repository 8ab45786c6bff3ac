"""Records of several sources: whose they are, and why they are nobody's."""

SENTENCES = {
    "the value of the common field is exactly one user's": "公共字段的值恰好只属于一名成员",
    "its user is gone, and the value of the common field is now exactly one other user's": (
        "原关联成员已不在，公共字段的值现在恰好只属于另一名成员"
    ),
    "the record fits no user, or it is not clear whose it is": "该记录不符合任何成员，或无法判断属于谁",
    "the same person in the authority, which had not known the person before": (
        "权威来源中的同一成员，权威来源此前没有该成员"
    ),
    (
        "people are matched by {field} from now on: {count} of {population} records get another "
        "user, or lose theirs; syncd keys says how fit the field is for that"
    ): (
        "今后按 {field} 匹配成员：{population} 条记录中有 {count} 条将改变所属成员或失去成员；"
        "syncd keys 会说明该字段是否适合"
    ),
    (
        "{count} links would end because records are missing of which not every one was asked "
        "for again"
    ): "有 {count} 个关联将因记录缺失而解除，且未能逐一再次查询",
    (
        "{source}: {linked:,} records have their user, {found:,} have found theirs now, "
        "{unmatched:,} fit nobody, {disputed:,} are not clear"
    ): (
        "{source}：{linked:,} 条记录已有所属成员，{found:,} 条本次找到成员，{unmatched:,} 条不属于任何人，"
        "{disputed:,} 条无法判断"
    ),
    "{names}: a shadow (apply = false), nothing of it is written": (
        "{names}：影子来源（apply = false），不写入任何内容"
    ),
    "  it would be: {summary}": "  若写入将是：{summary}",
    "  {number:,} record belongs to nobody; syncd links --unmatched lists it": (
        "  {number:,} 条记录不属于任何人；syncd links --unmatched 可列出"
    ),
    "  {number:,} records belong to nobody; syncd links --unmatched lists them": (
        "  {number:,} 条记录不属于任何人；syncd links --unmatched 可列出"
    ),
    "--user reads one person from one source.": "--user 只从一个来源读取一名成员。",
    "Give --source once.": "请只指定一次 --source。",
    "{name!r} has no record of the source {source!r}.": "“{name}”在来源“{source}”中没有记录。",
    "syncd explain {name} says what is linked, and why not.": (
        "syncd explain {name} 会说明关联了什么、为何没有关联。"
    ),
    "No record belongs to nobody.": "没有不属于任何人的记录。",
    "No record of another source belongs to a user.": "没有其他来源的记录属于任何成员。",
    "USER and --unmatched exclude each other.": "USER 与 --unmatched 不能同时使用。",
    "syncd explain says why a record belongs to nobody.": "syncd explain 会说明记录为何不属于任何人。",
    "name of the user": "成员姓名",
    "How many at most.": "最多列出多少条。",
    "The records that belong to nobody.": "不属于任何人的记录。",
    "List whose the records of every source are.": "列出各来源的记录属于谁。",
    "List which records of other sources belong to which users, and by what.": (
        "列出其他来源的哪些记录属于哪些成员，以及依据什么。"
    ),
}
