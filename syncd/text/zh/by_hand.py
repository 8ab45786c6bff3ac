"""What `disable`, `enable`, `undo` and `approve` say."""

SENTENCES = {
    # undo
    "Put back what a run has changed.": "撤销某次运行所做的变更。",
    "Put back what RUN has changed, where nothing has moved since.": (
        "撤销第 RUN 次运行所做的变更，此后又有变动的内容除外。"
    ),
    "Whom the run has made is disabled, as by syncd disable; the link stays. What has moved since"
    " is listed and left. No source is read: the next sync may do the same again.": (
        "该次运行新建的成员将被停用（与 syncd disable 相同），关联保留。此后又有变动的内容会列出并保持不变。"
        "此操作不读取来源：下一次同步可能再次做出相同的变更。"
    ),
    "Do it although a guard holds it.": "即使被保护规则拦截也执行。",
    "Nothing of run {run} can be undone; nothing was written.": (
        "第 {run} 次运行没有可撤销的内容，未写入任何内容。"
    ),
    "Run {run}: held by a guard; nothing was undone:": (
        "第 {run} 次运行：被保护规则拦截，未撤销任何内容："
    ),
    "  If it is right: syncd undo {run} --yes": "  如确认无误：syncd undo {run} --yes",
    "Run {run}: run {undone} is undone.": "第 {run} 次运行：已撤销第 {undone} 次运行。",
    "The next sync may do the same again, if the source still says so.": (
        "如果来源仍然如此，下一次同步可能再次做出相同的变更。"
    ),
    "Links ({number})": "关联（{number}）",
    "  {sign} {action} {title}": "  {sign} {action} {title}",
    "Not undone ({number})": "未撤销（{number}）",
    "  {entity} {action} {title}: {reason}": "  {entity} {action} {title}：{reason}",
    "  … and {number} more; --json has them all": "  …… 另有 {number} 项；--json 可列出全部",
    "has moved since: {columns}": "此后又有变动：{columns}",
    "has moved since": "此后又有变动",
    "is no longer there": "已不存在",
    "the person is gone": "该成员已不存在",
    "people or departments have come to it since": "此后已有成员或子部门加入",
    "the department above is inactive": "上级部门已停用",
    "it would be its own ancestor": "会成为自身的上级",
    "the department is inactive": "部门已停用",
    "the record belongs to somebody else by now": "该记录现已属于其他成员",
    "Run {run} has changed nothing in the directory.": "第 {run} 次运行未改动通讯录。",
    "The changes of run {run} are not kept any more.": "第 {run} 次运行的变更记录已不再保留。",
    "[store] keep_changes says how long they are.": "保留时间由 [store] keep_changes 决定。",
    # approve
    "guarded changes that were not in the approved plan: {count}": (
        "已批准的计划之外的受保护变更：{count} 项"
    ),
    "Run {run} is an undo that is held; an approval reads the source.": (
        "第 {run} 次运行是被拦截的撤销；批准会重新读取来源，不适用于撤销。"
    ),
    "syncd undo RUN --yes, with the run that is to be undone, applies it.": (
        "如需执行，请运行 syncd undo RUN --yes，RUN 为要撤销的那次运行。"
    ),
    # disable, enable
    "Make USER inactive, whatever the source says, until syncd enable.": (
        "停用成员 USER：无论来源如何，直到执行 syncd enable 为止均为停用状态。"
    ),
    "USER is a userid or an id. Link, fields and memberships stay.": (
        "USER 为账号（userid）或 ID。关联、字段和所属部门保持不变。"
    ),
    "Take back what syncd disable has decided about USER.": (
        "撤回 syncd disable 对成员 USER 的停用决定。"
    ),
    "Whoever is gone from the source, or disabled there, stays inactive for that reason.": (
        "来源中已不存在或已被禁用的成员，仍因该原因保持停用。"
    ),
    "Make a user inactive, whatever the source says.": "停用某个成员，无论来源如何。",
    "Take back what disable has decided.": "撤回 disable 的停用决定。",
    "The store is empty: nothing has been synced yet.": "数据库为空：尚未同步过。",
    "syncd sync brings the directory here.": "执行 syncd sync 可将通讯录同步到此。",
    "{person} is disabled already, since {since}; nothing was written.": (
        "{person} 已于 {since} 停用，未写入任何内容。"
    ),
    "Run {run}: {person} is disabled.": "第 {run} 次运行：已停用 {person}。",
    "No sync changes that; syncd enable does.": "同步不会改变此状态；执行 syncd enable 可解除。",
    "{person} is not disabled by an administrator; nothing was written.": (
        "{person} 未被管理员停用，未写入任何内容。"
    ),
    "Run {run}: {person} is no longer disabled by an administrator.": (
        "第 {run} 次运行：{person} 不再被管理员停用。"
    ),
    "Inactive all the same: {reasons}. Only the source can change that.": (
        "但该成员仍为停用状态：{reasons}。只有来源可以改变。"
    ),
    "The person is active again.": "该成员已恢复启用。",
    "gone from the source since {since}": "自 {since} 起来源中已不存在",
    "disabled at the source since {since}": "自 {since} 起在来源中被禁用",
    "an administrator has undone the run that changed it": "管理员撤销了改动它的那次运行",
    "an administrator has disabled the person": "管理员已停用该成员",
    "an administrator lets the person be active again": "管理员已解除对该成员的停用",
}
