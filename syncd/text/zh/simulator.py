"""The simulator: its company file, and what keeps it from starting."""

SENTENCES = {
    "A company has at least one person and one department.": "企业至少要有一名成员和一个部门。",
    "Its message stands on standard error.": "原因见标准错误输出。",
    "See docs/simulator.md.": "请参阅 docs/simulator.zh.md。",
    "The company file is not usable: {error}": "企业文件无法使用：{error}",
    "The company file {path} cannot be read: {error}": "无法读取企业文件 {path}：{error}",
    "The simulator did not start.": "模拟器未能启动。",
    "What was called: {url}": "调用记录：{url}",
    "Who has received which message: {url}": "每个人收到的消息：{url}",
    "There is no shape {shape!r}.": "没有名为“{shape}”的企业形式。",
    "This is no company file of format {format}.": "这不是格式 {format} 的企业文件。",
    "Use demo or sized.": "请使用 demo 或 sized。",
}
