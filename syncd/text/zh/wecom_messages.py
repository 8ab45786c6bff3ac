"""Messages and files that are not sent, because WeCom would refuse or cut them."""

SENTENCES = {
    # contents
    "`{type}` is no type of message; WeCom has {types}": (
        "没有 `{type}` 这种消息类型；企业微信支持 {types}"
    ),
    "the content cannot be sent as JSON: {reason}": "内容无法以 JSON 发送：{reason}",
    "it is {found:,} bytes as JSON, syncd sends {most:,}": (
        "其 JSON 为 {found:,} 字节，syncd 最多发送 {most:,} 字节"
    ),
    "It cannot be read ({kind}).": "无法读取（{kind}）。",
    "the name is no name": "该名称不能作为文件名",
    "{path} is {found:,} bytes, WeCom takes {most:,}": (
        "{path} 为 {found:,} 字节，企业微信上限为 {most:,} 字节"
    ),
    "{path} is {found:,} characters, WeCom takes {most:,}": (
        "{path} 为 {found:,} 个字符，企业微信上限为 {most:,} 个字符"
    ),
    "{path} is {found} characters, WeCom takes {least} or more": (
        "{path} 为 {found} 个字符，企业微信要求至少 {least} 个字符"
    ),
    "{path} lacks http:// or https://": "{path} 缺少 http:// 或 https://",
    "{path} must be {allowed}": "{path} 必须是{allowed}",
    "a text": "文本",
    "true or false": "true 或 false（布尔值）",
    "an object": "对象",
    "a list": "列表",
    "1 to 128 of the characters 0-9 a-z A-Z _ - @": (" 1 至 128 个字符，仅限 0-9 a-z A-Z _ - @"),
    "{path} must be a number from {least} to {most}": "{path} 必须是 {least} 至 {most} 的数字",
    "{path} needs {needed}": "{path} 需要 {needed}",
    "{path} needs {needed}, for its {key} is {value}": (
        "{path} 的 {key} 为 {value}，因此需要 {needed}"
    ),
    "{path} needs {needed}, for it has {key}": "{path} 含有 {key}，因此需要 {needed}",
    "{path} is missing": "缺少 {path}",
    "{path} holds {found:,}, WeCom takes {most}": "{path} 有 {found:,} 项，企业微信上限为 {most} 项",
    "{path} is there twice": "{path} 重复",
    "{path} is not for {type}": "{path} 不适用于 {type}",
    "{path} cannot be confidential; of files WeCom takes {endings} as such": (
        "{path} 不能作为保密消息发送；企业微信仅支持 {endings} 文件保密"
    ),
    "{path} and {media_id} stand for one file; give one of them": (
        "{path} 与 {media_id} 指同一个文件；请只填其中一个"
    ),
    # files
    "`{kind}` is no kind of file; WeCom has {kinds}": "没有 `{kind}` 这种文件类型；企业微信支持 {kinds}",
    "a file needs a name": "文件必须有名称",
    "{name} is {found} bytes, WeCom takes more than {least}": (
        "{name} 为 {found} 字节，企业微信要求大于 {least} 字节"
    ),
    "{name} is {found:,} bytes, WeCom takes {most:,} as {kind}": (
        "{name} 为 {found:,} 字节，企业微信的 {kind} 上限为 {most:,} 字节"
    ),
    "{name} has another ending than {endings}, which WeCom takes as {kind}": (
        "{name} 的扩展名不是企业微信 {kind} 支持的 {endings}"
    ),
    "what is in {name} is none of {endings}, which WeCom takes as {kind}": (
        "{name} 的内容不是企业微信 {kind} 支持的 {endings}"
    ),
    "{name} lasts {found:g} seconds, WeCom takes {most}": (
        "{name} 时长 {found:g} 秒，企业微信上限为 {most} 秒"
    ),
    "media/upload: {faults}": "media/upload：{faults}",
    "Give another file.": "请更换文件。",
    "file {name}": "文件 {name}",
    "message {id}": "消息 {id}",
    "`{key}` is missing": "缺少 `{key}`",
}
