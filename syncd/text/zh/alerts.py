"""Incidents: what people are told of, by which ways, and why they could not be told."""

SENTENCES = {
    # what people are told
    "syncd: {title}": "syncd：{title}",
    "A plan is held and waits for a person (run {run})": "计划已被拦下，等待人工确认（第 {run} 次运行）",
    "The plan of run {run} is held no longer": "第 {run} 次运行的计划不再被拦下",
    "The source {source} cannot be read": "来源 {source} 无法读取",
    "The source {source} fails no longer": "来源 {source} 已不再出错",
    "Messages by {source} do not get through": "经 {source} 发送的消息无法送达",
    "Messages by {source} get through again": "经 {source} 发送的消息已恢复",
    "Since: {at}": "开始时间：{at}",
    "Reason: {why}": "原因：{why}",
    "It was so from {start} to {end}.": "持续时间：{start} 至 {end}。",
    "The reason was: {why}": "当时的原因：{why}",
    "Nothing of it was applied. syncd runs {run} shows it, syncd approve {run} applies it.": (
        "其中的变更均未执行。syncd runs {run} 可查看，syncd approve {run} 可执行。"
    ),
    "Its people stay as they were read last. syncd sync --source {source} tries it at once.": (
        "其成员保持上次读取的状态。syncd sync --source {source} 可立即重试。"
    ),
    "They wait, and are sent as soon as WeCom takes them again.": (
        "消息会等待，企业微信恢复接收后立即发送。"
    ),
    "syncd on {host}, incident {id}": "主机 {host} 上的 syncd，事件编号 {id}",
    # `syncd status`
    "  told by: {ways}": "  已通知：{ways}",
    "{way} (not yet)": "{way}（尚未发出）",
    "{way} (not yet: {reason})": "{way}（尚未发出：{reason}）",
    # why somebody could not be told
    "the server does not know STARTTLS, or not how to log in": "服务器不支持 STARTTLS，或不支持登录",
    "the server closed the connection": "服务器关闭了连接",
    "the server refused it ({kind})": "服务器拒绝接收（{kind}）",
    "the server answered {code}: {said}": "服务器返回 {code}：{said}",
    "the address of the web hook is none: it must begin with https://": (
        "Webhook 地址无效：必须以 https:// 开头"
    ),
    "no connection": "无法连接",
    "what came back is no answer of a web server": "返回的内容不是 Web 服务器的应答",
    # the configuration
    '{value!r} is no recipient: write "userid:zhangsan", "user:17", "department:3", "tag:2" or "all"': (
        '“{value}”不是接收人：请写成 "userid:zhangsan"、"user:17"、"department:3"、"tag:2" 或 "all"'
    ),
    '{value!r} is no e-mail address: write it alone, such as "it@example.com"': (
        '“{value}”不是邮箱地址：请只写地址本身，例如 "it@example.com"'
    ),
    "{value!r} is no host name; the port has a key of its own": (
        "“{value}”不是主机名；端口请写在 port 中"
    ),
    "is the only way: what stops messages stops these too; add email or webhook beside it": (
        "是唯一的通知方式：消息发不出去时，通知同样发不出去；请同时配置 email 或 webhook"
    ),
    "is not encrypted: everybody on the way can read the alerts": (
        "未加密：传输途中任何人都能看到通知内容"
    ),
    '"{name}" is no enabled WeCom source with an app_secret': (
        "“{name}”不是已启用且带有 app_secret 的企业微信来源"
    ),
    "needs an enabled WeCom source with an app_secret, which sends it": (
        "需要一个已启用且带有 app_secret 的企业微信来源来发送"
    ),
    "is needed where several sources could send: {names}": "有多个来源可以发送时必须填写：{names}",
    "is needed with password": "填写 password 时必须同时填写",
    "is needed with user": "填写 user 时必须同时填写",
    '"none" would send the password unencrypted: use "starttls" or "tls"': (
        '"none" 会以明文发送密码：请使用 "starttls" 或 "tls"'
    ),
    "An address that gets each alert as JSON by POST; where it holds a secret, name it as one.": (
        "以 POST 方式接收每条通知（JSON）的地址；地址中含有密钥时，请按密钥引用的方式填写。"
    ),
    'E-mail, a way that works when WeCom does not: host, port, from, to, user, password, security = "starttls", "tls" or "none".': (
        '邮件，企业微信不可用时仍然有效的方式：host、port、from、to、user、password、security = "starttls"、"tls" 或 "none"。'
    ),
    "How long a source must have failed before anybody is told.": "来源持续出错多久之后才发出通知。",
    "PEM file of the certificate authority of the mail server and the web hook, instead of the system's.": (
        "邮件服务器和 Webhook 的证书颁发机构（PEM 文件），用来代替系统自带的。"
    ),
    'The HTTP proxy to the web hook, instead of the one in the environment; "none" for none at all.': (
        '访问 Webhook 的 HTTP 代理，代替环境变量中的代理；"none" 表示不用代理。'
    ),
    "The WeCom source that sends it; needed where several could.": (
        "负责发送的企业微信来源；有多个来源可以发送时必须填写。"
    ),
    'The language of what is told: "en", "zh" or "both".': '通知所用的语言："en"、"zh" 或 "both"。',
    "Whom to tell in WeCom: userid:, user:, department:, tag: or all, as in a message.": (
        "企业微信中的接收人：userid:、user:、department:、tag: 或 all，写法与消息相同。"
    ),
}
