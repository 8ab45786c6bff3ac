"""Why a message did not arrive: `syncd explain USER`."""

SENTENCES = {
    "Why this message did not arrive; else the last one that did not.": (
        "查这条消息为何没有收到；不指定时查最近一条未送达的。"
    ),
    "Ask WeCom about the app and the person: two calls.": "向企业微信查询应用和成员的状态：两次调用。",
    "Of a message that did not arrive it goes through WeCom's own list, item by item: in the recipient list, in range, active, licensed, and what only the person can tell.": (
        "对没有收到的消息，按企业微信自己的排查清单逐项检查：是否在接收人中、是否在可见范围内、账号是否可用、是否有接口许可，以及只有本人才知道的情况。"
    ),
    "A record without a user gets no messages.": "没有对应成员的记录不会收到消息。",
    "Leave --message and --ask out.": "请去掉 --message 和 --ask。",
    "There is no message {id}.": "没有消息 {id}。",
    "syncd explain USER lists the last messages of a person.": (
        "syncd explain USER 会列出某个成员最近的消息。"
    ),
    # `syncd outbox show`
    "Why it did not arrive at this person.": "查此人为何没有收到。",
    "With --user: ask WeCom about the app and the person.": (
        "与 --user 一起使用：向企业微信查询应用和成员的状态。"
    ),
    "With --user it goes through WeCom's own list of why a message did not arrive, as syncd explain does; where it is for one person alone, by itself.": (
        "带 --user 时，按企业微信自己的清单逐项检查此人为何没有收到，与 syncd explain 相同；消息只发给一个人时自动检查。"
    ),
    "--ask is for --user: about whom WeCom is to be asked.": (
        "--ask 须与 --user 一起使用：指明要向企业微信查询谁。"
    ),
    # headings
    "message": "消息",
    "status": "状态",
    "delivered": "已送达",
    "error": "错误",
    "item": "检查项",
    "verdict": "结论",
    "Messages": "消息",
    "Why message {id} did not arrive": "消息 {id} 为何没有收到",
    "syncd explain USER --message ID --ask goes through why one did not arrive.": (
        "syncd explain USER --message ID --ask 会逐项检查某条消息为何没有收到。"
    ),
    # items and verdicts
    "in the recipient list": "在接收人中",
    "sent": "已发送",
    "not taken back": "未被撤回",
    "within WeCom's limits": "未超出企业微信的频率限制",
    "app switched on": "应用已启用",
    "in the visible range": "在可见范围内",
    "account activated": "账号已激活",
    "licensed": "有接口许可",
    "app not stopped by the person": "本人未停用该应用",
    "receiving switched on in WeChat": "微信插件已开启接收",
    "not muted": "未设置免打扰",
    "ok": "正常",
    "this is it": "原因在此",
    "cannot tell": "无法判断",
    "ask the person": "请询问本人",
    # what is said of each
    "--ask asks WeCom.": "加上 --ask 可询问企业微信。",
    "Whom the message is for has not been found out yet.": "消息的接收人尚未确定。",
    "The recipient cannot be read: nobody was found by it.": "接收人写法无法识别，没有找到任何人。",
    "The message was not for this person.": "这条消息不是发给此人的。",
    "The person was not active when the recipients were found out.": "确定接收人时，此人已停用。",
    "The person had no record in the source that sends; syncd links shows them.": (
        "此人在发送消息的来源中没有记录；syncd links 可查看关联。"
    ),
    "The message is for this person.": "消息是发给此人的。",
    "WeCom took it for this person.": "企业微信已为此人接收。",
    "It is being sent, or its outcome is not known yet and it will be repeated.": (
        "正在发送，或者结果未知、将会重发。"
    ),
    "It was too old when it could have been sent.": "轮到发送时已经过期。",
    "It waits for a person: syncd outbox approve {id}.": "等待人工批准：syncd outbox approve {id}。",
    "It has not been looked at yet, or waits for its time.": "尚未处理，或者还没到发送时间。",
    "It was not sent: {error}": "没有发送：{error}",
    "Nothing was sent to this person.": "没有向此人发送任何内容。",
    "It waits: sending is paused, and syncd resume ends that.": (
        "正在等待：发送已暂停，执行 syncd resume 即可恢复。"
    ),
    "It waits: WeCom lets nothing of this source through at present.": (
        "正在等待：企业微信目前不接收该来源的任何消息。"
    ),
    "It waits for the next attempt, after {attempts}: {error}": (
        "已尝试 {attempts} 次，等待下一次：{error}"
    ),
    "It waits for its turn; syncd run or syncd outbox drain sends it.": (
        "等待发送；由 syncd run 或 syncd outbox drain 发送。"
    ),
    "It was cancelled before it was sent.": "发送之前已被取消。",
    "It may have arrived: no answer came in time, and it was not sent again so as not to arrive twice.": (
        "可能已送达：没有及时收到应答；为避免重复，没有再次发送。"
    ),
    "Every attempt failed; the last one: {error}": "每次尝试都失败；最后一次：{error}",
    "Its file could not be sent: {error}": "消息中的文件无法发送：{error}",
    "It was not sent to this person, see below and above.": "没有发给此人，原因见本表其他各项。",
    "WeCom refused it: {error}": "企业微信拒绝接收：{error}",
    "It was taken back after it had arrived.": "送达后被撤回。",
    "It was not taken back by syncd.": "syncd 没有撤回过。",
    "It is not beyond WeCom's limits: it was not sent.": "未超出限制：它没有发送。",
    "WeCom drops what an app sends to one person beyond 30 a minute or 1,000 an hour: it was number {minute} of the minute and {hour} of the hour.": (
        "一个应用对同一成员每分钟超过 30 条、每小时超过 1000 条的部分会被企业微信丢弃：这是该分钟内的第 {minute} 条、该小时内的第 {hour} 条。"
    ),
    "syncd sent {minute} messages to the person within the minute before and {hour} within the hour; what other programs send by the same app is not counted.": (
        "此前一分钟内 syncd 向此人发送了 {minute} 条，一小时内 {hour} 条；其他程序用同一应用发送的未计算在内。"
    ),
    "The app is switched off in WeCom's console.": "应用在企业微信管理后台已停用。",
    "The app is switched on, says WeCom.": "企业微信表示应用已启用。",
    "WeCom accepts the app's secret no more: it was set anew, or the app is switched off.": (
        "企业微信不再接受该应用的 Secret：Secret 已重置，或应用已停用。"
    ),
    "The app was switched off when syncd last sent with it.": "syncd 上次用该应用发送时，它已停用。",
    "WeCom lets the app send nothing: {error}": "企业微信不允许该应用发送：{error}",
    "WeCom did not say: {error}": "企业微信没有回答：{error}",
    "The app could send when it was sent.": "发送时应用可以正常发送。",
    "The person is in the app's visible range, says WeCom.": "企业微信表示此人在应用的可见范围内。",
    "WeCom does not show the person to the app ({code}): gone, or outside its visible range.": (
        "企业微信不向该应用显示此人（{code}）：已离开，或不在可见范围内。"
    ),
    "WeCom named the person as unknown or outside the app's visible range.": (
        "企业微信指出此人不存在或不在应用的可见范围内。"
    ),
    "The person has no record in the source that sends.": "此人在发送消息的来源中没有记录。",
    "WeCom did not name the person as unknown when it was sent.": (
        "发送时企业微信没有指出此人不存在。"
    ),
    "The account is disabled, says the last reading.": "上次读取时，账号已禁用。",
    "The person has left the company, says the last reading.": "上次读取时，此人已退出企业。",
    "Who has never activated the account gets nothing, and no error comes. {ask}": (
        "从未激活账号的成员收不到任何消息，也不会报错。{ask}"
    ),
    "The account is activated.": "账号已激活。",
    "The account is disabled in WeCom.": "账号在企业微信中已禁用。",
    "The person has never activated the account and gets nothing: let them join the company in WeCom.": (
        "此人从未激活账号，收不到任何消息：请让其在企业微信中加入企业。"
    ),
    "The person has left the company in WeCom.": "此人已在企业微信中退出企业。",
    "WeCom says status {status}, which is not documented.": "企业微信返回状态 {status}，文档中没有说明。",
    "The person has no licence for the interface (接口许可).": "此人没有接口许可。",
    "WeCom did not name the person as without a licence.": "企业微信没有指出此人缺少接口许可。",
    "Nothing was taken by WeCom that would tell. {ask}": "没有已被接收的消息可供判断。{ask}",
    "Ask the person: in WeCom, is the app's conversation set to receive nothing (workbench, the app, its settings)?": (
        "请询问本人：企业微信工作台中，该应用的设置是否关闭了接收消息？"
    ),
    "Ask the person: was it looked for in WeChat? The plug-in there does not show {msgtype}.": (
        "请询问本人：是否在微信中查看？微信插件不显示 {msgtype} 类型的消息。"
    ),
    "Ask the person: is the company's plug-in followed in WeChat, and receiving switched on in it?": (
        "请询问本人：是否在微信中关注了企业的微信插件，并开启了接收消息？"
    ),
    "Ask the person: is the conversation muted, or folded away among others?": (
        "请询问本人：该会话是否设置了免打扰，或被折叠？"
    ),
}
