"""What `status`, `find`, `tree` and `conflicts` say."""

SENTENCES = {
    "Nothing has been synced yet: syncd sync brings the directory here.": (
        "尚未同步过：执行 syncd sync 可将通讯录同步到此。"
    ),
    # status
    "No source is configured.": "未配置来源。",
    "{name} ({type}, not configured any more)": "{name}（{type}，已不在配置中）",
    "{name} ({type}, disabled)": "{name}（{type}，未启用）",
    "  never read": "  从未读取",
    "  last reading of everything: {age} ({at}), {people}, {departments}": (
        "  上次全部读取：{age}（{at}），{people}，{departments}"
    ),
    "  last reading of what had changed: {age} ({at}), {people}": (
        "  上次读取变化：{age}（{at}），{people}"
    ),
    "  withheld: {fields} (the last values are kept)": "  来源不再提供：{fields}（保留最后的值）",
    "People: {counts}": "成员：{counts}",
    "Departments: {counts}": "部门：{counts}",
    "{active:,} active, {inactive:,} inactive": "启用 {active:,}，停用 {inactive:,}",
    "Conflicts: none": "冲突：无",
    "Conflicts: {number} open ({kinds}); syncd conflicts lists them": (
        "冲突：{number} 项未解决（{kinds}）；syncd conflicts 列出全部"
    ),
    "Last run: {run}, {mode}, {outcome}, {age}": "上次运行：第 {run} 次，{mode}，{outcome}，{age}",
    "  A guard holds its plan: syncd runs {run} shows it": (
        "  其计划被保护规则拦截：运行 syncd runs {run} 查看"
    ),
    "Held: the plan of run {run}, {mode}, {age}; syncd runs {run} shows it": (
        "已拦截：第 {run} 次运行的计划，{mode}，{age}；运行 syncd runs {run} 查看"
    ),
    "Writing: nobody": "正在写入：无",
    "Writing: nobody; {who} has let its lease run out at {at}": (
        "正在写入：无；{who} 的写入租约已于 {at} 过期"
    ),
    "Writing: {who}, since {at}": "正在写入：{who}，始于 {at}",
    "run {run}, process {pid} on {host}": "第 {run} 次运行，{host} 上的进程 {pid}",
    "Audit log: {number:,} entry not yet in {file}; the next run writes them": (
        "审计日志：{number:,} 条尚未写入 {file}，下次运行时补写"
    ),
    "Audit log: {number:,} entries not yet in {file}; the next run writes them": (
        "审计日志：{number:,} 条尚未写入 {file}，下次运行时补写"
    ),
    "Audit log: {file}, nothing waits to be written": "审计日志：{file}，没有待写入的条目",
    "Store: {store}, schema {schema}": "数据库：{store}，结构版本 {schema}",
    "Store: {store}, no schema yet": "数据库：{store}，尚未建表",
    # find
    "TEXT is empty: there is nothing to look for.": "TEXT 为空：没有要查找的内容。",
    "Nobody has {sought!r} in a name, number or id.": "没有成员的姓名、号码或 ID 包含“{sought}”。",
    "These are the first {number}; a longer TEXT finds fewer.": (
        "仅显示前 {number} 名；请用更长的 TEXT 缩小范围。"
    ),
    # tree
    " ({number:,} direct)": "（直属 {number:,}）",
    " … {number:,} department below": " … 下级部门 {number:,} 个",
    " … {number:,} departments below": " … 下级部门 {number:,} 个",
    "  ! {kind} (conflict {number})": "  ! {kind}（冲突 {number}）",
    "Several departments are called {name!r}:\n  {paths}": "有多个部门名为“{name}”：\n  {paths}",
    "Give the id.": "请使用部门 ID。",
    "There is no department {name!r}.": "没有部门“{name}”。",
    "syncd tree shows them; those that went do not.": "syncd tree 列出现有部门；已移除的不再显示。",
    # conflicts
    "There are no conflicts.": "没有冲突。",
    "There are no open conflicts.": "没有未解决的冲突。",
    "{detail}; accepted by {name}": "{detail}；已由 {name} 确认",
    "two records of one source have the same value of the common field": (
        "同一来源的两条记录的公共字段值相同"
    ),
    "the value of the common field fits several users": "公共字段的值对应多名成员",
    "the record has no value of the common field": "该记录没有公共字段的值",
    "linked records no longer agree in the common field; the link stays": (
        "已关联的记录的公共字段值不再一致；关联保持不变"
    ),
    (
        "an old id came back as somebody else, it seems, or somebody (former) under a new id; "
        "nothing was written"
    ): "旧 ID 似乎由另一人使用，或者已有成员（former）似乎换用了新 ID；未写入任何内容",
    "syncd link says whether it is the former one, or somebody new.": (
        "请用 syncd link 说明这是原来的成员还是新成员。"
    ),
    "another active user has the same userid": "另一名启用的成员使用相同的账号（userid）",
    "the department's parent cannot be seen": "看不到该部门的上级部门",
    "departments are each other's parents; the circle was cut in one place": (
        "部门互为上级；已在一处断开"
    ),
    "a part can no longer be seen; nobody in it goes until it is accepted": (
        "一部分已不可见；在确认之前，其中的成员都不会被停用"
    ),
    "the source no longer shows a field; the last values are kept": (
        "来源不再提供某个字段；保留最后的值"
    ),
    "a field of the entry cannot be used, and the rest was taken; without a usable id, nothing was. Correct it at the source, or let the account read it: every run tries again": (
        "该条目的某个字段无法使用，其余已采用；若编号不可用，则整个条目未采用。请在来源中更正，或允许账户读取；每次运行都会重试"
    ),
    "holds a NUL character": "含有空字符",
    "is of another type": "类型有误",
    "is too long": "过长",
    "is empty, or may not be read": "为空或无权读取",
    "is no UTF-8 text": "不是 UTF-8 文本",
    "is another entry's too": "与另一条目重复",
    "syncd conflicts accept ID --why TEXT lets those whom it names go.": (
        "执行 syncd conflicts accept ID --why TEXT 可确认移除冲突中列出的成员。"
    ),
    "There is no conflict {id}: nothing has been synced yet.": "没有冲突 {id}：尚未同步过。",
    "There is no open conflict {id}.": "没有未解决的冲突 {id}。",
    "syncd conflicts lists them.": "syncd conflicts 列出全部冲突。",
    "Conflict {id} ({kind}) names nobody who could be let go.": (
        "冲突 {id}（{kind}）中没有可以移除的成员。"
    ),
    "Only a scope_shrunk conflict can be accepted; others go when their cause goes.": (
        "只有 scope_shrunk 类冲突可以确认；其他冲突在原因消除后自动解决。"
    ),
    "{reason} The next run writes the entry.": "{reason}下次运行时会补写该条目。",
    "Conflict {id} is accepted: {who} may go.": "已确认冲突 {id}：{who}可以移除。",
    "The next sync deactivates them, if no guard holds it.": (
        "如未被保护规则拦截，下次同步将停用他们。"
    ),
    # demo, simulator
    "syncd {command} ended with status {status}.": "syncd {command} 以状态码 {status} 结束。",
    "{folder} holds a syncd.db already; name another --folder.": (
        "{folder} 中已有 syncd.db；请用 --folder 指定其他文件夹。"
    ),
    "The simulator cannot listen at {host} port {port}: {reason}. Without --port it takes a free one.": (
        "模拟器无法监听 {host} 端口 {port}：{reason}。不带 --port 时会自动选用空闲端口。"
    ),
    "A WeCom with {users:,} people in {departments:,} departments": (
        "模拟的企业微信：{departments:,} 个部门，{users:,} 名成员"
    ),
    "answers at {url} until Ctrl-C. In the configuration of syncd:": (
        "地址为 {url}，按 Ctrl-C 结束。syncd 的配置如下："
    ),
    "{part!r} is none of department:NUMBER, member:USERID, tag:NUMBER.": (
        "“{part}”不是 department:NUMBER、member:USERID 或 tag:NUMBER。"
    ),
    "{rate!r} is neither N nor ENDPOINT=N, such as user/list=600.": (
        "“{rate}”既不是 N 也不是 ENDPOINT=N，例如 user/list=600。"
    ),
}
