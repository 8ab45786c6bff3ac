"""The help of every command: what it does, paragraph by paragraph, and its options."""

SENTENCES = {
    "Bring the departments and people of WeCom (企业微信) or LDAP into a SQL store.": (
        "将企业微信或 LDAP 的部门和成员同步到 SQL 数据库。"
    ),
    # options of many commands
    "The configuration file.": "配置文件。",
    "The language of texts for people; else the locale's.": "界面文字的语言；默认按系统区域设置。",
    "The answer as JSON.": "以 JSON 输出。",
    "Say more on stderr.": "在 stderr 输出更多信息。",
    "Only this person: a userid or an id.": "仅此成员：账号（userid）或 ID。",
    "Why, for the audit log.": "原因，写入审计日志。",
    "Who decides it; else the login name.": "决定人；默认为登录名。",
    "Who asks for it; else the login name.": "发起人；默认为登录名。",
    "Only this source.": "仅此来源。",
    # syncd
    "The same as syncd sync --full.": "等同于 syncd sync --full。",
    "Say more on stderr; twice for every request.": "在 stderr 输出更多信息；写两次则输出每个请求。",
    "With --full: the answer as JSON.": "与 --full 同用：以 JSON 输出。",
    # sync, plan
    "Bring the directory up to date, once.": "将目录更新到最新，执行一次。",
    "Bring the directory up to date, once, and exit.": "将目录更新到最新，执行一次后退出。",
    "Departments and people are read from the sources, compared with the store, judged by the guards, and written in one transaction, or not at all. A source that cannot be read leaves the others as they are: they are applied all the same, and the command ends with 3.": (
        "从各来源读取部门和成员，与数据库比较，经安全限制检查后在一个事务中写入，否则完全不写入。无法读取的来源不影响其他来源：其他来源照常写入，命令以 3 结束。"
    ),
    "Check every stored row again, changed or not.": "重新检查数据库中的每一行，无论是否变化。",
    "The same as syncd plan.": "等同于 syncd plan。",
    "Show what a sync would do, and why; write nothing.": "显示同步将做什么及其原因；不写入。",
    "Show what a sync would do, line by line, and why. Nothing at all is written.": (
        "逐行显示同步将做什么及其原因。不写入任何内容。"
    ),
    "Check every stored row too, as sync --full does.": "同时检查数据库中的每一行，与 sync --full 相同。",
    "End with 7 when there is something to do.": "有变更待执行时以状态码 7 结束。",
    # approve
    "Apply a held plan as a person has reviewed it.": "按审核过的内容执行被拦截的计划。",
    "Apply the held plan of RUN as it was reviewed.": "按审核过的内容执行 RUN 的被拦截计划。",
    "The sources of that run are read again. The new plan is applied if every guarded change in it was in the plan that RUN shows; otherwise there is a new held run, and the command ends with 4. Of a run about one person (sync --user) that person alone is read again.": (
        "重新读取该次运行的来源。如果新计划中所有受限变更都在 RUN 显示的计划之内，则写入新计划；否则产生新的被拦截运行，命令以 4 结束。如果 RUN 只涉及一名成员（sync --user），则只重新读取该成员。"
    ),
    "Who approves; else the login name.": "批准人；默认为登录名。",
    # run
    "Run as a daemon: every source by its schedule.": "作为守护进程运行：按计划读取各来源。",
    "Run as a daemon: every source by its schedule, the full pass at night, and the messages.": (
        "作为守护进程运行：按计划读取各来源，夜间执行全量检查，并发送消息。"
    ),
    "The first sync begins at once. A run that fails is logged, and the next one is done all the same. SIGTERM and Ctrl-C end it within 25 seconds: a run that is reading is abandoned, and one that has read everything is brought to its end, or undone where that takes too long.": (
        "首次同步立即开始。失败的运行会记入日志，不影响下一次运行。收到 SIGTERM 或 Ctrl-C 后在 25 秒内结束：正在读取的运行会被中止；已读完的运行会继续完成，耗时过长则回滚。"
    ),
    # status, runs
    "Show how old the data is, and who is writing.": "显示数据的新旧，以及谁在写入。",
    "Show how old each source's data is, who is writing, and what waits for a person.": (
        "显示各来源数据的新旧、谁在写入，以及等待人工处理的事项。"
    ),
    "List the runs, or show one of them.": "列出运行，或显示其中一次。",
    "List the newest runs, or show one of them: of a held run, the plan and what held it.": (
        "列出最近的运行，或显示其中一次；对被拦截的运行，显示其计划和拦截原因。"
    ),
    "How many.": "数量。",
    # conflicts
    "List what needs a person, or accept it.": "列出需要人工处理的冲突，或予以确认。",
    "List what is not clear and needs a person, or accept that people may go.": (
        "列出不明确、需要人工处理的冲突，或确认成员可以移除。"
    ),
    "The resolved ones too.": "包括已解决的。",
    "Say that the people and departments which a scope_shrunk conflict names may go.": (
        "确认 scope_shrunk 冲突中列出的成员和部门可以移除。"
    ),
    "The next sync deactivates them, if no guard holds it. Whoever turns up in the part later is not among them.": (
        "如未被保护规则拦截，下次同步会将其停用。之后出现在该部分中的成员不包括在内。"
    ),
    # find, tree
    "Find people by name, number, address or id.": "按姓名、号码、邮箱或 ID 查找成员。",
    "Find people by a part of a name, number, address, userid or id.": (
        "按姓名、号码、邮箱、账号（userid）或 ID 的一部分查找成员。"
    ),
    "Inactive people, and records that belong to nobody, are found too, and marked.": (
        "已停用的成员和不属于任何成员的记录也会列出并标明。"
    ),
    "Show the departments, and how many people they have.": "显示部门树和人数。",
    "Show the departments with their active people: all below, and direct members.": (
        "显示部门及其启用的成员数：包括下级部门的总数，以及直属成员数。"
    ),
    "DEPARTMENT is an id, a name, a path such as Company/Sales, or SOURCE:ID.": (
        "DEPARTMENT 可为部门 ID、名称、路径（如 公司/销售部），或 SOURCE:ID。"
    ),
    "So many levels only.": "仅显示若干层。",
    # audit
    "Show what was changed; verify the log.": "显示变更记录；校验日志。",
    "Show what was changed, by which run, and why; the newest changes last.": (
        "显示变更内容、所属运行及原因；最新的在最后。"
    ),
    "Only this person's: a userid or an id.": "仅此成员的变更：账号（userid）或 ID。",
    "Only of this run.": "仅此次运行的变更。",
    "Only since then: 2026-11-21, 2026-11-21T08:30Z, or so long ago: 2h, 3d.": (
        "仅此后的变更：2026-11-21、2026-11-21T08:30Z，或距今 2h、3d。"
    ),
    "The newest so many.": "最近若干项。",
    "Find out whether the log is whole: no line edited, moved, missing or cut off.": (
        "校验日志是否完整：没有行被改动、移位、缺失或截断。"
    ),
    "Rotated files beside it are read too, packed ones as well. Ends with 7 when something is wrong.": (
        "旁边的轮转文件也会读取，包括已压缩的。发现问题时以状态码 7 结束。"
    ),
    "Rebuild the directory from the log alone, and compare it with the store.": (
        "仅由日志重建目录，并与数据库比较。"
    ),
    "Rotated files beside it are read too, packed ones as well. Ends with 7 when a row differs, or when the log cannot be replayed.": (
        "旁边的轮转文件也会读取，包括已压缩的。有行不一致或日志无法重放时以状态码 7 结束。"
    ),
    "The first so many differences.": "前若干处差异。",
    "Begin a new chain above the file's last line, after the database was restored.": (
        "恢复数据库之后，在日志文件末行之后开始新的校验链。"
    ),
    "A restored database is behind its log. Until this is said nothing is written to the log, and `syncd audit verify` finds the lines that the database does not know.": (
        "恢复后的数据库落后于日志。执行此命令之前不会写入日志，`syncd audit verify` 会报告数据库不知道的行。"
    ),
    "Why, for the log's next line.": "原因，写入日志的下一行。",
    # config
    "Check, show, or make a configuration.": "检查、显示或生成配置。",
    "Check the configuration, show it, or print one to begin with.": (
        "检查或显示配置，或输出一份初始配置。"
    ),
    "Say all that is wrong with the configuration, or that it is ok.": (
        "列出配置中的全部问题，或确认无误。"
    ),
    "Secrets are read from where the configuration says they are, and not shown.": (
        "会从配置指定的位置读取密钥，但不显示。"
    ),
    "Leave the secrets alone: for CI, which has none.": "不检查密钥：用于没有密钥的 CI。",
    "Show the settings in effect, defaults filled in and secrets masked.": (
        "显示生效的设置，包括默认值；密钥以掩码显示。"
    ),
    "Print a configuration with every key, what it means, and its default.": (
        "输出包含全部设置项、含义和默认值的配置。"
    ),
    # db
    "Bring the database's schema up to date, or check it.": "升级或检查数据库结构。",
    "Bring the database's schema up to date, or look the database over.": (
        "升级数据库结构，或检查数据库。"
    ),
    "Bring the schema to this syncd's; make it where there is none.": (
        "将数据库结构升级到此 syncd 的版本；没有时建立。"
    ),
    "Print the schema's revision, and how it compares with this syncd's.": (
        "显示数据库结构版本，以及与此 syncd 的比较。"
    ),
    "Look the database over: its schema, its pages, its references. Nothing is written.": (
        "检查数据库的结构、数据页和引用。不写入任何内容。"
    ),
    "Ends with 7 when something is wrong. Tables and columns that an application added are not.": (
        "发现问题时以状态码 7 结束。应用程序添加的表和列不算问题。"
    ),
    # demo
    "Try everything on this machine, with no account.": "在本机体验全部功能，无需账户。",
    "Try everything on this machine: a simulated WeCom, a sync, a change, a sync.": (
        "在本机体验全部功能：模拟的企业微信、一次同步、一些变更、再次同步。"
    ),
    "Takes a few seconds, needs no account and no root, and talks to nobody but itself.": (
        "只需几秒，无需账户和 root 权限，不与外部通信。"
    ),
    "Where to work; else a new temporary folder.": "工作文件夹；默认新建临时文件夹。",
    # simulator
    "Run a WeCom on this machine, for tests.": "在本机运行模拟的企业微信，用于测试。",
    "Run a WeCom on this machine until Ctrl-C or SIGTERM.": (
        "在本机运行模拟的企业微信，直到 Ctrl-C 或 SIGTERM。"
    ),
    "A directory made by size and seed, or loaded from a file, behind the calls that syncd uses; docs/simulator.md tells how to change it, and how to break it, while it runs.": (
        "按规模和随机种子生成或从文件加载通讯录，提供 syncd 使用的接口；运行时如何修改数据和制造故障，见 docs/simulator.md。"
    ),
    "Where.": "监听地址。",
    "Else a free port.": "端口；默认选用空闲端口。",
    "A company as JSON (docs/simulator.md); it says itself who may see what.": (
        "JSON 格式的公司数据（docs/simulator.md），其中说明可见范围。"
    ),
    "So many people, instead of the 200 of the demonstration.": "成员数；默认为演示用的 200 名。",
    "So many departments, with the root.": "部门数，包括根部门。",
    "The same one, the same.": "随机种子；种子相同则数据相同。",
    "From which address the contacts secret calls; from a new one it gets identifiers only.": (
        "通讯录同步 Secret 的调用 IP；新增的 IP 只能得到标识。"
    ),
    "The app is a new one: no mobile, e-mail and so on.": "应用为新建：没有手机、邮箱等字段。",
    "What the app sees: department:2, member:zhangsan, tag:1; else everything. May be repeated.": (
        "应用可见范围：department:2、member:zhangsan、tag:1；默认为全部。可重复使用。"
    ),
    "Milliseconds from a request to its answer.": "从请求到回答的毫秒数。",
    "Seconds that an access token lives.": "access_token 的有效秒数。",
    "Calls a minute before 45009. May be repeated.": "每分钟调用次数上限，超出返回 45009。可重复使用。",
    "Calls at once before 45033.": "并发调用上限，超出返回 45033。",
    "Address, ids and secrets as JSON.": "以 JSON 输出地址、ID 和密钥。",
}
