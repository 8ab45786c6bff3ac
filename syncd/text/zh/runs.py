"""What `sync`, `plan`, `approve`, `runs` and `audit` report."""

SENTENCES = {
    # sync, plan
    "--full and --user exclude each other.": "--full 与 --user 不能同时使用。",
    "Run {run}: {outcome} ({seconds:.1f} s)": "第 {run} 次运行：{outcome}（{seconds:.1f} 秒）",
    "nothing has changed": "没有变更",
    "held by a guard; nothing was applied": "被保护规则拦截，未写入任何内容",
    "failed; nothing was applied": "失败，未写入任何内容",
    "abandoned; nothing was applied": "已中止，未写入任何内容",
    "{source} could not be read: {reason}": "{source} 读取失败：{reason}",
    "The audit log could not be written: {reason}": "审计日志写入失败：{reason}",
    "  Its entries are kept in the store and will be written by the next run.": (
        "  日志条目已保存在数据库中，下次运行时补写。"
    ),
    "There is no plan: the source could not be read.": "无法生成变更计划：来源读取失败。",
    "Plan: {summary}.": "变更计划：{summary}。",
    "conflicts only": "仅冲突",
    "Nothing was written. syncd sync applies it.": "未写入任何内容。执行 syncd sync 即可写入。",
    "Nothing has changed.": "没有变更。",
    "Held by a guard, nothing was applied:": "被保护规则拦截，未写入任何内容：",
    "  syncd runs {run} shows the plan.": "  运行 syncd runs {run} 可查看该计划。",
    "  If it is right: syncd approve {run}. If not, correct the source.": (
        "  如计划无误，请执行 syncd approve {run}；如有误，请先更正来源。"
    ),
    "  conflicts new: {number}": "  新冲突：{number}",
    "  conflicts resolved: {number}": "  已解决的冲突：{number}",
    "  conflicts open: {number} (syncd conflicts lists them)": (
        "  未解决的冲突：{number}（syncd conflicts 列出全部）"
    ),
    "Reading departments": "正在读取部门",
    "Reading people": "正在读取成员",
    "Asking again about who is missing": "正在再次确认缺失的成员",
    # steps of a plan
    "      why: {why}": "      原因：{why}",
    "syncd plan --json has every step.": "syncd plan --json 列出全部步骤。",
    "  {sign} … and {number} more of {action}": "  {sign} … 另有 {number} 项{action}",
    "  {sign} … and {number:,} more of {action}; --json has them all": (
        "  {sign} … 另有 {number:,} 项{action}；--json 列出全部"
    ),
    "Conflicts ({number})": "冲突（{number}）",
    "{entity} ({number})": "{entity}（{number}）",
    "{entity} ({number:,})": "{entity}（{number:,}）",
    "  {number} people in it stay as they are": "  其中 {number} 名成员保持不变",
    # what a reading told
    "details of {number} people are outside the app's visible range": (
        "有 {number} 名成员的详细信息不在应用可见范围内"
    ),
    "departments whose people cannot be read: {number}": "无法读取成员的部门：{number} 个",
    "people whom the visible range names, and who cannot be seen: {number}": (
        "在可见范围中指定但无法看到的成员：{number} 名"
    ),
    "settings under include that name no department: {number}": (
        "include 中未对应任何部门的设置：{number} 项"
    ),
    "everything was read: the last time was more than two days ago": (
        "已全部重新读取：距上次全部读取已超过两天"
    ),
    "everything was read: the settings have changed": "已全部重新读取：设置已更改",
    "everything was read: people go over to another source or field": (
        "已全部重新读取：成员正转由另一来源或字段负责"
    ),
    "everything was read: an open conflict concerns the whole source": (
        "已全部重新读取：有涉及整个来源的冲突未解决"
    ),
    "everything was read: another server answered than before": (
        "已全部重新读取：应答的服务器与上次不同"
    ),
    "everything was read: the server shows less than it did before": (
        "已全部重新读取：服务器的状态早于上次读取（例如从备份恢复）"
    ),
    "everything was read: departments, or what people are below, changed": (
        "已全部重新读取：部门或成员的上级条目有变化"
    ),
    "everything was read: a group that decides who is read has changed": (
        "已全部重新读取：决定读取范围的组有变化"
    ),
    "everything was read: an attribute is new, or nobody carries it now": (
        "已全部重新读取：某个属性首次出现，或已无人具有"
    ),
    "everything was read: the server does not show what has changed": (
        "已全部重新读取：服务器不提供变化信息"
    ),
    "everything was read: too much has changed lately": "已全部重新读取：近期变化过多",
    "everything was read: what has changed was not clear": "已全部重新读取：变化内容不明确",
    "parts of the directory that are on other servers, and are not read: {number}": (
        "目录中位于其他服务器、不会读取的部分：{number}"
    ),
    "nested groups whose members can no longer be read: {number}": "成员已无法读取的嵌套组：{number}",
    "settings under exclude that name no department: {number}": (
        "exclude 中未对应任何部门的设置：{number} 项"
    ),
    # runs
    "Run {run}: {outcome}": "第 {run} 次运行：{outcome}",
    "  {mode}, by {trigger}, {actor}": "  {mode}，触发：{trigger}，操作人：{actor}",
    "  why: {why}": "  原因：{why}",
    "  from {start} to {end}": "  时间：{start} 至 {end}",
    "  error: {error}": "  错误：{error}",
    "{source}: what has changed was read, {users:,} people": (
        "{source}：读取了有变化的部分，{users:,} 名成员"
    ),
    "{source}: {users:,} people and {departments:,} departments were read": (
        "{source}：已读取 {users:,} 名成员、{departments:,} 个部门"
    ),
    "syncd audit --run {run} lists every change.": "运行 syncd audit --run {run} 可查看每一项变更。",
    "The plan itself is no longer kept: only those of the newest two held runs are.": (
        "该计划已不再保留：仅保留最近两次被拦截的计划。"
    ),
    "Conflicts that would be {state}: {number:,}": "冲突（{state}）：{number:,}",
    "There is no run {run}.": "没有第 {run} 次运行。",
    "syncd runs lists them.": "syncd runs 列出全部运行。",
    "syncd runs lists the runs with their outcomes.": "syncd runs 列出全部运行及其结果。",
    # approve
    "Run {run} is not held.": "第 {run} 次运行未被拦截。",
    "The plan of run {run} is not kept any more.": "第 {run} 次运行的计划已不再保留。",
    "syncd sync makes a new one; the newest two held plans are kept.": (
        "执行 syncd sync 可重新生成；系统保留最近两个被拦截的计划。"
    ),
    "The plan has changed since run {run} was held: look at the new one.": (
        "自第 {run} 次运行被拦截以来计划已变化：请查看新的计划。"
    ),
    "Applied besides what run {run} showed, guarded by nothing:": (
        "除第 {run} 次运行所列变更外，还写入了以下不受保护规则限制的变更："
    ),
    # why a step
    "the source has it and the directory does not": "来源中有，目录中还没有",
    "the source says so now": "来源现在如此",
    "gone from the source; asked again and confirmed": "来源中已不存在，已再次查询确认",
    "missing from the source; not asked for again, because too many are missing": (
        "来源中缺失；缺失人数过多，未逐一再次查询"
    ),
    "left, or is out of the range that is read; asked again and confirmed": (
        "已离开，或已不在读取范围内，已再次查询确认"
    ),
    "can no longer be seen, and a person accepted that it goes": "已不可见，且管理员已确认移除",
    "the source has disabled the person": "来源中该成员已被禁用或已退出",
    "the source has enabled the person again": "来源中该成员已重新启用",
    "the record is back in the source": "该记录重新出现在来源中",
    "a department above was renamed or moved": "上级部门已改名或移动",
    (
        "the record says so: a manager or department came or went, or the row was changed otherwise"
    ): "记录如此：直属上级或部门有增减，或该行曾被另行改动",
    "the row was changed by another hand": "该行被其他程序改动，现予恢复",
    # why a guard holds
    "the source shows no {subject} at all, and had some before": (
        "来源中完全没有{subject}，而之前曾有"
    ),
    "{userid} is protected and would be deactivated": "{userid} 受保护，但将被停用",
    "{count} people are missing of whom not every one was asked for again": (
        "有 {count} 名成员缺失，且未能逐一再次查询"
    ),
    "{guard}: {count} {subject}, after {earlier} in earlier runs, and {limit} of {population} are allowed": (
        "{guard}：{subject} {count}，此前的运行已有 {earlier}，上限为 {limit}（总数 {population}）"
    ),
    "{guard}: {count} {subject}, and {limit} of {population} are allowed": (
        "{guard}：{subject} {count}，上限为 {limit}（总数 {population}）"
    ),
    # asking for one person
    "{person!r} is nobody whom syncd or the source {name!r} knows.": (
        "syncd 和来源“{name}”都不认识“{person}”。"
    ),
    "syncd find looks for people by name, number or address.": (
        "可用 syncd find 按姓名、号码或邮箱查找成员。"
    ),
    "{name!r} fits several people: {people}.": "“{name}”对应多名成员：{people}。",
    "Write user:{rest} for the id, or userid:{rest} for the userid.": (
        "按 ID 请写 user:{rest}，按账号请写 userid:{rest}。"
    ),
    "There is no user {name!r}.": "没有成员“{name}”。",
    "syncd find looks for people.": "可用 syncd find 查找成员。",
    "The source {name!r} showed no person at all.": "来源“{name}”没有返回任何成员。",
    "Check what it lets syncd see: the visible range, the base or the filters.": (
        "请检查 syncd 能看到的内容：可见范围、base_dn 或过滤条件。"
    ),
    "The process was asked to stop.": "进程被要求停止。",
    "No enabled source is called {name!r}.": "没有名为“{name}”的已启用来源。",
    "Enabled: {known}.": "已启用：{known}。",
    "Run {run} was about one person, and its plan does not say about whom.": (
        "第 {run} 次运行只涉及一名成员，而其计划没有注明是谁。"
    ),
    "It is of an earlier version: run syncd sync --user USER again.": (
        "该计划来自较早的版本：请重新运行 syncd sync --user USER。"
    ),
}
