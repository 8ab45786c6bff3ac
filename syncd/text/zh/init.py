"""`syncd init`: what it asks, finds and writes."""

SENTENCES = {
    "Make the first configuration: ask, try, and write.": "生成首份配置：询问、试用、写入。",
    "Make the first configuration: ask for what is needed, try it, and write it.": (
        "生成首份配置：询问所需内容，试用后写入。"
    ),
    "A SECRET is env:NAME, file:PATH or credential:NAME, or the secret itself, which others on this machine may see on a command line. Nothing is written before everything was tried, and nothing is replaced without being asked.": (
        "SECRET 为 env:NAME、file:PATH 或 credential:NAME，也可以是密钥本身，但本机其他人可能在命令行中看到它。"
        "全部试用成功之前不写入任何内容，未经询问不会替换任何文件。"
    ),
    "The database, as [store] url has it.": "数据库，写法同 [store] url。",
    "What is read.": "读取什么。",
    "What to call the source; else its type.": "来源的名称；默认与类型相同。",
    "WeCom: the corporation's id (企业ID).": "企业微信：企业 ID。",
    "WeCom: the AgentId.": "企业微信：应用的 AgentId。",
    "WeCom: the Secret of the app.": "企业微信：应用的 Secret。",
    "WeCom: the Secret of 通讯录同步.": "企业微信：通讯录同步的 Secret。",
    "WeCom: another API than WeCom's own.": "企业微信：使用其他 API 地址。",
    "LDAP: a server.": "LDAP：服务器。",
    "LDAP: the entry under which everything is.": "LDAP：所有条目所在的根条目。",
    "LDAP: the account that reads.": "LDAP：用于读取的账号。",
    "LDAP: its password.": "LDAP：该账号的密码。",
    "LDAP: the certificate authority to trust.": "LDAP：受信任的证书颁发机构。",
    "A secret given as it is goes into a file of its own (the default), is left to the environment, or stands in the configuration.": (
        "直接给出的密钥写入单独的文件（默认），留给环境变量，或写在配置中。"
    ),
    "Replace files that are there already.": "替换已存在的文件。",
    "Ask nothing: the options say everything.": "不询问：选项已说明一切。",
    "Nothing was written.": "未写入任何内容。",
    "what was answered": "所填内容",
    "Trying the source {name} …": "正在试用来源 {name} …",
    "Write the configuration all the same?": "仍要写入配置吗？",
    "{path}: written, mode 0600": "{path}：已写入，权限 0600",
    "{store}: the schema is there": "{store}：表结构已就绪",
    "Set the variable {name} wherever syncd runs.": "请在运行 syncd 的环境中设置变量 {name}。",
    "Only root can read these files: where syncd runs as another account, give them to it (chown).": (
        "这些文件只有 root 可读：如果 syncd 以其他账号运行，请用 chown 交给该账号。"
    ),
    "syncd plan --config {file} shows what the first sync would do.": (
        "syncd plan --config {file} 可查看首次同步将做什么。"
    ),
    "What is read: wecom or ldap": "读取什么：wecom 或 ldap",
    "The corporation's id (企业ID; 我的企业 → 企业信息)": "企业 ID（我的企业 → 企业信息）",
    "The Secret of the app (自建应用密钥); empty if there is none": "自建应用的 Secret；没有则留空",
    "The AgentId of the app (应用ID)": "应用的 AgentId",
    "The Secret of 管理工具 → 通讯录同步 (通讯录密钥); empty if there is none": (
        "“管理工具 → 通讯录同步”的 Secret；没有则留空"
    ),
    "The LDAP server, such as ldaps://dc1.example.com": "LDAP 服务器，例如 ldaps://dc1.example.com",
    "The entry under which everything is, such as dc=example,dc=com": (
        "所有条目所在的根条目，例如 dc=example,dc=com"
    ),
    "The account that reads; empty for none": "用于读取的账号；没有则留空",
    "Its password": "密码",
    "Where secrets are kept: file (one each, mode 0600), env or literal": (
        "密钥存放位置：file（各自单独的文件，权限 0600）、env 或 literal"
    ),
    "The database": "数据库",
    "The configuration file": "配置文件",
    "There is something already: {files}.": "已存在：{files}。",
    "--overwrite replaces it; --config FILE chooses another place.": (
        "--overwrite 会替换；--config FILE 可另选位置。"
    ),
    "There is something already: {files}. Replace it?": "已存在：{files}。要替换吗？",
    "{options} is of no use with --type {kind}.": "{options} 不能与 --type {kind} 同用。",
    "Missing: {options}.": "缺少：{options}。",
    "syncd init without --yes asks for what is needed.": "不带 --yes 的 syncd init 会询问所需内容。",
    "{path} cannot be written: {reason}.": "{path} 无法写入：{reason}。",
    "Nothing was written. Choose another place with --config FILE.": (
        "未写入任何内容。请用 --config FILE 另选位置。"
    ),
    "app_secret: accepted, departments it may see: {number}": "app_secret：已通过，可见部门 {number} 个",
    "agent_id: the app is called {name!r}": "agent_id：应用名称为“{name}”",
    "contacts_secret: accepted, departments: {number}": "contacts_secret：已通过，部门 {number} 个",
    "bind: accepted by {url}": "绑定：{url} 已接受",
    "There is nothing at {base!r}, or nothing to see.": "“{base}”处没有条目，或不可见。",
    "Check base_dn, and what the account may read.": "请检查 base_dn 以及该账号的读取权限。",
    "No person is to be seen below {base!r}.": "“{base}”之下看不到任何人员。",
    "Check base_dn, person_filter, and what the account may read.": (
        "请检查 base_dn、person_filter 以及该账号的读取权限。"
    ),
    "base_dn: people are to be seen below {base!r}": "base_dn：“{base}”之下可以看到人员",
}
