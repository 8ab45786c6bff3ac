"""What `disable`, `enable`, `undo` and `approve` say."""

SENTENCES = {
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
    "an administrator has disabled the person": "管理员已停用该成员",
    "an administrator lets the person be active again": "管理员已解除对该成员的停用",
}
