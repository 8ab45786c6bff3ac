"""How an LDAP server is reached: TLS, certificates, and why it refuses a bind."""

SENTENCES = {
    "Use ldaps:// in urls, or ldap:// with start_tls = true.": (
        "请在 urls 中使用 ldaps://，或使用 ldap:// 并设置 start_tls = true。"
    ),
    "Set a new password for the account, and bind_password to it.": (
        "请为该账户设置新密码，并相应更新 bind_password。"
    ),
    "Check bind_dn and bind_password. syncd run tries the same password again only after an hour, then after two, four and so on, because that could lock the account.": (
        "请检查 bind_dn 和 bind_password。为避免账户被锁定，syncd run 会在 1 小时、2 小时、4 小时……之后才以同一密码重试。"
    ),
    'the bind as "{bind_dn}" was refused at {at}, and is not tried again with the same password before {again}': (
        "以“{bind_dn}”绑定已于 {at} 被拒绝，{again} 之前不再以同一密码重试"
    ),
    "Check bind_dn and bind_password: to repeat a wrong password could lock the account. Another password is tried at once, and the same one when a person runs syncd sync or starts syncd run anew.": (
        "请检查 bind_dn 和 bind_password：重复使用错误密码可能导致账户被锁定。更换密码后会立即尝试；由人运行 syncd sync 或重新启动 syncd run 时，也会以原密码尝试。"
    ),
    "the account is locked": "账户已被锁定",
    "Unlock it, and look for who binds with an old password; then check bind_password before the next run.": (
        "请解除锁定，查找是谁仍在使用旧密码绑定，并在下次运行前检查 bind_password。"
    ),
    "the password has expired": "密码已过期",
    "the password must be changed before the account may be used": "必须先修改密码才能使用该账户",
    "the account is disabled": "账户已被停用",
    "Enable it, or name another in bind_dn.": "请启用该账户，或在 bind_dn 中改用其他账户。",
    "there is no such account, or the password is wrong": "没有这个账户，或密码错误",
    "the server is busy or not available": "服务器繁忙或不可用",
    "it allows no anonymous bind": "它不允许匿名绑定",
    "Set bind_dn and bind_password.": "请设置 bind_dn 和 bind_password。",
    "it maps our certificate, or this machine's account, to no account of its own": (
        "它没有把我方证书（或本机账户）对应到它自己的账户"
    ),
    "Map the certificate's subject to an account on the server (OpenLDAP: authz-regexp; 389 Directory Server: certmap.conf and the account's userCertificate).": (
        "请在服务器上把证书主体对应到一个账户（OpenLDAP：authz-regexp；389 Directory Server：certmap.conf 以及账户的 userCertificate）。"
    ),
    "for another reason": "其他原因",
    "there is no such account": "没有这个账户",
    "Check bind_dn: a DN, user@domain, or DOMAIN\\user.": (
        "请检查 bind_dn：可以是 DN、user@domain 或 DOMAIN\\user。"
    ),
    "a restriction forbids the account to sign in": "账户受限，不能登录",
    "Look at the account's restrictions in Active Directory.": (
        "请在 Active Directory 中查看该账户的限制。"
    ),
    "the account may not sign in at this hour": "账户不允许在此时段登录",
    "Widen the account's logon hours.": "请放宽该账户的登录时间。",
    "the account may not sign in from this machine": "账户不允许从本机登录",
    "Allow this machine, or all, in the account's logon workstations.": (
        "请在该账户的“登录到”中允许本机或所有计算机。"
    ),
    "the account lacks the right to sign in this way": "账户没有以此方式登录的权限",
    'Give it the right "Access this computer from the network" on the domain controllers.': (
        "请在域控制器上授予它“从网络访问此计算机”的权限。"
    ),
    "the account has expired": "账户已过期",
    "Change the account's expiry date, or name another in bind_dn.": (
        "请修改该账户的到期日期，或在 bind_dn 中改用其他账户。"
    ),
    "the server demands channel binding, which syncd does not speak for this bind": (
        "服务器要求通道绑定，而 syncd 对这种绑定不支持"
    ),
    "Use a simple bind over ldaps://.": "请通过 ldaps:// 使用简单绑定。",
    "it does not offer this way of binding": "它不支持这种绑定方式",
    'For bind_method = "external" the server must ask for a client certificate, trust its authority, and map it to an account; over ldapi:// it maps the system\'s account.': (
        'bind_method = "external" 要求服务器索取客户端证书、信任其 CA，并把它对应到一个账户；经 ldapi:// 时对应的是系统账户。'
    ),
    "it demands signed or encrypted connections (LDAP signing)": "它要求签名或加密的连接（LDAP 签名）",
    "it demands TLS": "它要求 TLS",
    "bind_dn is no valid DN": "bind_dn 不是有效的 DN",
    "it does not allow this way of binding to this account": "它不允许以这种方式绑定到该账户",
    "The account must have a password, and be allowed to bind.": "该账户须有密码，并被允许绑定。",
    "it is not willing to, as for an account that is disabled or inactivated": (
        "它不愿执行，例如账户已停用或未激活"
    ),
    "Enable the account, or name another in bind_dn.": "请启用该账户，或在 bind_dn 中改用其他账户。",
    "{url} refused {who}: {reason} ({result})": "{url} 拒绝了{who}：{reason}（{result}）",
    "the bind by certificate or local account (SASL EXTERNAL)": "凭证书或本机账户的绑定（SASL EXTERNAL）",
    "{url} closed the connection as soon as it was encrypted": "{url} 在连接加密后立即关闭了连接",
    "{url} names no socket": "{url} 未指定套接字",
    "If the server demands a client certificate, set client_cert and client_key; else see its own log for the cause.": (
        "如果服务器要求客户端证书，请设置 client_cert 和 client_key；否则请查看服务器自身的日志。"
    ),
    "Write ldaps://, ldap:// or ldapi://.": "请写成 ldaps://、ldap:// 或 ldapi://。",
    "Use ldaps://, or start_tls = true; else set allow_plaintext = true.": (
        "请使用 ldaps://，或设置 start_tls = true；否则设置 allow_plaintext = true。"
    ),
    "Write its path with %2F for each stroke: ldapi://%2Frun%2Fslapd%2Fldapi": (
        "请写出其路径，斜线写作 %2F：ldapi://%2Frun%2Fslapd%2Fldapi"
    ),
    "{url} does not offer StartTLS: {error}": "{url} 不支持 StartTLS：{error}",
    "Give the server a certificate and key, or use ldaps:// if it has a port for that.": (
        "请为服务器配置证书和密钥；如果它有 ldaps:// 端口，也可以改用它。"
    ),
    "{url} closed the connection": "{url} 关闭了连接",
    "See the server's own log for the cause; if the port expects TLS from the start, write ldaps:// in urls.": (
        "原因请查看服务器自身的日志；如果该端口从一开始就要求 TLS，请在 urls 中写 ldaps://。"
    ),
    "Renew the certificate on the server; if it is in order, check this machine's clock.": (
        "请更新服务器上的证书；如果证书没有问题，请检查本机时钟。"
    ),
    "Check that the port speaks TLS: ldaps:// is usually port 636; on port 389 use ldap:// with start_tls = true.": (
        "请确认该端口支持 TLS：ldaps:// 通常为 636 端口；389 端口请使用 ldap:// 并设置 start_tls = true。"
    ),
    "Set client_cert and client_key to a certificate of an authority that the server trusts.": (
        "请将 client_cert 和 client_key 设为服务器所信任的 CA 签发的证书。"
    ),
    "syncd speaks TLS 1.2 and newer: enable one of them on the server.": (
        "syncd 支持 TLS 1.2 及以上版本：请在服务器上启用其中之一。"
    ),
    "Write in urls a name that stands in the certificate, or renew it with this one.": (
        "请在 urls 中使用证书中的名称，或重新签发包含此名称的证书。"
    ),
    "it demands a client certificate": "它要求客户端证书",
    "it shares no way of encrypting with syncd, or demands a client certificate": (
        "它与 syncd 没有共同的加密方式，或要求客户端证书"
    ),
    "it does not trust the authority of our client certificate": "它不信任我方客户端证书的 CA",
    "it does not accept our client certificate": "它不接受我方的客户端证书",
    "it says that our client certificate has expired": "它称我方的客户端证书已过期",
    "it offers only a version of TLS that is too old": "它只支持过旧的 TLS 版本",
    '{url} has a certificate that is not yet valid: that of "{subject}" begins on {day}': (
        "{url} 的证书尚未生效：“{subject}”的证书自 {day} 起有效"
    ),
    '{url} has a certificate that is not for "{host}" but for {names}': (
        "{url} 的证书不适用于“{host}”，而适用于 {names}"
    ),
    '{url} has a certificate of the authority "{issuer}", which is not trusted': (
        "{url} 的证书由“{issuer}”签发，该 CA 不受信任"
    ),
    "{url} did not answer in time when TLS was begun": "{url} 在开始 TLS 时未及时回答",
    "{url} does not answer in TLS: {reason}": "{url} 未以 TLS 回答：{reason}",
    "{url} has a certificate that is self-signed, and not trusted": "{url} 的证书是自签名的，不受信任",
    "{url} has a certificate that is not trusted: {reason}": "{url} 的证书不受信任：{reason}",
    "See what it shows: openssl s_client -showcerts -connect HOST:PORT": (
        "可查看它出示的证书：openssl s_client -showcerts -connect HOST:PORT"
    ),
    '{url} has a certificate that has expired: that of "{subject}" on {day}': (
        "{url} 的证书已过期：“{subject}”的证书于 {day} 到期"
    ),
    "{url} has a certificate that is not yet valid": "{url} 的证书尚未生效",
    '{url} has a certificate that is not for "{host}"': "{url} 的证书不适用于“{host}”",
    "{url} has a certificate of an authority that is not trusted": "{url} 的证书由不受信任的 CA 签发",
    '{url} shows its own certificate only, signed by "{issuer}", which is not trusted: its chain is incomplete, or the authority is unknown here': (
        "{url} 只出示了自身的证书，由不受信任的“{issuer}”签发：证书链不完整，或本机不认识该 CA"
    ),
    "Set ca_file to the PEM file of the authority that signed it.": (
        "请将 ca_file 设为签发该证书的 CA 的 PEM 文件。"
    ),
    "If it is the right server, set ca_file to that certificate; better give the server one of your authority.": (
        "如果服务器无误，请将 ca_file 设为该证书；最好改用由贵公司 CA 签发的证书。"
    ),
    "{url} has a certificate that has expired": "{url} 的证书已过期",
    'If "{issuer}" is an intermediate authority, let the server send its certificate too; if it is the top one, set ca_file to its PEM file.': (
        "如果“{issuer}”是中间 CA，请让服务器一并发送它的证书；如果它是根 CA，请将 ca_file 设为它的 PEM 文件。"
    ),
}
