"""Maintenance windows: `syncd pause`, `syncd resume`, and what they refuse."""

SENTENCES = {
    "The source {source!r} is not read: {pause}.": "来源“{source}”暂不读取：{pause}。",
    "{command} ends the pause.": "执行 {command} 即可结束暂停。",
    "paused since {since} by {actor}": "{actor} 自 {since} 起暂停",
    "paused since {since} by {actor}, until {until}": "{actor} 自 {since} 起暂停，至 {until} 结束",
    "{told} ({why})": "{told}（{why}）",
    "--until {words!r} is no time.": "--until 的值“{words}”不是时间。",
    "Write 2h, 06:30, 2026-11-22 or 2026-11-22T06:30.": (
        "请写成 2h、06:30、2026-11-22 或 2026-11-22T06:30。"
    ),
    "--until {words!r} has passed: it is {now}.": "--until 的时间“{words}”已过：现在是 {now}。",
    "Everything is {pause}.": "全部：{pause}。",
    "syncd resume ends that as a whole; syncd pause --source NAME or --outbox pauses a part again.": (
        "syncd resume 会整体结束暂停；之后可用 syncd pause --source NAME 或 --outbox 再暂停其中一部分。"
    ),
    "syncd resume ends it.": "执行 syncd resume 即可结束。",
    "Nothing was paused.": "当前没有暂停。",
    "{subject}: resumed.": "{subject}：已恢复。",
    "{subject}: {pause}": "{subject}：{pause}",
    "There is no source {name!r}.": "没有名为“{name}”的来源。",
    "syncd sources lists them.": "syncd sources 会列出全部来源。",
    "{problem} The next run writes the entry.": "{problem}下次运行时会补写该条目。",
    "The source {name}": "来源 {name}",
    "Everything": "全部",
    "The outbox": "消息队列",
    "Begin a maintenance window: nothing is read or sent.": "开始维护窗口：暂停读取和发送。",
    "End a maintenance window.": "结束维护窗口。",
    "Begin a maintenance window: nothing is read, written or sent until it ends.": (
        "开始维护窗口：结束之前不读取、不写入、不发送。"
    ),
    "Without --source and --outbox everything is paused. A run that is reading now will not apply what it has read.": (
        "不带 --source 和 --outbox 时暂停全部。正在读取的运行不会写入已读到的内容。"
    ),
    "End a maintenance window; without options, every one.": "结束维护窗口；不带选项时结束所有暂停。",
    "The daemon reads a source again at its next time; syncd sync reads it at once.": (
        "守护进程会在下一个时间点再次读取来源；syncd sync 则立即读取。"
    ),
    "Only the sending of messages.": "仅消息发送。",
    "Until then: 2h, 06:30, 2026-11-22T06:30.": "暂停到何时：2h、06:30、2026-11-22T06:30。",
}
