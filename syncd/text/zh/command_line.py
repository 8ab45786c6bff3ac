"""What the command line says before any command is known, and the errors' frame."""

SENTENCES = {
    "There is no command {name!r}. Did you mean {near!r}?": "没有命令“{name}”。是否想输入“{near}”？",
    "There is no command {name!r}. See syncd --help.": "没有命令“{name}”，可用命令见 syncd --help。",
    "--full stands alone, or behind sync: syncd sync --full": (
        "--full 须单独使用，或写在 sync 之后：syncd sync --full"
    ),
    "Interrupted.": "已中断。",
    "syncd: {message}": "syncd：{message}",
    "  {hint}": "  {hint}",
    "{hint}\n": "{hint}\n",
    "This is a defect in syncd. Please report it with the lines above.": (
        "这是 syncd 的程序缺陷，请连同以上内容一并反馈。"
    ),
}
