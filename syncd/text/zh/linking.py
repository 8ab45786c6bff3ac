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
    # links export, links import
    (
        "With USER (a userid or an id), every record of that user. syncd explain says why a record "
        "belongs to nobody. export and import are for many records at once, in a spreadsheet."
    ): (
        "给出 USER（账号或 ID）时，列出该成员的全部记录。syncd explain 会说明记录为何不属于任何人。export 和 import"
        " 用于在电子表格中一次处理多条记录。"
    ),
    "Write every record of every source, and whose it is, to FILE.csv; - is stdout.": (
        "将各来源的全部记录及其所属成员写入 FILE.csv；- 表示标准输出。"
    ),
    (
        "For people who fill in the column of userids, in Excel for instance, and for syncd links "
        "import. The words of the first line are in the language of --lang."
    ): "供人工（例如在 Excel 中）填写账号列，再由 syncd links import 读入。首行用词的语言由 --lang 决定。",
    "Write over a file that is there.": "覆盖已存在的文件。",
    "Let records belong to whom FILE.csv says in the column of userids; - is stdin.": (
        "按 FILE.csv 中账号列的内容指定记录属于谁；- 表示标准输入。"
    ),
    (
        "An empty userid says nothing, and - that the record is nobody's. Lines that cannot be done "
        "are refused one by one, with the number of the line; the others are done in one "
        "transaction."
    ): (
        "账号为空表示不作指定，- 表示该记录不属于任何人。无法执行的行会逐行拒绝并给出行号，其余各行在一个事务中完成。"
    ),
    "Say what it would do; write nothing.": "只说明将做什么，不写入任何内容。",
    "Nothing at all where any line is refused.": "只要有一行被拒绝，就什么都不做。",
    "A user may have several records of one source.": "允许一名成员在同一来源中有多条记录。",
    "{file}: {number:,} records, mode 0600": "{file}：{number:,} 条记录，权限 0600",
    "{file} is there already.": "{file} 已存在。",
    "Name another file, or let it be written over with --force.": (
        "请换一个文件名，或使用 --force 覆盖。"
    ),
    "{file} cannot be written: {reason}": "{file} 无法写入：{reason}",
    "Name a folder that is there and may be written, with room for the file.": (
        "请指定一个存在、可写且空间足够的目录。"
    ),
    "{file} cannot be read: {reason}": "{file} 无法读取：{reason}",
    "Name a file that is there and may be read, or - for stdin.": (
        "请指定一个存在且可读的文件，或用 - 表示标准输入。"
    ),
    # candidates
    "Candidates; a person decides, nothing is settled by them:": (
        "候选成员；由人工决定，此处不作任何判断："
    ),
    "candidates": "候选账号",
    "    {name}, user {user}, by {by}:": "    {name}（成员 {user}），依据{by}：",
    "    {name}, user {user}, by {by}, who has {record} already:": (
        "    {name}（成员 {user}），依据{by}，已有 {record}："
    ),
    # the file's columns
    "record id": "记录编号",
    "name in the record": "记录中的姓名",
    "userid in the record": "记录中的账号",
    "employee no in the record": "记录中的工号",
    "mobile in the record": "记录中的手机",
    "e-mail in the record": "记录中的邮箱",
    "employee no": "工号",
    # what is wrong with a file
    "{file} is empty.": "{file} 是空文件。",
    "{file} is a workbook, and no CSV file.": "{file} 是工作簿，不是 CSV 文件。",
    "{file} is neither UTF-8 nor UTF-16 nor GBK.": "{file} 既不是 UTF-8 或 UTF-16，也不是 GBK。",
    "Save it as “CSV UTF-8” (in Excel: 文件 → 另存为 → CSV UTF-8).": (
        "请另存为“CSV UTF-8”（Excel：文件 → 另存为 → CSV UTF-8）。"
    ),
    "{file} has no line that names the columns {required}; its first is: {found}": (
        "{file} 中没有列出 {required} 这几列的标题行；其首行为：{found}"
    ),
    "{file} names the column {column!r} twice.": "{file} 中列“{column}”出现了两次。",
    "syncd links export FILE.csv writes a file to begin with.": (
        "可先用 syncd links export FILE.csv 生成文件。"
    ),
    "{file}, line {line}: {reason}": "{file} 第 {line} 行：{reason}",
    "a cell that begins with a quotation mark never ends": "以引号开头的单元格没有结束",
    "behind the quotation mark that ends a cell stands something else": (
        "单元格结尾的引号之后还有其他内容"
    ),
    "a cell is longer than any can be: a quotation mark may be missing": (
        "单元格过长：可能缺少引号"
    ),
    "A quotation mark inside of a quoted cell is written twice.": (
        "引号括起的单元格中，内部的引号要写两次。"
    ),
    # what is wrong with a line
    "line {line}: {reason}": "第 {line} 行：{reason}",
    "line {line} (row {row} of a spreadsheet): {reason}": (
        "第 {line} 行（电子表格第 {row} 行）：{reason}"
    ),
    "The lines {lines} say different things of {record}.": "第 {lines} 行对 {record} 的指定互相矛盾。",
    "Leave one line of each record.": "每条记录只保留一行。",
    "{what} is {name} here, and {told} in the file.": "{what} 在库中为 {name}，在文件中为 {told}。",
    (
        "Cells may have moved while the file was sorted, or letters were lost when it was saved; "
        "export it anew."
    ): "可能排序时单元格发生了错位，或保存时丢失了字符；请重新导出。",
    "Write one of them: user: and the number.": "请写明其中一个：user: 加编号。",
    "Source and id must stand in the file as syncd links export wrote them.": (
        "来源和记录编号须与 syncd links export 写出的一致。"
    ),
    # what became of it
    "The file was read as GBK, which has not every character: “CSV UTF-8” loses nothing.": (
        "文件按 GBK 读取，GBK 并不包含全部字符；“CSV UTF-8”不会丢失任何内容。"
    ),
    "Run {run}: {linked:,} records linked, {unlinked:,} unlinked, {confirmed:,} confirmed.": (
        "第 {run} 次运行：关联 {linked:,} 条记录，解除 {unlinked:,} 条，确认 {confirmed:,} 条。"
    ),
    (
        "Would be done: {linked:,} records linked, {unlinked:,} unlinked, {confirmed:,} confirmed; "
        "nothing was written."
    ): "将会：关联 {linked:,} 条记录，解除 {unlinked:,} 条，确认 {confirmed:,} 条；未写入任何内容。",
    (
        "{unchanged:,} lines say what is so already, {silent:,} say nothing, {refused:,} are refused."
    ): "{unchanged:,} 行与现状相同，{silent:,} 行未作指定，{refused:,} 行被拒绝。",
}
