"""What stands between the parts of a list, and sentences that are little else."""

SENTENCES = {
    ", ": "、",
    "; ": "；",
    " or ": " 或 ",
    " and ": "和",
    "{number} {action}": "{action} {number}",
    "{entity}: {actions}": "{entity}：{actions}",
    "{key}: {value}": "{key}：{value}",
    "{kind}: {means}": "{kind}：{means}",
    "{code}: {message}": "{code}：{message}",
    "{code}: {where}{message}": "{code}：{where}{message}",
    "{message}.": "{message}。",
    "{message}. {hint}": "{message}。{hint}",
    "{message}. {hint}.": "{message}。{hint}。",
    "{call}: {flaw} ({host})": "{call}：{flaw}（{host}）",
    "  {path}: {problem}": "  {path}：{problem}",
    "  {what}: {able}": "  {what}：{able}",
    "    {what}: {able}": "    {what}：{able}",
}
