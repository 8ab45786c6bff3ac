"""What is wrong with a configuration."""

SENTENCES = {
    "warning: {path}: {warning}": "警告：{path}：{warning}",
    "{file}: ok (the secrets were not looked at)": "{file}：正常（未检查密钥）",
    "{file}: ok (every secret can be read)": "{file}：正常（所有密钥均可读取）",
    "no source is enabled": "没有已启用的来源",
    "no source is configured": "未配置来源",
    "Add a [sources.<name>] table, or set enabled = true; `syncd config example` prints one with every key.": (
        "请添加 [sources.<name>] 表，或设置 enabled = true；`syncd config example` 会输出包含全部设置项的示例。"
    ),
    # the file
    "the configuration": "配置",
    "there is no configuration: neither ./{local} nor {system} exists": (
        "没有配置文件：./{local} 和 {system} 都不存在"
    ),
    "Name one with --config FILE or in $SYNCD_CONFIG; `syncd init` asks for what is needed and makes one.": (
        "请用 --config FILE 或 $SYNCD_CONFIG 指定；`syncd init` 会询问所需内容并生成配置。"
    ),
    "the configuration {file} cannot be read: {reason}": "无法读取配置文件 {file}：{reason}",
    "Check the path, and that this account may read the file.": "请检查路径，以及当前账户能否读取该文件。",
    "the configuration {file} is not UTF-8 text": "配置文件 {file} 不是 UTF-8 文本",
    "Save it as UTF-8.": "请另存为 UTF-8 编码。",
    "the configuration {file} is no TOML: {error}": "配置文件 {file} 不是有效的 TOML：{error}",
    "Text must stand in quotes, and each key once.": "文本须加引号，每个设置项只能出现一次。",
    "{where} has {number} problem:\n{lines}": "{where} 有 {number} 个问题：\n{lines}",
    "{where} has {number} problems:\n{lines}": "{where} 有 {number} 个问题：\n{lines}",
    "`syncd config example` prints every key with its meaning.": (
        "`syncd config example` 会输出全部设置项及其含义。"
    ),
    # warnings
    'is a secret written into the file; keep it elsewhere and write "env:NAME" or "file:PATH"': (
        '密钥直接写在文件中；请另外存放，并写成 "env:NAME" 或 "file:PATH"'
    ),
    "everybody on this machine can read it: chmod 600 {file}": (
        "本机所有用户都能读取：请执行 chmod 600 {file}"
    ),
    "is not encrypted: everybody on the way can read the secrets; use https://, or set allow_plaintext = true": (
        "未加密：传输途中任何人都能读到密钥；请使用 https://，或设置 allow_plaintext = true"
    ),
    "{shown} has no effect in this version": "{shown} 在此版本中不起作用",
    # values
    'is not a known key; did you mean "{near}"?': "不是已知的设置项；是否想写“{near}”？",
    "is not a known key here; it belongs to {elsewhere}": "不是此处的设置项；它属于 {elsewhere}",
    "is not a known key; known here: {known}": "不是已知的设置项；此处可用：{known}",
    "the top of the file": "文件顶层",
    "is required and missing": "为必填项，但缺失",
    'has no type: write type = "wecom" or type = "ldap"': (
        '没有 type：请写 type = "wecom" 或 type = "ldap"'
    ),
    'must be "wecom" or "ldap"': '必须为 "wecom" 或 "ldap"',
    "must be {allowed}": "必须为 {allowed}",
    "input should be greater than {limit}": "必须大于 {limit}",
    "input should be greater than or equal to {limit}": "必须大于或等于 {limit}",
    "input should be less than {limit}": "必须小于 {limit}",
    "input should be less than or equal to {limit}": "必须小于或等于 {limit}",
    "must be text in quotes": "必须为加引号的文本",
    "must be true or false, without quotes": "必须为 true 或 false，不加引号",
    "must be a whole number, without quotes": "必须为整数，不加引号",
    "must be a whole number": "必须为整数",
    "must be a number, without quotes": "必须为数字，不加引号",
    "must not be empty": "不能为空",
    'must be a list such as ["…", "…"]': '必须为列表，例如 ["…", "…"]',
    "must be a table such as {{ key = value }}": "必须为表，例如 {{ key = value }}",
    "must be the path of a file, in quotes": "必须为加引号的文件路径",
    "a list holds exactly one field for now": "目前列表中只能有一个字段",
    '"{shown}" is no address: {error}': "“{shown}”不是有效的地址：{error}",
    '"{shown}" must start with {wanted}': "“{shown}”必须以 {wanted} 开头",
    '"{shown}" names no host': "“{shown}”没有主机名",
    'must be a length of time such as "10m"': '必须为时长，例如 "10m"',
    '"{value}" has no unit: write "{written}s", "{written}m" or "{written}h"': (
        '“{value}”没有单位：请写 "{written}s"、"{written}m" 或 "{written}h"'
    ),
    '"{value}" is no length of time: write for example "10s", "10m", "1h30m" or "3d"': (
        '“{value}”不是时长：请写成 "10s"、"10m"、"1h30m" 或 "3d" 等形式'
    ),
    '"{value}" is longer than a hundred years': "“{value}”超过一百年",
    '"{value}" is no time at all': "“{value}”的时长为零",
    'must be a time of day such as "02:00"': '必须为一天中的时间，例如 "02:00"',
    '"{value}" is no time zone: write for example "Asia/Shanghai" or "UTC"': (
        '“{value}”不是时区：请写成 "Asia/Shanghai" 或 "UTC" 等形式'
    ),
    'did you mean "{near}"?': "是否想写“{near}”？",
    '; did you mean "{near}"?': "；是否想写“{near}”？",
    'a field of your own is written "custom.{name}"': '自定义字段请写成 "custom.{name}"',
    '"{name}" is no field: {advice}': "“{name}”不是字段：{advice}",
    "must be the name of an attribute, in quotes": "必须为加引号的属性名",
    'must be the name of an attribute, in quotes, or a table with from = "…"': (
        '须为带引号的属性名，或带 from = "…" 的表'
    ),
    "{unknown} is not a known step; known are: {known}": "{unknown}不是已知的步骤；已知的有：{known}",
    'says no attribute: from = "…" is missing, or is no text': (
        '没有指明属性：缺少 from = "…"，或者不是文本'
    ),
    'strip_prefix must be a text that is not empty, such as "E"': (
        'strip_prefix 须为非空文本，例如 "E"'
    ),
    "pad_left must be a whole number from 1 to {most}: the length to fill up to with zeros": (
        "pad_left 须为 1 到 {most} 的整数：用零补足到的长度"
    ),
    "a brace has no other half; a brace itself is written twice": (
        "花括号没有成对；要写花括号本身，请写两次"
    ),
    "names no attribute in its braces": "花括号里没有属性名",
    "must not hold NUL": "不得含有 NUL 字符",
    '"{name}" is no name of an attribute': "“{name}”不是属性名",
    "{name} can be one attribute as it is, and nothing else": (
        "{name}只能是一个属性的原值，不能由多个属性或步骤构成"
    ),
    '{field}: "{name}" is no attribute of LDAP; one looks like "employeeNumber"': (
        '{field}：“{name}”不是 LDAP 的属性名；属性名形如 "employeeNumber"'
    ),
    "match must be a regular expression in quotes": "match 须为带引号的正则表达式",
    "match is longer than {most} characters": "match 超过了 {most} 个字符",
    "match is no regular expression: {error}": "match 不是正则表达式：{error}",
    "match must have exactly one group, it has {count}; (?:…) groups without counting": (
        "match 须恰好有一个分组，现有 {count} 个；(?:…) 是不计数的分组"
    ),
    "match could take forever: use fewer repetitions and alternatives, and begin it with ^": (
        "match 的匹配可能没完没了：请减少重复和分支，并以 ^ 开头"
    ),
    "match could take forever: a repetition holds another one, or alternatives": (
        "match 的匹配可能没完没了：重复之中不得再有重复或分支"
    ),
    "match may hold characters, classes, groups, alternatives and repetitions, and no look-around or reference": (
        "match 可以有字符、字符类、分组、分支和重复，不得有环视和反向引用"
    ),
    'an extended attribute is written "extattr.<its name>", such as "extattr.工号"': (
        '扩展属性请写成 "extattr.<属性名>"，例如 "extattr.工号"'
    ),
    # sources
    "is not enabled": "未启用",
    "is not configured": "未配置",
    'the source "{authority}" {state}{advice}': "来源“{authority}”{state}{advice}",
    "no source is called {unknown}": "没有名为 {unknown} 的来源",
    "is needed with several enabled sources: name the one whose people become users, one of {names}": (
        "启用了多个来源时必须设置：请写明以哪个来源的成员为准，可选：{names}"
    ),
    'is needed with several enabled sources ({names}): name the field whose equal value makes two records the same person, such as "mobile" or "employee_no"': (
        '启用了多个来源（{names}）时必须设置：请写明值相同即为同一人的字段，例如 "mobile" 或 "employee_no"'
    ),
    "client_cert and client_key belong together, and this one is missing": (
        "client_cert 与 client_key 须同时设置，此项缺失"
    ),
    "one of app_secret (自建应用密钥) and contacts_secret (通讯录密钥) is needed": (
        "app_secret（自建应用密钥）与 contacts_secret（通讯录密钥）至少需要一个"
    ),
    "goes with app_secret: the AgentId (应用ID) of the app whose Secret that is": (
        "须与 app_secret 一同设置：该 Secret 所属应用的 AgentId（应用ID）"
    ),
    "is needed with bind_dn: servers take a bind without a password for an anonymous one": (
        "设置了 bind_dn 时必填：服务器会把没有密码的绑定视为匿名绑定"
    ),
    "is needed with bind_password": "设置了 bind_password 时必填",
    "is for ldap:// addresses, and urls has none": "只用于 ldap:// 地址，而 urls 中没有这样的地址",
    'has no place beside bind_method = "external"': '与 bind_method = "external" 不能同时使用',
    'is needed with bind_method = "external"': 'bind_method = "external" 时必填',
    'must be true with bind_method = "external": a certificate is shown in TLS only': (
        'bind_method = "external" 时必须为 true：证书只能在 TLS 中出示'
    ),
    "{url} would send the password unencrypted: use ldaps://, or set start_tls = true or allow_plaintext = true": (
        "{url} 会以明文发送密码：请使用 ldaps://，或设置 start_tls = true 或 allow_plaintext = true"
    ),
    '"{name}" cannot be the name of a source: letters, digits, "_" and "-", at most 64 of them': (
        '“{name}”不能作为来源名称：只能用字母、数字、"_" 和 "-"，最多 64 个字符'
    ),
    'must be a department: its id, or its path such as "公司/销售部"': (
        '必须为部门：部门 ID，或路径，例如 "公司/销售部"'
    ),
    "looks like an AgentId; the corp id (企业ID) starts with ww or wx and stands under 我的企业 → 企业信息 in WeCom's console": (
        "看起来是 AgentId；企业ID 以 ww 或 wx 开头，位于企业微信管理后台“我的企业 → 企业信息”"
    ),
    'must be the corp id (企业ID) in quotes, such as "ww0123456789abcdef"': (
        '必须为加引号的企业ID，例如 "ww0123456789abcdef"'
    ),
    "must not have /cgi-bin in it: syncd adds that itself, drop it": (
        "不能包含 /cgi-bin：syncd 会自动添加，请去掉"
    ),
    "must end with the host and port; the base has its own key, base_dn": (
        "必须以主机和端口结尾；基准 DN 请写在 base_dn 中"
    ),
    "is no LDAP filter (RFC 4515): {part!r} cannot be read": (
        "不是 LDAP 过滤器（RFC 4515）：无法理解“{part}”"
    ),
    "is no LDAP filter: a bracket is opened and never closed": "不是 LDAP 过滤器：有括号未闭合",
    "is no LDAP filter: a bracket is closed and was never opened": (
        "不是 LDAP 过滤器：有多余的右括号"
    ),
    "is no LDAP filter: comparisons side by side are joined by (&…) or (|…)": (
        "不是 LDAP 过滤器：并列的条件须用 (&…) 或 (|…) 连接"
    ),
    'is no DN: write it as the server does, such as "dc=example,dc=com"': (
        '不是 DN：请按服务器的写法填写，例如 "dc=example,dc=com"'
    ),
    # the store's address
    "store.url: {problem}": "store.url：{problem}",
    "a database in memory keeps nothing; name a file": "内存数据库不保存数据；请指定文件",
    'takes no "?…" options': '不支持 "?…" 选项',
    # secrets
    "the environment variable {name} {state}": "环境变量 {name} {state}",
    "is not set": "未设置",
    "is empty": "为空",
    "Set it, or keep the secret in a file and name that: file:/path/of/{name}": (
        "请设置该变量，或将密钥存入文件并写成 file:/path/of/{name}"
    ),
    "{reference} is given by systemd, and CREDENTIALS_DIRECTORY is not set": (
        "{reference} 由 systemd 提供，但未设置 CREDENTIALS_DIRECTORY"
    ),
    "Start syncd by its unit, which has LoadCredential={name}:PATH, or use env: or file: on the command line.": (
        "请通过设置了 LoadCredential={name}:PATH 的 systemd 单元启动 syncd；在命令行中请使用 env: 或 file:。"
    ),
    "{reference} cannot be read: {strerror} ({path})": "无法读取 {reference}：{strerror}（{path}）",
    "Check the path, and that the account which runs syncd may read the file.": (
        "请检查路径，以及运行 syncd 的账户能否读取该文件。"
    ),
    "{reference} is not UTF-8 text ({path})": "{reference} 不是 UTF-8 文本（{path}）",
    "{reference} is empty ({path})": "{reference} 为空（{path}）",
    "Write the secret into the file.": "请将密钥写入该文件。",
    'must be text in quotes, such as "env:NAME"': '必须为加引号的文本，例如 "env:NAME"',
    "is empty; leave the key out, or name the secret": "为空；请删去此项，或填写密钥",
    '"{kind}:" names nothing': "“{kind}:”后面没有内容",
    "the name of a credential has no folder in it": "凭据名称中不能有文件夹",
    "is an empty list; the first secret in it is the one that is used": (
        "列表为空；使用的是其中第一个密钥"
    ),
}
