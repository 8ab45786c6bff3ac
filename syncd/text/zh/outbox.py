"""Messages: what an application wrote that cannot be sent, and files that go with them."""

SENTENCES = {
    "The recipient is empty.": "接收人为空。",
    "{recipient} is no recipient.": "{recipient} 不是有效的接收人。",
    "Write user:ID, userid:USERID, department:ID, tag:ID or all, several joined by `|`.": (
        "请写成 user:ID、userid:USERID、department:ID、tag:ID 或 all，多个接收人用 `|` 连接。"
    ),
    "not_before or expires_at is no moment.": "not_before 或 expires_at 不是时间。",
    "The priority is no whole number.": "优先级（priority）不是整数。",
    "content is not JSON.": "content 不是 JSON。",
    "Several sources might send it, or none: name one in the column source.": (
        "可用于发送的来源有多个或没有：请在 source 列中指明一个。"
    ),
    "No enabled source named {source} sends messages.": "没有名为 {source} 的已启用来源可以发送消息。",
    "An unexpected error: {error}.": "意外错误：{error}。",
    "The file {path} lies in no folder that may be sent from.": "文件 {path} 不在允许发送的文件夹中。",
    "outbox.media_folders names these folders.": "这些文件夹由 outbox.media_folders 指定。",
    "{path} is no file.": "{path} 不是文件。",
    "The file {path} cannot be read: {reason}.": "无法读取文件 {path}：{reason}。",
    "Put it there, readable for syncd's account, and run syncd outbox retry.": (
        "请把文件放到该处并让 syncd 的账户可读，然后执行 syncd outbox retry。"
    ),
}
