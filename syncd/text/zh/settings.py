"""The comments of `syncd config example`: what each setting means."""

SENTENCES = {
    "The configuration of syncd: every key, what it means, and its default.": (
        "syncd 的配置：全部设置项、含义和默认值。"
    ),
    'A key behind "#" shows its default, or an example where it has none; remove the "#" to set it.': (
        "以“#”开头的设置项显示其默认值，没有默认值时显示示例；去掉“#”即可设置。"
    ),
    "syncd looks for --config FILE, $SYNCD_CONFIG, ./config/syncd.toml, /etc/syncd/syncd.toml.": (
        "syncd 依次查找 --config FILE、$SYNCD_CONFIG、./config/syncd.toml、/etc/syncd/syncd.toml。"
    ),
    'Secrets: "env:NAME" (environment), "file:PATH", "credential:NAME" (systemd LoadCredential=).': (
        '密钥："env:NAME"（环境变量）、"file:PATH"、"credential:NAME"（systemd LoadCredential=）。'
    ),
    "  A list of secrets is for rotation: the first is used, all are accepted.": (
        "  密钥列表用于轮换：使用第一个，全部有效。"
    ),
    "Paths: a relative path is relative to the folder of this file.": (
        "路径：相对路径以本文件所在文件夹为准。"
    ),
    'Lengths of time: "10s", "10m", "1h30m", "3d".': '时长："10s"、"10m"、"1h30m"、"3d"。',
    "`syncd config check` says all that is wrong, `syncd config show` what is in effect.": (
        "`syncd config check` 列出全部问题，`syncd config show` 显示生效的设置。"
    ),
    "Required.": "必填。",
    "This version checks this table and does not act upon it yet.": (
        "此版本会检查本表，但尚不起作用。"
    ),
    # store
    "The database.": "数据库。",
    'The database: sqlite:////absolute/path.db, or sqlite:///path.db relative to this file; postgresql+psycopg://user@host/database; mysql+pymysql://user@host/database, also for MariaDB. May itself be a secret reference such as "env:SYNCD_STORE_URL".': (
        "数据库地址：sqlite:////absolute/path.db，或相对于本文件的 sqlite:///path.db；"
        "postgresql+psycopg://user@host/database；mysql+pymysql://user@host/database，也用于 MariaDB。"
        '也可写成密钥引用，例如 "env:SYNCD_STORE_URL"。'
    ),
    "The database's password, apart from its address.": "数据库密码，与地址分开填写。",
    "Remove people this long after they went; by default never.": (
        "成员离开多久之后清除；默认永不清除。"
    ),
    "How long changes are kept; by default for ever.": "变更记录保留多久；默认永久保留。",
    "How long runs are kept; by default for ever.": "运行记录保留多久；默认永久保留。",
    "How long finished messages are kept; by default for ever.": "已完成的消息保留多久；默认永久保留。",
    # sources
    "A WeCom corporation. The name behind the dot is yours.": "一家企业的企业微信。点号之后的名称可自定。",
    "A WeCom corporation.": "一家企业的企业微信。",
    "Whether the source is read at all. The secrets of a disabled one are not looked for.": (
        "是否读取该来源。未启用的来源不检查密钥。"
    ),
    "Console: 我的企业 → 企业信息.": "管理后台：我的企业 → 企业信息。",
    "The AgentId of the app; goes with app_secret.": "应用的 AgentId，与 app_secret 一同设置。",
    "The Secret of an app: says what people are like, as far as its visible range goes. This or contacts_secret is needed.": (
        "自建应用的 Secret：读取可见范围内成员的详细信息。此项与 contacts_secret 至少需要一个。"
    ),
    "The Secret of 管理工具 → 通讯录同步: says who exists, everywhere in the company.": (
        "管理工具 → 通讯录同步的 Secret：读取全公司有哪些成员。"
    ),
    "Where WeCom sends people who sign in.": "成员登录后企业微信跳转的地址。",
    "How often the daemon reads it.": "守护进程读取该来源的间隔。",
    "WeCom's API, without /cgi-bin; another one for a private deployment.": (
        "企业微信 API 地址，不带 /cgi-bin；私有化部署请填写自己的地址。"
    ),
    'Where a field comes from, merged over the defaults: field = key of WeCom, or "extattr.<name>" for an extended attribute; or made of them as for an LDAP source. A field of your own is "custom.<name>".': (
        '字段的取值，与默认设置合并：字段 = 企业微信的键，扩展属性写成 "extattr.<属性名>"；也可以像 LDAP 来源那样由它们构成。自定义字段写成 "custom.<名称>"。'
    ),
    "How long the answer to a bulk read (a department's people, all ids) may take.": (
        "批量读取（部门成员、全部 ID）的等待时间上限。"
    ),
    "How many requests run at the same time.": "同时进行的请求数。",
    "Requests to one API within any minute.": "任意一分钟内对同一接口的请求数。",
    "Requests to one API within any hour.": "任意一小时内对同一接口的请求数。",
    "Requests to all APIs together within any minute.": "任意一分钟内对全部接口的请求总数。",
    'The proxy to WeCom, instead of the one in the environment; "none" for none at all.': (
        '访问企业微信的代理，代替环境变量中的代理；"none" 表示不使用代理。'
    ),
    (
        "Ask WeCom whose a mobile or an e-mail address of another source is, where it shows nobody's; "
        "stops at half of the wrong ones that WeCom allows in a day."
    ): (
        "企业微信不返回手机号或邮箱时，向其查询另一来源的手机号或邮箱属于谁；达到企业微信一天允许的错误数的一半即停止。"
    ),
    "WeCom's contact-change events.": "企业微信的通讯录变更事件。",
    "Read these departments (ids or paths) and what is below them, and nothing else.": (
        "仅读取这些部门（ID 或路径）及其下级。"
    ),
    "Leave these departments (ids or paths) and what is below them out.": (
        "不读取这些部门（ID 或路径）及其下级。"
    ),
    'People in a part that can no longer be seen: "keep" them until an administrator decides (syncd conflicts accept), or "deactivate" them at once; guards apply.': (
        "对已不可见部分中的成员：“keep”保留，直到管理员决定（syncd conflicts accept）；“deactivate”立即停用，受保护规则限制。"
    ),
    "false: shadow. What it would change is planned and reported, and nothing is written.": (
        "false 为影子模式：只计划并报告将有的变更，不写入任何内容。"
    ),
    "How long one answer may take.": "单个回答的等待时间上限。",
    "PEM file of the certificate authority to trust instead of the system's.": (
        "代替系统证书的受信任 CA 的 PEM 文件。"
    ),
    "PEM file of our own certificate, where the other side asks for one.": (
        "对方要求客户端证书时，本方证书的 PEM 文件。"
    ),
    "PEM file of the key of client_cert.": "client_cert 的私钥的 PEM 文件。",
    "Allow an unencrypted connection to another machine (http://, ldap://).": (
        "允许与其他机器的未加密连接（http://、ldap://）。"
    ),
    "An LDAP directory. Several enabled sources need reconcile.authority and common_field.": (
        "LDAP 目录。启用多个来源时必须设置 reconcile.authority 和 common_field。"
    ),
    "An LDAP directory.": "一个 LDAP 目录。",
    "The servers, all with the same content; the next is tried where one does not answer.": (
        "内容相同的若干服务器；一台没有回答时尝试下一台。"
    ),
    "The account that reads; without one the bind is anonymous.": "用于读取的账户；不填则匿名绑定。",
    "Its password.": "该账户的密码。",
    "The entry under which everything is.": "所有内容所在的条目。",
    'What kind of server it is; "auto" asks it. It decides about ids, default fields and disabled accounts.': (
        '服务器的种类；"auto" 表示由服务器告知。它决定 ID、默认字段和停用账户的判断。'
    ),
    "DNs of groups: read only who is a member of one of them, nested groups included.": (
        "组的 DN：只读取其中任一组的成员，包括嵌套组的成员。"
    ),
    'What departments are: "ou", "attribute:<name>" of the person, or "none".': (
        '部门的来源："ou"、人员的 "attribute:<属性名>"，或 "none"。'
    ),
    "Ask for TLS on ldap:// before anything else is sent (StartTLS).": (
        "对 ldap:// 地址先请求 TLS，再发送其他内容（StartTLS）。"
    ),
    'How the account shows who it is: "simple" by bind_dn and bind_password; "external" by client_cert, or over ldapi:// by the system\'s account (SASL EXTERNAL).': (
        '账户的身份凭据："simple" 为 bind_dn 和 bind_password；"external" 为 client_cert，或经 ldapi:// 时为系统账户（SASL EXTERNAL）。'
    ),
    "How many entries are asked for at a time; servers commonly allow 1,000.": (
        "每次请求多少个条目；服务器通常允许 1,000 个。"
    ),
    "An LDAP filter for persons, instead of the built-in one.": "代替内置过滤条件的人员过滤条件。",
    "An LDAP filter for departments, instead of the built-in one.": "代替内置过滤条件的部门过滤条件。",
    'Where a field comes from, merged over the defaults: field = attribute, or made of attributes by braces or by steps (docs/configuration.md). A field of your own is "custom.<name>".': (
        '字段的取值，与默认设置合并：字段 = 属性，也可以用花括号或步骤由多个属性构成（见 docs/configuration.md）。自定义字段写成 "custom.<名称>"。'
    ),
    # reconcile
    "Which source owns what.": "各来源的归属。",
    "The source whose people become users and whose departments become departments; with one enabled source that one, with several it is required.": (
        "权威来源：其成员成为用户，其部门成为部门。只启用一个来源时即为该来源，启用多个时必须设置。"
    ),
    "The field whose equal value makes two records the same person. Required with several enabled sources. With one it is optional: it tells a returning person from a new one under an old id, knows a person again under a new one, and lets another source take the people over.": (
        "公共字段：值相同即为同一人。启用多个来源时必须设置。只有一个来源时可选：用于区分回归成员与沿用旧账号的新人，在更换账号后认出同一成员，并让另一个来源接管成员。"
    ),
    'A record of another source that fits nobody: "report" it, or "create" a user for it. One without a value of the common field may be anybody, and never becomes a user.': (
        '其他来源中不符合任何人的记录："report" 为仅报告，"create" 为其新建成员。没有公共字段值的记录可能是任何人，不会新建成员。'
    ),
    "The order of sources for one field, where it is not the authority alone: the first that has a value wins, the authority comes last.": (
        "某个字段的来源顺序（不只取自权威来源时）：取第一个有值的来源，权威来源排在最后。"
    ),
    # guard
    "How much one plan may change.": "一次计划最多可变更多少。",
    "The userids of people who are never deactivated or taken over by a run.": (
        "任何运行都不会停用或接管的成员的账号（userid）。"
    ),
    "Users deactivated; departments removed, each counted on its own.": "停用的成员；移除的部门，分别计数。",
    "Links lost.": "失去的关联。",
    "Values of one field that would turn empty.": "单个字段将变为空的值。",
    "Values of one field that would change.": "单个字段将变更的值。",
    "Memberships lost by people who stay.": "在职成员失去的部门归属。",
    "Users made or reactivated after the first load.": "首次加载之后新增或恢复启用的成员。",
    # schedule, audit
    "When the daemon does what.": "守护进程的计划。",
    "When the daily full pass starts, which re-checks every row.": (
        "每日全量检查的开始时间，重新检查每一行。"
    ),
    "The time zone of full_at.": "full_at 的时区。",
    "The log of everything that was changed.": "全部变更的日志。",
    "The file; by default audit.jsonl beside the SQLite file.": (
        "日志文件；默认为 SQLite 文件旁的 audit.jsonl。"
    ),
    '"hash" writes pseudonyms instead of names, numbers and addresses; such a log cannot be replayed.': (
        "“hash”以化名代替姓名、号码和邮箱；此类日志无法重放。"
    ),
    # later
    "The web server inside the daemon.": "守护进程内的 Web 服务器。",
    "Where callbacks, sign-in and the API are served.": "提供回调、登录和 API 的监听地址。",
    "A second listener for /metrics, /admin/ and /api/.": "用于 /metrics、/admin/ 和 /api/ 的第二个监听地址。",
    "The address under which the world reaches the first.": "外界访问第一个监听地址所用的地址。",
    "Reverse proxies whose X-Forwarded-* headers count.": "可信任其 X-Forwarded-* 请求头的反向代理。",
    "WeCom's proofs of domain ownership: name = content.": "企业微信的域名归属校验文件：文件名 = 内容。",
    "Keys of the API; the first is used, all are accepted.": "API 密钥；使用第一个，全部有效。",
    "Messages that applications queue.": "应用程序排队的消息。",
    "The waits between attempts; after the last one a message is a dead letter.": (
        "各次重试之间的等待；最后一次之后成为死信。"
    ),
    "Older messages expire, in a restored database for example.": (
        "更旧的消息作废，例如恢复的数据库中的消息。"
    ),
    "A message to more people waits for syncd outbox approve; off by default.": (
        "接收人数更多的消息须经 syncd outbox approve 批准；默认关闭。"
    ),
    "To how many people, each time counted, one app sends on a day of Beijing; what is beyond it waits. By default 200 times the active people of the source, as WeCom allows.": (
        "一个应用在北京时间的一天内最多发送的人次；超出部分等待。默认为该来源启用成员数的 200 倍，即企业微信的上限。"
    ),
    "Folders whose files a message may name; without any, none may.": (
        "消息可以引用其中文件的文件夹；未设置时不允许引用文件。"
    ),
    "How many calls are made at the same time.": "同时进行的发送调用数。",
    "no source sends: {names} has apply = false": "没有可发送消息的来源：{names} 设置了 apply = false",
    "A shadow sends nothing; set apply = true when it is to take over.": (
        "影子来源不发送任何消息；需要正式启用时请设置 apply = true。"
    ),
    "no source sends messages": "没有可发送消息的来源",
    "Messages go out through a WeCom app: give an enabled source of type wecom its agent_id and app_secret.": (
        "消息经由企业微信应用发送：请为一个已启用的 wecom 类型来源设置 agent_id 和 app_secret。"
    ),
    "Who may use sign-in.": "可使用登录功能的应用程序。",
    "Where people may be sent back to after signing in.": "登录后允许跳转的地址。",
    "The key with which the application redeems tickets.": "应用程序兑换票据所用的密钥。",
    "Who is told when something needs a person.": "需要人工处理时通知谁。",
}
