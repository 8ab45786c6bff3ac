"""What the administrator does about each of WeCom's error codes (`syncd.wecom.codes`)."""

SENTENCES = {
    "Add the exact domain (and port) to 可信域名.": "请将完整域名（及端口）加入可信域名。",
    "Add {ip} to 企业可信IP at {console}.": "请在 {console} 的企业可信IP 中加入 {ip}。",
    "Add {ip} to 企业可信IP at {console}; it takes about a minute to have effect.": (
        "请在 {console} 的企业可信IP 中加入 {ip}；约一分钟后生效。"
    ),
    "Ask WeCom's support.": "请联系企业微信客服。",
    "Authorise the app again.": "请重新授权该应用。",
    "Bind the mini program to the app.": "请将小程序关联到该应用。",
    "Buy or assign a licence.": "请购买或分配许可。",
    "Change the text.": "请修改文本。",
    "Check URL, Token, EncodingAESKey, and that WeCom can reach the URL.": (
        "请检查 URL、Token、EncodingAESKey，以及企业微信能否访问该 URL。"
    ),
    "Check agent_id and {setting}.": "请检查 agent_id 和 {setting}。",
    "Check corp_id and {setting}.": "请检查 corp_id 和 {setting}。",
    "Check the ICP record of the domain.": "请检查域名的 ICP 备案。",
    "Check the person and 可见范围 of the app.": "请检查该成员和应用的可见范围。",
    "Check the state of the app in 应用管理.": "请在应用管理中检查该应用的状态。",
    "Check the userid; the person may have left.": "请检查账号（userid）；该成员可能已退出。",
    "Check 二次验证 in the console.": "请在管理后台检查二次验证。",
    "Concerns third-party apps only.": "仅涉及第三方应用。",
    "Confirm the deletion in the console.": "请在管理后台确认删除。",
    "Contacts reading by id needs contacts_secret, details and messages need app_secret; see that both are set and each is in its place.": (
        "按标识读取通讯录需要 contacts_secret，读取详细信息和发送消息需要 app_secret；请确认两者均已设置且没有填反。"
    ),
    "Copy the AgentId from 应用管理 → the app into agent_id.": (
        "请将应用管理 → 该应用中的 AgentId 填入 agent_id。"
    ),
    "Copy the Secret anew from {console} into {setting}, check corp_id, and see that the app is enabled.": (
        "请从 {console} 重新复制 Secret 到 {setting}，检查 corp_id，并确认应用已启用。"
    ),
    "Copy the Secret anew from {console} into {setting}.": (
        "请从 {console} 重新复制 Secret 到 {setting}。"
    ),
    "Copy 企业ID from 我的企业 → 企业信息 into corp_id.": "请将我的企业 → 企业信息中的企业ID 填入 corp_id。",
    "Copy 企业ID from 我的企业 → 企业信息 into corp_id; it is not the AgentId.": (
        "请将我的企业 → 企业信息中的企业ID 填入 corp_id；不是 AgentId。"
    ),
    "Correct 企业可信IP.": "请更正企业可信IP。",
    "Correct 可信域名 of the app.": "请更正应用的可信域名。",
    "Create an app with 可见范围 on the whole company and set agent_id and app_secret; it reads the details.": (
        "请创建一个可见范围为全公司的自建应用，并设置 agent_id 和 app_secret，由它读取详细信息。"
    ),
    "Enable it in the console.": "请在管理后台启用。",
    "Enable the app again in 应用管理.": "请在应用管理中重新启用该应用。",
    "Enable the app in 应用管理.": "请在应用管理中启用该应用。",
    "Fill in agent_id.": "请填写 agent_id。",
    "Fill in corp_id.": "请填写 corp_id。",
    "Fill in {setting}.": "请填写 {setting}。",
    "Find the other programs that write contacts.": "请找出同时写入通讯录的其他程序。",
    "Grant the right in the console.": "请在管理后台授予该权限。",
    "Look for wrong secrets and for other programs behind the same address; the block ends by itself after a minute, an hour, or at midnight.": (
        "请检查是否有错误的 Secret，以及使用同一 IP 的其他程序；限制会在一分钟、一小时后或午夜自动解除。"
    ),
    "Lower concurrency of the source.": "请调低来源的 concurrency。",
    "Lower rate of the source, and look for unofficial clients.": (
        "请调低来源的 rate，并检查是否有非官方客户端。"
    ),
    "Nothing to set; the next run tries again.": "无需设置；下次运行会重试。",
    "Put the WW_verify file in its place.": "请放置 WW_verify 校验文件。",
    "Reset the Secret at {console} and put the new one into {setting}.": (
        "请在 {console} 重置 Secret，并将新的 Secret 填入 {setting}。"
    ),
    "See that the people exist and are inside the app's 可见范围.": (
        "请确认成员存在且在应用可见范围内。"
    ),
    "See that the people exist and are inside 可见范围 of the app.": (
        "请确认成员存在且在应用可见范围内。"
    ),
    "See whether the department was deleted or has left 可见范围.": (
        "请检查部门是否已删除或不在可见范围内。"
    ),
    "See whether the department was deleted.": "请检查部门是否已删除。",
    "See whether the tag was deleted.": "请检查标签是否已删除。",
    "Set 接收消息 of the app.": "请设置该应用的接收消息。",
    "Shorten 企业可信IP.": "请缩短企业可信IP 列表。",
    "Split the department.": "请拆分部门。",
    "Take agent_id and app_secret from the page of one and the same app.": (
        "agent_id 和 app_secret 须取自同一应用的页面。"
    ),
    "The member binds WeChat.": "请该成员绑定微信。",
    "The person signs in again.": "请该成员重新登录。",
    "The person signs in again; see whether two servers take in one code.": (
        "请该成员重新登录；并检查是否有两台服务器使用了同一个 code。"
    ),
    "Tick the fields on the page of the app.": "请在应用页面勾选所需字段。",
    "Update OpenSSL, or the proxy in between.": "请升级 OpenSSL 或中间的代理。",
    "Update syncd.": "请升级 syncd。",
    "Use a domain of the company.": "请使用企业自己的域名。",
    "Verify or enlarge the corporation.": "请认证企业或扩容。",
    "Verify the corporation in the console.": "请在管理后台认证企业。",
    "Wait for the end of WeCom's maintenance.": "请等待企业微信维护结束。",
    "Wait for the next month.": "请等到下个月。",
    "Wait until the other import has ended.": "请等待另一个导入任务结束。",
    "Widen 可见范围 of the app.": "请扩大应用可见范围。",
    "Widen 可见范围 of the app: 应用管理 → the app → 可见范围.": (
        "请扩大应用可见范围：应用管理 → 该应用 → 可见范围。"
    ),
}
