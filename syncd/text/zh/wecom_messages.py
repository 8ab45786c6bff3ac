"""Messages and files that are not sent, because WeCom would refuse or cut them."""

SENTENCES = {
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
