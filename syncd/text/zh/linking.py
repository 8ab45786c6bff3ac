"""What `link`, `unlink` and `links` say: whose a record is by a person's word."""

SENTENCES = {
    # the commands
    "Say whose a record is, whatever the rules say.": "指定记录属于谁，优先于任何规则。",
    "Say that a record is nobody's.": "指定记录不属于任何人。",
    "Say that the record SOURCE:ID is USER's (a userid or an id), whatever the rules say.": (
        "指定记录 SOURCE:ID 属于 USER（账号或 ID），优先于任何规则。"
    ),
    (
        "No sync changes it; syncd unlink does. With --auto the rules decide again. What an "
        "identity_doubtful conflict is about is USER, who goes on under the new id or is back under "
        "the old one; or, with --new, somebody new."
    ): (
        "任何同步都不会改变它；syncd unlink 可以。使用 --auto 则重新由规则决定。identity_doubtful 冲突所指的记录：属于"
        " USER，即其以新 ID 继续或以旧 ID 回来；或使用 --new，为新人。"
    ),
    "Say that the record SOURCE:ID is nobody's, whatever the rules say.": (
        "指定记录 SOURCE:ID 不属于任何人，优先于任何规则。"
    ),
    (
        "No sync links it again; syncd link does, and syncd link --auto leaves it to the rules "
        "again. The record that a user is made of stays the user's own."
    ): (
        "任何同步都不会再次关联它；syncd link 可以，syncd link --auto 则重新由规则决定。成员所由来的记录始终属于该成员。"
    ),
    "Let the rules decide again.": "重新由规则决定。",
    "Besides another record of that source.": "除该来源的另一条记录之外再关联这一条。",
    "Either one USER, or --new, or --auto.": "请给出一个 USER，或 --new，或 --auto。",
    (
        "syncd link USER SOURCE:ID, syncd link --new SOURCE:ID, or syncd link --auto SOURCE:ID."
    ): "syncd link USER SOURCE:ID、syncd link --new SOURCE:ID，或 syncd link --auto SOURCE:ID。",
    # what became of it
    "Run {run}: {record} is {name}, user {user}.": (
        "第 {run} 次运行：{record} 属于 {name}（成员 {user}）。"
    ),
    "Run {run}: {record} is nobody's.": "第 {run} 次运行：{record} 不属于任何人。",
    "{record} is {name}, user {user}, already.": "{record} 已属于 {name}（成员 {user}）。",
    "{record} is nobody's already.": "{record} 已不属于任何人。",
    "It was {name}, user {user}.": "此前属于 {name}（成员 {user}）。",
    "The user is inactive; syncd explain user:{user} says why.": (
        "该成员已停用；syncd explain user:{user} 会说明原因。"
    ),
    "No sync changes that; syncd unlink {record} does.": (
        "任何同步都不会改变它；syncd unlink {record} 可以。"
    ),
    "No sync links it again; syncd link does, or syncd link --auto {record}.": (
        "任何同步都不会再次关联它；syncd link 可以，或 syncd link --auto {record}。"
    ),
    "a person has said whose the record is": "人工指定了记录属于谁",
    "a person has said that the record is nobody's": "人工指定了记录不属于任何人",
    "a person has left it to the rules again": "人工指定重新由规则决定",
    (
        "A person has said that it is nobody's; syncd link says whose it is, or leaves it to the "
        "rules again (--auto)."
    ): ("人工指定了它不属于任何人；syncd link 可指定属于谁，或重新由规则决定（--auto）。"),
    # what is refused
    "There is no record {record}.": "没有记录 {record}。",
    "syncd find TEXT looks for people and records; syncd sync reads the sources.": (
        "syncd find 文本 可查找成员和记录；syncd sync 会读取来源。"
    ),
    "{record} is a record of the authority, and makes a user of its own.": (
        "{record} 是权威来源的记录，会自成一名成员。"
    ),
    "syncd explain {record} says why it has none.": "syncd explain {record} 会说明为何没有成员。",
    "{record} is gone from its source.": "{record} 在其来源中已不存在。",
    "It can be linked when the source has it again.": "来源中重新出现后即可关联。",
    "{record} belongs to {name}, user {user}.": "{record} 属于 {name}（成员 {user}）。",
    "syncd unlink {record} frees it.": "syncd unlink {record} 可解除其关联。",
    "{name}, user {user}, has {other} of that source already.": (
        "{name}（成员 {user}）在该来源中已有 {other}。"
    ),
    "syncd unlink {other} frees the user; --also lets both be.": (
        "syncd unlink {other} 可解除；--also 则两条都保留。"
    ),
    "{record} is the record that {name}, user {user}, is made of: it stays the user's own.": (
        "{name}（成员 {user}）正是由 {record} 而来：它始终属于该成员。"
    ),
    (
        "syncd disable user:{user} --why TEXT makes the user inactive; what is wrong in the record "
        "is put right at its source."
    ): "syncd disable user:{user} --why TEXT 可停用该成员；记录中的错误请在其来源中更正。",
}
