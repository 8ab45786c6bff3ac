"""What WeCom refuses, what it lets us see, and what is wrong with its answers."""

SENTENCES = {
    # what each secret can do
    "details": "详细信息",
    "identifiers only: this address was added after 2022-08-15 (48009)": (
        "仅标识：此 IP 为 2022-08-15 之后新增（48009）"
    ),
    "identifiers; details are read by app_secret": "仅标识；详细信息由 app_secret 读取",
    "range: the whole company": "可见范围：全公司",
    "range: {parts}": "可见范围：{parts}",
    "departments {departments}": "部门 {departments}",
    "{number} member named one by one": "单独指定的成员 {number} 名",
    "{number} members named one by one": "单独指定的成员 {number} 名",
    "tags {tags}": "标签 {tags}",
    "no private fields: the app was made after 2022-06-20": (
        "不含敏感字段：应用创建于 2022-06-20 之后"
    ),
    # readings that broke off
    "The app of {source} is switched off in WeCom's console": "来源 {source} 的应用已在管理后台停用",
    "Enable it: 应用管理 → the app.": "请启用：应用管理 → 该应用。",
    "WeCom named {values!r:.200} as a part of the app's visible range": (
        "企业微信返回的应用可见范围中有 {values!r:.200}"
    ),
    'To read without it, add "{department}" to exclude of [sources.{source}].': (
        '如需跳过它，请在 [sources.{source}] 的 exclude 中加入 "{department}"。'
    ),
    'Run again; to read without it, add "{department}" to exclude of [sources.{source}].': (
        '请重试；如需跳过它，请在 [sources.{source}] 的 exclude 中加入 "{department}"。'
    ),
    "Reading department {department} of {source} broke off: {message}": (
        "读取 {source} 的部门 {department} 时中断：{message}"
    ),
    "WeCom lists department {department} of {source} and says that it is unknown ({code})": (
        "企业微信列出了 {source} 的部门 {department}，却又说它不存在（{code}）"
    ),
    "a WeCom source has neither of its secrets": "企业微信来源没有任何密钥",
    "a WeCom source needs app_secret, contacts_secret, or both": (
        "企业微信来源需要 app_secret 或 contacts_secret，或两者都要"
    ),
    "One person of {name} cannot be read: contacts_secret shows nothing but identifiers from this address (48009)": (
        "无法单独读取 {name} 的成员：从此 IP 使用 contacts_secret 只能得到标识（48009）"
    ),
    "Run `syncd sync`, which reads them all; or add app_secret and agent_id.": (
        "请执行 `syncd sync` 读取全部成员；或添加 app_secret 和 agent_id。"
    ),
    "include names no department that can be seen: {wanted}": "include 中没有可见的部门：{wanted}",
    "Correct include, or widen the app's visible range to hold these departments.": (
        "请更正 include，或扩大应用可见范围以包含这些部门。"
    ),
    "include or exclude names a path ({path}), but the names of departments cannot be read": (
        "include 或 exclude 使用了路径（{path}），但无法读取部门名称"
    ),
    "Name departments by their ids, or add the secret of an app that may see them.": (
        "请用部门 ID 指定，或添加可见这些部门的应用的 Secret。"
    ),
    "WeCom named {parent!r:.80} as the parent of department {id}": (
        "企业微信返回的部门 {id} 的上级部门为 {parent!r:.80}"
    ),
    "WeCom listed the departments of {source} without the root (1), which it lets us see": (
        "企业微信返回的 {source} 的部门列表中缺少可见的根部门（1）"
    ),
    "Run again later; if it stays so, compare with the company's structure in the console.": (
        "请稍后重试；如持续如此，请与管理后台的组织架构对照。"
    ),
    # an answer with an error code
    "{endpoint} of {subject}": "{endpoint}（{subject}）",
    "user {userid}": "成员 {userid}",
    "tag {id}": "标签 {id}",
    "agent {id}": "应用 {id}",
    "department {id}": "部门 {id}",
    "a mobile number": "手机号",
    "an e-mail address": "邮箱",
    "{headline}: {call} was answered with {code}": "{headline}：{call} 返回错误码 {code}",
    "{headline}: {call} was answered with {code} ({told})": (
        "{headline}：{call} 返回错误码 {code}（{told}）"
    ),
    "hint id {id}": "查询编号 {id}",
    "suggestion: {text}": "建议：{text}",
    "No setting helps here; report it with the hint id.": (
        "无法通过设置解决；请携带查询编号联系企业微信客服。"
    ),
    "this server's public address": "本服务器的公网 IP",
    "the page of the secret": "该 Secret 所在页面",
    "应用管理 → the app": "应用管理 → 该应用",
    "WeCom does not accept {setting}": "企业微信不接受 {setting}",
    "WeCom does not know this corp_id": "企业微信不认识此 corp_id（企业ID）",
    "WeCom does not trust this server's address {ip}": "企业微信不信任本服务器的 IP {ip}",
    "WeCom does not trust this server's address": "企业微信不信任本服务器的 IP",
    "agent_id is not set": "未设置 agent_id",
    "Set agent_id beside app_secret.": "请在设置 app_secret 的同时设置 agent_id。",
    # an answer that is none
    "the answer is {kind}, no JSON object": "回答{kind}，不是 JSON 对象",
    "cut off or not JSON": "被截断或不是 JSON",
    "not JSON": "不是 JSON",
    "`errcode` is no number": "`errcode` 不是数字",
    "Check base_url, and whether a proxy or gateway in between answers in WeCom's place.": (
        "请检查 base_url，以及是否有中间的代理或网关代替企业微信作答。"
    ),
    "the same cursor came twice": "同一个 cursor 出现了两次",
    "the token is empty or has no life": "access_token 为空或没有有效期",
    "`{key}` holds something else than objects": "`{key}` 中的内容不是对象",
    "`{key}` is {found}, not {kind}": "`{key}` 为 {found}，而不是 {kind}",
    # no answer
    "base_url is no address": "base_url 不是有效的地址",
    "Write it as https://qyapi.weixin.qq.com, without /cgi-bin.": (
        "请写成 https://qyapi.weixin.qq.com，不带 /cgi-bin。"
    ),
    "the server answered with HTTP status {status}": "服务器返回 HTTP 状态 {status}",
    "Wait; if it stays so, look at the proxy or gateway in between.": (
        "请等待；如持续如此，请检查中间的代理或网关。"
    ),
    "Check base_url and the proxy in between; an old private deployment may lack this endpoint.": (
        "请检查 base_url 和中间的代理；旧的私有化部署可能没有此接口。"
    ),
    "the proxy did not let us through: {reason}": "代理未放行：{reason}",
    "Check proxy.": "请检查 proxy。",
    "no connection within {seconds:g} s": "{seconds:g} 秒内未能建立连接",
    "no answer within {seconds:g} s": "{seconds:g} 秒内没有回答",
    "Check base_url; for a certificate of your own authority set ca_file.": (
        "请检查 base_url；如使用自己的 CA 签发的证书，请设置 ca_file。"
    ),
    "TLS failed: {reason}": "TLS 失败：{reason}",
    "the answer was cut off": "回答被截断",
    "the answer cannot be decompressed": "回答无法解压",
    "the certificate is not accepted: {reason}": "证书未被接受：{reason}",
    "the handshake broke off": "握手中断",
    "the host name is not known": "主机名无法解析",
    "the connection was closed without an answer": "连接被关闭，没有回答",
    "the connection failed ({kind})": "连接失败（{kind}）",
    "Check the network, proxy and base_url.": "请检查网络、proxy 和 base_url。",
    "ca_file {file} is not there": "ca_file {file} 不存在",
    "Correct ca_file.": "请更正 ca_file。",
}
