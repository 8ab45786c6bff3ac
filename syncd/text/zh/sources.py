"""`syncd sources`: another name for a source, and the end of one."""

SENTENCES = {
    "source": "来源",
    "source type": "来源类型",
    "state": "状态",
    "other links": "其他关联",
    "records": "记录",
    "last reading": "最近读取",
    "of everything": "最近全部读取",
    "directory": "目录",
    "enabled; its people are the users": "已启用；其人员即为成员",
    "enabled": "已启用",
    "configured, and not read": "已配置，不读取",
    "in the store, and not configured: rename or retire it": "数据库中有，但未配置：请改名或停用",
    "retired; its users wait for another authority": "已停用；其成员等待新的权威来源接管",
    "{name} is not configured: syncd sources rename {name} NEW if it has another name now, else syncd sources retire {name} --why TEXT": (
        "{name} 未配置：如果只是改了名称，请执行 syncd sources rename {name} NEW；"
        "否则请执行 syncd sources retire {name} --why TEXT"
    ),
    "{name!r} cannot be the name of a source.": "“{name}”不能用作来源名称。",
    'Letters, digits, "_" and "-", at most 64 of them.': "只能使用字母、数字、“_”和“-”，最多 64 个。",
    "The source {old} is called {new} now.": "来源 {old} 现名为 {new}。",
    "Rename it in the configuration too: [sources.{old}] becomes [sources.{new}], also where [reconcile] names it. Then restart the daemon.": (
        "配置中也要改名：[sources.{old}] 改为 [sources.{new}]，[reconcile] 中引用处亦然。然后重启守护进程。"
    ),
    "The source {name} is retired (run {run}).": "来源 {name} 已停用（第 {run} 次运行）。",
    "What the end of the source {name} would change:": "停用来源 {name} 将带来的变更：",
    "  {line}": "  {line}",
    "  Held: {reason}": "  已拦截：{reason}",
    "Nothing was written. If it is meant, say so with --yes.": "未写入任何内容。如确认如此，请加 --yes。",
    "{users:,} users (active: {active:,}) and {departments:,} departments are its own: they stay as they are, nobody is deactivated, and nothing updates them until another authority takes them over by the common field.": (
        "{users:,} 名成员（启用 {active:,} 名）和 {departments:,} 个部门属于该来源：保持原样，不停用任何人；"
        "在新的权威来源按公共字段接管之前，不再更新。"
    ),
    "Links with users of other sources that go: {number:,}": "将移除的与其他来源成员的关联：{number:,} 条",
    "Open conflicts of the source that go: {number:,}": "将移除的该来源未解决冲突：{number:,} 条",
    "Records of whoever owns no user go; those of its users stay with them.": (
        "没有对应成员的记录将移除；其成员的记录保留。"
    ),
    "Records that go: {number:,}": "将移除的记录：{number:,} 条",
    "There is a source {name!r} in the store already.": "数据库中已有名为“{name}”的来源。",
    "{name!r} is its name already.": "它的名称已经是“{name}”。",
    "{old!r} is {stored}, and [sources.{new}] is {now}: that is another directory.": (
        "“{old}”是 {stored}，而 [sources.{new}] 是 {now}：这是另一个目录。"
    ),
    "A new name is for the same directory; syncd sources retire ends one.": (
        "改名只用于同一个目录；要结束一个来源，请用 syncd sources retire。"
    ),
    "The source {name!r} is enabled: the next sync would read it again.": (
        "来源“{name}”处于启用状态：下次同步会再次读取它。"
    ),
    "Remove [sources.{name}], or set enabled = false in it, before.": (
        "请先删除 [sources.{name}]，或在其中设置 enabled = false。"
    ),
    "The store holds nothing of a source {name!r}.": "数据库中没有来源“{name}”的内容。",
    "its source was retired by an administrator": "其来源已被管理员停用",
    "List the sources; rename or retire one.": "列出来源；改名或停用来源。",
    "List the sources, configured and stored, or give one another name or an end.": (
        "列出已配置和已存储的来源；或为来源改名、停用来源。"
    ),
    "Give the source OLD of the store the name NEW.": "把数据库中的来源 OLD 改名为 NEW。",
    "Rename its table in the configuration first: [sources.OLD] becomes [sources.NEW]. Ids, links and history stay as they are.": (
        "请先在配置中改名：[sources.OLD] 改为 [sources.NEW]。ID、关联和历史保持不变。"
    ),
    "End the source NAME; it must be disabled, or gone from the configuration.": (
        "停用来源 NAME；它必须已在配置中禁用或删除。"
    ),
    "Its links with users of other sources go, and its records. The users that it owns stay as they are: nobody is deactivated, and another authority takes them over. Where users are its, or a guard holds, this only says what it would change, and ends with 4; --yes does it.": (
        "它与其他来源成员的关联及其记录将移除。属于它的成员保持原样：不停用任何人，由新的权威来源接管。"
        "若有成员属于它，或被保护规则拦截，则只说明将有的变更并以 4 结束；加 --yes 才执行。"
    ),
    "It is meant, whatever it changes.": "确认执行，无论有何变更。",
    # a reading in a process of its own
    "the process that read the source {source!r} ended before it had told everything: {how}": (
        "读取来源 {source!r} 的进程未交出全部内容就已结束：{how}"
    ),
    "killed by signal {name}": "被信号 {name} 终止",
    "exit status {status}": "退出状态 {status}",
    "Nothing of this reading was used, and the next run tries again. If the system ended the process because memory ran out, its log says so (journalctl -k): give this machine, or the service, more.": (
        "这次读取的内容均未采用，下次运行会重试。若系统因内存不足结束了该进程，系统日志会有记载（journalctl -k）：请为本机或该服务增加内存。"
    ),
}
