"""`syncd notify` and `syncd outbox`: what they say, and their help."""

SENTENCES = {
    # notify
    "Message {id} is queued; syncd outbox show {id} says what becomes of it.": (
        "消息 {id} 已入队；syncd outbox show {id} 可查看结果。"
    ),
    "One of --text, --markdown, or --msgtype with --content is needed.": (
        "需要 --text、--markdown 之一，或 --msgtype 与 --content。"
    ),
    "--content is no JSON: {reason}.": "--content 不是 JSON：{reason}。",
    'Write for example \'{{"content": "hi"}}\', or @FILE.': (
        '例如写成 \'{{"content": "hi"}}\'，或 @FILE。'
    ),
    "--content must be a JSON object.": "--content 必须是 JSON 对象。",
    "It is what WeCom documents under the type's own key.": (
        "即企业微信文档中该消息类型同名键下的对象。"
    ),
    "{file} cannot be read: {reason}.": "无法读取 {file}：{reason}。",
    "{option} {words!r} is no time.": "{option} 的值“{words}”不是时间。",
    "{option} {words!r} has passed.": "{option} 的时间“{words}”已过。",
    "No source that sends is called {name!r}.": "没有名为“{name}”的可发送来源。",
    "These send: {names}.": "可发送的来源：{names}。",
    "Several sources send: {names}.": "有多个来源可发送：{names}。",
    "Name one of them with --source.": "请用 --source 指定其中一个。",
    "WeCom would not take it: {faults}": "企业微信不会接受：{faults}",
    "Nothing was queued.": "未入队。",
    # list
    "There are no messages.": "没有消息。",
    "No message is like that.": "没有符合条件的消息。",
    "--older-than {words!r} is no length of time.": "--older-than 的值“{words}”不是时长。",
    'Write for example "10m", "2h" or "3d".': "例如写成 10m、2h 或 3d。",
    "There is no reason {word!r}.": "没有原因“{word}”。",
    "Reasons: {words}.": "可用的原因：{words}。",
    "{number} {status}": "{status} {number}",
    # show
    "Message {id}: {status}, {msgtype} to {recipient}": (
        "消息 {id}：{status}，{msgtype}，接收人 {recipient}"
    ),
    "  content: {content}": "  内容：{content}",
    "  queued {age} ({at})": "  {age}入队（{at}）",
    "  sent by {source}": "  发送来源：{source}",
    "  dedupe key: {key}": "  去重键：{key}",
    "  priority: {number}": "  优先级：{number}",
    "  not before {at}": "  不早于 {at}",
    "  not after {at}": "  不晚于 {at}",
    "  let go by a person at {at}": "  {at} 由人工放行",
    "  over since {at}": "  {at} 结束",
    "  nobody has been looked for yet": "  尚未展开接收人",
    "  {number:,} recipient: {counts}": "  {number:,} 名接收人：{counts}",
    "  {number:,} recipients: {counts}": "  {number:,} 名接收人：{counts}",
    "    … and {number:,} more; --all lists them": "    … 另有 {number:,} 名；--all 列出全部",
    "again at {at}": "{at} 再试",
    "call {id}": "调用 {id}",
    "  Call {id} by {source}: {status}, {attempts}, first at {at}": (
        "  调用 {id}（{source}）：{status}，{attempts}，首次 {at}"
    ),
    "{number:,} attempt": "{number:,} 次尝试",
    "{number:,} attempts": "{number:,} 次尝试",
    "    WeCom's msgid: {msgid}": "    企业微信 msgid：{msgid}",
    "    brought message {others} too": "    同一调用也发送了消息 {others}",
    "    repeated as it is at {at}": "    将于 {at} 原样重发",
    "    held by process {pid} on {host}": "    由 {host} 上的进程 {pid} 持有",
    "    taken back at {at}": "    {at} 已撤回",
    # retry, cancel, approve, update-card
    "Message {id} is queued again.": "消息 {id} 已重新入队。",
    "{number:,} delivery of message {id} is due again.": "消息 {id} 的 {number:,} 条投递将重新发送。",
    "{number:,} deliveries of message {id} are due again.": (
        "消息 {id} 的 {number:,} 条投递将重新发送。"
    ),
    "{number:,} delivery stays dead: {reason}.": "{number:,} 条投递仍为死信：{reason}。",
    "{number:,} deliveries stay dead: {reason}.": "{number:,} 条投递仍为死信：{reason}。",
    "Message {id} is cancelled; nobody got it.": "消息 {id} 已取消；没有人收到。",
    "{number:,} waiting delivery is cancelled.": "已取消 {number:,} 条等待中的投递。",
    "{number:,} waiting deliveries are cancelled.": "已取消 {number:,} 条等待中的投递。",
    "{number:,} delivery is being sent; once it is over, cancel again to take it back.": (
        "{number:,} 条投递正在发送；结束后可再次执行 cancel 撤回。"
    ),
    "{number:,} deliveries are being sent; once they are over, cancel again to take them back.": (
        "{number:,} 条投递正在发送；结束后可再次执行 cancel 撤回。"
    ),
    "Taken back from {number:,} person.": "已从 {number:,} 人处撤回。",
    "Taken back from {number:,} people.": "已从 {number:,} 人处撤回。",
    "Not taken back from {number:,} person (call {id}): {why}": (
        "未能从 {number:,} 人处撤回（调用 {id}）：{why}"
    ),
    "Not taken back from {number:,} people (call {id}): {why}": (
        "未能从 {number:,} 人处撤回（调用 {id}）：{why}"
    ),
    "Message {id} goes to {people:,} people.": "消息 {id} 将发送给 {people:,} 人。",
    "One of --button and --content is needed.": "--button 与 --content 须给出其中之一。",
    "The card of message {id} is changed for {n} people.": "消息 {id} 的卡片已为 {n} 人更新。",
    "The source {name!r} that has sent it sends no more.": "发送它的来源“{name}”现已不能发送。",
    "Enable it, with agent_id and app_secret, and try again.": (
        "请启用该来源并设置 agent_id 和 app_secret，然后重试。"
    ),
    # stats and status
    "Outbox: nothing waits": "消息队列：没有等待的消息",
    "Outbox: {queued} queued, {pending} waiting, {claimed} being sent": (
        "消息队列：排队 {queued}，等待 {pending}，发送中 {claimed}"
    ),
    "{number:,} message": "{number:,} 条消息",
    "{number:,} messages": "{number:,} 条消息",
    "{number:,} delivery": "{number:,} 条投递",
    "{number:,} deliveries": "{number:,} 条投递",
    "  oldest waiting: {age} ({at})": "  最早的等待消息：{age}（{at}）",
    "  waiting for their time (not_before): {number:,}": "  等待发送时间（not_before）：{number:,}",
    "  waiting for syncd outbox approve: {number:,}; syncd outbox list --reason needs_approval lists them": (
        "  等待 syncd outbox approve：{number:,}；syncd outbox list --reason needs_approval 可列出"
    ),
    "  dead within a day: {number:,}; syncd outbox list --status dead --status partial lists them": (
        "  一天内的死信：{number:,}；syncd outbox list --status dead --status partial 可列出"
    ),
    "  {source} sends nothing since {at} ({reason}); it is tried again at {probe}": (
        "  {source} 自 {at} 起停止发送（{reason}）；将于 {probe} 再试"
    ),
    "  {number:,} call may have arrived, and is repeated as it is": (
        "  {number:,} 次调用可能已送达，将原样重发"
    ),
    "  {number:,} calls may have arrived, and are repeated as they are": (
        "  {number:,} 次调用可能已送达，将原样重发"
    ),
    "Delivered: {minute:,} within a minute, {hour:,} within an hour, {day:,} within a day": (
        "已送达：一分钟内 {minute:,}，一小时内 {hour:,}，一天内 {day:,}"
    ),
    "  {source}: to {number:,} people today, by Beijing's calendar": (
        "  {source}：今天（北京时间）已发送 {number:,} 人次"
    ),
    "Messages: {counts}": "消息：{counts}",
    "Deliveries: {counts}": "投递：{counts}",
    "Dead, by reason:": "死信（按原因）：",
    # drain
    "Delivered: {delivered}, by {calls}": "已送达：{delivered}，共 {calls}",
    "{number:,} call": "{number:,} 次调用",
    "{number:,} calls": "{number:,} 次调用",
    "Dead: {number:,}; syncd outbox stats says why": "死信：{number:,}；syncd outbox stats 可查看原因",
    "Waiting: {number:,}": "等待：{number:,}",
    "Deliver all that is due now, once, and end; 3 when WeCom could not be reached.": (
        "发送现在到期的全部消息一次后结束；无法连接企业微信时以 3 结束。"
    ),
    "The daemon delivers by itself; this is for a host without one, or for a look. Both may be at work at the same time.": (
        "守护进程会自行发送；此命令用于没有守护进程的主机，或用于查看。两者可以同时工作。"
    ),
    # help
    "Queue a message for people, a department, or all.": "为成员、部门或全员排队一条消息。",
    "Look after the messages: list, retry, cancel.": "管理消息：列出、重试、取消。",
    "Queue a message; the daemon, or syncd outbox drain, delivers it.": (
        "排队一条消息；由守护进程或 syncd outbox drain 发送。"
    ),
    "What cannot be sent is refused here. An application queues its messages by an INSERT of its own.": (
        "无法发送的内容在此即被拒绝。应用程序用自己的 INSERT 语句排队消息。"
    ),
    "user:ID, userid:USERID, department:ID, tag:ID or all; may be repeated.": (
        "user:ID、userid:USERID、department:ID、tag:ID 或 all；可重复给出。"
    ),
    "A text message.": "文本消息。",
    "A markdown message.": "markdown 消息。",
    "Any other type of WeCom's, with --content.": "企业微信的其他消息类型，与 --content 一起使用。",
    "Its content; @FILE reads a file.": "消息内容；@FILE 表示读取文件。",
    "The source whose app sends it.": "由哪个来源的应用发送。",
    "Refuse a second message with this key.": "拒绝具有相同键的第二条消息。",
    "The larger, the sooner.": "数值越大越先发送。",
    "Not earlier: 2h, 06:30, 2026-11-22T06:30.": "不早于：2h、06:30、2026-11-22T06:30。",
    "Not later: 2h, 06:30, 2026-11-22T06:30.": "不晚于：2h、06:30、2026-11-22T06:30。",
    "Who sends it; else the login name.": "发送人；默认为登录名。",
    "Look after the messages that applications have queued.": "管理应用程序排队的消息。",
    "List messages, the newest first.": "列出消息，最新的在前。",
    "Only these.": "仅这些状态。",
    "Queued longer ago than this: 10m, 3d.": "入队时间早于此：10m、3d。",
    "Given up, or waiting, for this reason.": "因此原因放弃或等待。",
    "With this in an error's text, or WeCom's code.": "错误文字包含此内容，或企业微信错误码。",
    "For this person: a userid or an id.": "发给此成员：账号或 ID。",
    "Show message ID: what was queued, who gets it, each call to WeCom, and why not.": (
        "显示消息 ID：排队内容、接收人、每次调用，以及未送达的原因。"
    ),
    "Every recipient, not the first 20 only.": "列出每名接收人，而不只是前 20 名。",
    "Send what is dead of message ID again, from the first attempt on.": (
        "重新发送消息 ID 中的死信，从第一次尝试开始。"
    ),
    "People who were not found, not linked or inactive are looked for again. What may have arrived (outcome_unknown) stays dead unless --may-arrive-twice says that it does not matter.": (
        "未找到、未关联或停用的成员会重新查找。可能已送达的投递（outcome_unknown）保持为死信，"
        "除非用 --may-arrive-twice 表明重复无妨。"
    ),
    "Also where nobody knows whether it has arrived.": "也包括不知道是否已送达的投递。",
    "End what waits of message ID, and take back what was delivered within 24 hours.": (
        "结束消息 ID 中等待的投递，并撤回 24 小时内已送达的内容。"
    ),
    "WeCom takes back what one call has brought. Where that call brought another message too, it is left, and said.": (
        "企业微信按调用撤回。若同一调用也发送了其他消息，则保留并说明。"
    ),
    "Let message ID go that waits because it is for so many (outbox.confirm_above).": (
        "放行因人数过多（outbox.confirm_above）而等待的消息 ID。"
    ),
    "Change the template card of message ID before those who got it.": (
        "更新消息 ID 的模板卡片（已收到的成员可见）。"
    ),
    "What stands on the button from now on.": "按钮此后显示的文字。",
    "The card that replaces it; @FILE reads a file.": "替换用的卡片；@FILE 表示读取文件。",
    "Show how the outbox stands: depth, age, rates, what is dead, which channels are stopped.": (
        "显示消息队列状况：数量、等待时间、速率、死信、停止的通道。"
    ),
}
