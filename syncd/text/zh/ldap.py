"""What an LDAP server refuses, and what is wrong with what it answers."""

SENTENCES = {
    # whether only what has changed need be read
    "yes, by {mark}": "可以，依据 {mark}",
    "no: {mark} is not to be seen for every entry": "不可以：并非每个条目都能看到 {mark}",
    "no: departments are made of an attribute of the people": "不可以：部门取自成员的属性",
    "no: {attribute} changes without a sign": "不可以：{attribute} 变化时没有标记",
    'no: changes of the group "{group}" could not be seen': "不可以：看不到组“{group}”的变化",
    "no: people are below entries, or have managers, that cannot be seen": (
        "不可以：成员的上级条目或上级主管无法看到"
    ),
    "no url is configured": "未配置 urls",
    "{url} cannot be used by this version": "此版本不能使用 {url}",
    "{url} would send the password unencrypted": "{url} 会以明文发送密码",
    "{url} has no address": "{url} 没有地址",
    "a certificate file cannot be used: {error}": "证书文件无法使用：{error}",
    "ca_file, client_cert and client_key name PEM files that the account which runs syncd may read.": (
        "ca_file、client_cert 和 client_key 须为运行 syncd 的账户可读取的 PEM 文件。"
    ),
    'the password of "{bind_dn}" is empty': "“{bind_dn}”的密码为空",
    "Set bind_password: servers take a bind without a password for an anonymous one.": (
        "请设置 bind_password：服务器会把没有密码的绑定视为匿名绑定。"
    ),
    "a filter cannot be understood: {error}": "无法理解过滤条件：{error}",
    "Check person_filter and department_filter (RFC 4515).": (
        "请检查 person_filter 和 department_filter（RFC 4515）。"
    ),
    "a DN cannot be understood: {error}": "无法理解 DN：{error}",
    "Check base_dn and bind_dn.": "请检查 base_dn 和 bind_dn。",
    "{url} could not be understood: {error}": "无法理解 {url} 的回答：{error}",
    "{url} sent what is no LDAP answer ({kind})": "{url} 返回的内容不是 LDAP 回答（{kind}）",
    "Check that the address and port belong to an LDAP server.": (
        "请确认该地址和端口属于 LDAP 服务器。"
    ),
    "{url} did not answer in time": "{url} 未及时回答",
    "{url}: the connection failed: {error}": "{url}：连接失败：{error}",
    "Check the host name in urls, and the name service of this machine.": (
        "请检查 urls 中的主机名，以及本机的域名解析。"
    ),
    "Check that the port speaks TLS; ldaps:// is usually port 636, ldap:// port 389.": (
        "请确认该端口支持 TLS；ldaps:// 通常为 636 端口，ldap:// 为 389 端口。"
    ),
    "Check urls, the network between, and that the server runs.": (
        "请检查 urls、中间的网络，以及服务器是否在运行。"
    ),
    'Give the bind account a limit of its own in slapd, for instance: limits dn.exact="<bind_dn>" size.pr=1000 size.prtotal=unlimited.': (
        '请在 slapd 中为绑定账户单独设置限制，例如：limits dn.exact="<bind_dn>" size.pr=1000 size.prtotal=unlimited。'
    ),
    "The next run tries again; look at the server's load if this stays.": (
        "下次运行会重试；如持续如此，请检查服务器负载。"
    ),
    "The server's time limit ended the search: raise it, or add indexes.": (
        "服务器的时间限制中断了查询：请提高限制或添加索引。"
    ),
    "Another server holds base_dn: name that one in urls.": (
        "base_dn 在另一台服务器上：请在 urls 中填写那一台。"
    ),
    "The server offers no paged results (RFC 2696), which syncd needs.": (
        "服务器不支持 syncd 所需的分页查询（RFC 2696）。"
    ),
    "Check base_dn, and that the bind account may read that entry.": (
        "请检查 base_dn，以及绑定账户能否读取该条目。"
    ),
    "Check how base_dn is written.": "请检查 base_dn 的写法。",
    "Give the bind account the right to read below base_dn.": "请授予绑定账户读取 base_dn 以下内容的权限。",
    "See the server's own log for the cause.": "原因请查看服务器自身的日志。",
    "Check bind_dn.": "请检查 bind_dn。",
    "Check how bind_dn is written.": "请检查 bind_dn 的写法。",
    '{url} ended the search of "{base}": {result}': "{url} 中断了对“{base}”的查询：{result}",
    'the bind as "{bind_dn}"': "以“{bind_dn}”绑定",
    "the anonymous bind": "匿名绑定",
    '{url} has no entry "{base_dn}" that the bind account may see': (
        "{url} 中没有绑定账户可见的条目“{base_dn}”"
    ),
    "include names no department: {unknown_includes}": "include 未对应任何部门：{unknown_includes}",
    "carried by nobody: {unseen}": "没有任何人具有：{unseen}",
    "{url} shows the {id} of nobody": "{url} 未提供任何人的 {id}",
    "{url} shows the attribute {attribute}, which departments are taken from, of nobody": (
        "{url} 未提供任何人的属性 {attribute}，而部门取自该属性"
    ),
    "Name departments by id, DN or full path, as `syncd tree` shows it.": (
        "请用 ID、DN 或完整路径（见 `syncd tree`）指定部门。"
    ),
    "Give the bind account the right to read {id} below base_dn.": (
        "请授予绑定账户读取 base_dn 以下 {id} 的权限。"
    ),
    "Check departments, and give the bind account the right to read the attribute.": (
        "请检查 departments，并授予绑定账户读取该属性的权限。"
    ),
    "If bind_dn is not set: set it and bind_password. Else see the server's own log.": (
        "如未设置 bind_dn，请设置它和 bind_password；否则请查看服务器自身的日志。"
    ),
    '{url} has no group "{group}" whose members the bind account may see': (
        "{url} 中没有绑定账户可见其成员的组“{group}”"
    ),
    "Check groups, and give the bind account the right to read these entries and their members.": (
        "请检查 groups，并授予绑定账户读取这些条目及其成员的权限。"
    ),
    '"{group}" is a posixGroup, which names people by uid': "“{group}”是 posixGroup，它按 uid 列出成员",
    "Name a groupOfNames or groupOfUniqueNames, or use person_filter.": (
        "请改用 groupOfNames 或 groupOfUniqueNames，或使用 person_filter。"
    ),
    "Set page_size to at most MaxPageSize of the domain's query policy (1,000 unless somebody changed it), or raise its limits.": (
        "请将 page_size 设为不超过域查询策略的 MaxPageSize（未改动时为 1,000），或提高其限制。"
    ),
    "Give the bind account limits of its own: nsSizeLimit, nsLookThroughLimit, nsPagedSizeLimit and nsPagedLookThroughLimit on its entry (-1 is none).": (
        "请为绑定账户单独设置限制：在其条目上设置 nsSizeLimit、nsLookThroughLimit、nsPagedSizeLimit 和 nsPagedLookThroughLimit（-1 表示不限）。"
    ),
    '{url} does not show the {id} of "{base_dn}"': "{url} 未提供“{base_dn}”的 {id}",
    "Give the bind account the right to read {id} below base_dn; if the server is no {title}, set directory.": (
        "请授予绑定账户读取 base_dn 以下 {id} 的权限；如果服务器不是 {title}，请设置 directory。"
    ),
    "{url} does not say which kind of directory it is ({vendor})": "{url} 未说明它是哪种目录（{vendor}）",
    'Set directory to "openldap", "ad" or "389ds"; "openldap" suits every server that has entryUUID (RFC 4530).': (
        '请将 directory 设为 "openldap"、"ad" 或 "389ds"；凡有 entryUUID（RFC 4530）的服务器均可用 "openldap"。'
    ),
    "directory: {title}": "目录：{title}",
    '{url} did not show the values of {attribute} of "{dn}" to their end': (
        "{url} 未能给出“{dn}”的 {attribute} 的全部值"
    ),
    "The entry may have changed meanwhile; the next run tries again.": "该条目可能在此期间有变动；下次运行会重试。",
    '{url} shows a range of {attribute} of "{dn}" that makes no sense: {bounds}': (
        "{url} 给出的“{dn}”的 {attribute} 的范围不合理：{bounds}"
    ),
}
