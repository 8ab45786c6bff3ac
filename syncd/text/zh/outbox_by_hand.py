"""What a person decides about messages, and why a message was not delivered."""

SENTENCES = {
    "Message {id} is over: it is {status}.": "消息 {id} 已结束：状态为 {status}。",
    "Nothing of it waits, and nothing was delivered that could be taken back.": (
        "没有等待中的投递，也没有可撤回的内容。"
    ),
    "the same call brought message {others}: WeCom would take that back too": (
        "同一调用也发送了消息 {others}：企业微信会一并撤回"
    ),
    "WeCom takes messages back within 24 hours only": "企业微信只能撤回 24 小时内的消息",
    "Message {id} is a {msgtype}, no card.": "消息 {id} 的类型是 {msgtype}，不是卡片。",
    "Only a template_card can be changed; syncd outbox cancel takes back others.": (
        "只有 template_card 可以更新；其他类型可用 syncd outbox cancel 撤回。"
    ),
    "WeCom lets a card be changed once, and within 72 hours.": (
        "企业微信只允许在 72 小时内更新卡片一次。"
    ),
    "The card of message {id} is too old.": "消息 {id} 的卡片已过更新期限。",
    "The card of message {id} cannot be changed: it was not delivered, was changed already, or is of a kind that cannot.": (
        "消息 {id} 的卡片无法更新：未送达、已更新过，或属于不可更新的类型。"
    ),
    "Message {id} does not wait for an approval.": "消息 {id} 并未等待批准。",
    "syncd outbox show {id} says how it stands.": "syncd outbox show {id} 可查看其状况。",
    "There is no message {id}.": "没有消息 {id}。",
    "syncd outbox list lists them.": "syncd outbox list 可列出消息。",
    "Message {id} has the dedupe key {key!r} already.": "消息 {id} 已使用去重键“{key}”。",
    "Nothing was queued: it is the same message, or needs another key.": (
        "未入队：它是同一条消息，或需要另一个键。"
    ),
    "Message {id} was not to arrive after {at}.": "消息 {id} 不应在 {at} 之后送达。",
    "If it still says something, queue it as a new one: syncd notify.": (
        "如仍有意义，请作为新消息排队：syncd notify。"
    ),
    "Nothing of message {id} is dead: it is {status}.": "消息 {id} 没有死信：状态为 {status}。",
    "It is not known whether message {id} has arrived.": "不知道消息 {id} 是否已送达。",
    "Ask the person. --may-arrive-twice sends it again, also to those who have it.": (
        "请询问本人。--may-arrive-twice 会重新发送，已收到的人也会再次收到。"
    ),
    "Whom message {id} is for is still not found, or inactive.": (
        "消息 {id} 的接收人仍未找到或已停用。"
    ),
    "syncd was asked to stop before the call was sent": "在发送之前，syncd 已被要求停止",
    # reasons
    "the column recipient cannot be read": "无法解析 recipient 列",
    "Write user:ID, userid:USERID, department:ID, tag:ID or all, joined by |.": (
        "请写成 user:ID、userid:USERID、department:ID、tag:ID 或 all，以 | 连接。"
    ),
    "msgtype or content is not what WeCom takes": "msgtype 或 content 不符合企业微信的要求",
    "The error names the field; mend the application and queue a new message.": (
        "错误信息指出了字段；请修正应用程序并重新排队。"
    ),
    "no source sends it": "没有来源可以发送",
    "Name an enabled WeCom source with app_secret in the column source; it may be left out where there is one.": (
        "请在 source 列写入一个已启用且设置了 app_secret 的企业微信来源；只有一个时可省略。"
    ),
    "it is for more people than outbox.confirm_above, and waits for a person": (
        "接收人数超过 outbox.confirm_above，等待人工批准"
    ),
    "syncd outbox approve ID lets it go, syncd outbox cancel ID ends it.": (
        "syncd outbox approve ID 放行，syncd outbox cancel ID 取消。"
    ),
    "nobody, and no department or tag, has that name": "没有该名称的成员、部门或标签",
    "syncd find looks for people; after a sync syncd outbox retry ID looks again.": (
        "可用 syncd find 查找成员；同步之后 syncd outbox retry ID 会重新查找。"
    ),
    "the person has no record in the WeCom source that sends": "该成员在发送来源中没有记录",
    "syncd explain USER says why; once linked, syncd outbox retry ID sends it.": (
        "syncd explain USER 可查看原因；关联之后 syncd outbox retry ID 会发送。"
    ),
    "the person is inactive": "该成员已停用",
    "syncd explain USER says why; nobody inactive gets messages.": (
        "syncd explain USER 可查看原因；停用的成员不会收到消息。"
    ),
    "the person is outside the app's visible range (可见范围), or unknown to WeCom": (
        "该成员不在应用的可见范围内，或企业微信不认识该成员"
    ),
    "Add the person to the range in WeCom's console (应用管理 → the app), then retry.": (
        "请在企业微信后台（应用管理 → 该应用）将其加入可见范围，然后重试。"
    ),
    "the person has no licence for this app (接口许可)": "该成员没有此应用的接口许可",
    "Assign one in WeCom's console, then retry.": "请在企业微信后台分配，然后重试。",
    "WeCom refused it for good": "企业微信拒绝了该消息",
    "The code says why; mend what it names, then retry or queue a new message.": (
        "错误码说明了原因；修正之后重试或重新排队。"
    ),
    "WeCom did not take it until the waits of outbox.retry were used up": (
        "直到 outbox.retry 的等待用完，企业微信仍未接受"
    ),
    "syncd outbox retry ID begins again.": "syncd outbox retry ID 会重新开始。",
    "it may have arrived: no answer came, and WeCom's duplicate check has run out": (
        "可能已送达：没有收到应答，且企业微信的去重时间已过"
    ),
    "Ask the person; syncd outbox retry ID --may-arrive-twice sends it again.": (
        "请询问本人；syncd outbox retry ID --may-arrive-twice 会重新发送。"
    ),
    "its file cannot be read or uploaded": "无法读取或上传其文件",
    "Check the file, its size, and outbox.media_folders; then retry.": (
        "请检查文件、大小以及 outbox.media_folders，然后重试。"
    ),
    "it was older than outbox.max_age, or its expires_at had passed": (
        "早于 outbox.max_age，或已过 expires_at"
    ),
    "If it still says something, queue it as a new message.": "如仍有意义，请作为新消息排队。",
    "a person cancelled it": "被人工取消",
    "Nothing needs to be done.": "无需处理。",
}
