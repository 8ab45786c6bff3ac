"""What click says itself; `syncd.text.recall` recognises it."""

SENTENCES = {
    "Usage: ": "用法：",
    "Options": "选项",
    "Commands": "命令",
    "default": "默认",
    "required": "必填",
    "Show the version and exit.": "显示版本号并退出。",
    "Show this message and exit.": "显示本帮助并退出。",
    "Try '{command} {option}' for help.": "运行“{command} {option}”查看帮助。",
    "Error: {message}": "错误：{message}",
    "Got unexpected extra argument ({args})": "多余的参数（{args}）",
    "Got unexpected extra arguments ({args})": "多余的参数（{args}）",
    "Missing command.": "缺少子命令。",
    "it is empty": "内容为空",
    "Invalid value: {message}": "值无效：{message}",
    "Invalid value for {param_hint}: {message}": "{param_hint} 的值无效：{message}",
    "Missing argument {param_hint}.": "缺少参数 {param_hint}。",
    "Missing option {param_hint}.": "缺少选项 {param_hint}。",
    "Missing option {param_hint}. {message}": "缺少选项 {param_hint}。{message}",
    "No such option: {name}": "没有选项 {name}",
    "No such option {name!r}.": "没有选项 {name}。",
    "No such option {name!r}. Did you mean {possibility}?": "没有选项 {name}。是否想输入 {possibility}？",
    "No such option {name!r}. (Did you mean one of: {possibilities}?)": (
        "没有选项 {name}。是否想输入其中之一：{possibilities}？"
    ),
    "No such option: {name} Did you mean {possibility}?": "没有选项 {name}。是否想输入 {possibility}？",
    "No such option: {name} (Possible options: {possibilities})": (
        "没有选项 {name}。可用的选项：{possibilities}"
    ),
    "No such command {name!r}.": "没有命令 {name}。",
    "No such command {name!r}. Did you mean {possibility}?": (
        "没有命令 {name}。是否想输入 {possibility}？"
    ),
    "{value!r} is not {choice}.": "“{value}”不是 {choice}。",
    "{value!r} is not one of {choices}.": "“{value}”不在可选值 {choices} 之中。",
    "{value!r} is not a valid {number_type}.": "“{value}”不是有效的 {number_type}。",
    "{value!r} is not a valid integer.": "“{value}”不是有效的整数。",
    "{value!r} is not a valid integer range.": "“{value}”不是有效的整数。",
    "{value!r} is not a valid float.": "“{value}”不是有效的数字。",
    "{value!r} is not a valid float range.": "“{value}”不是有效的数字。",
    "{value} is not in the range {range}.": "{value} 不在范围 {range} 内。",
    "Option {name!r} does not take a value.": "选项 {name} 不带值。",
    "Option {name!r} requires an argument.": "选项 {name} 需要一个值。",
}
