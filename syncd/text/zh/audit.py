"""What `audit` and its sub-commands say, and what is wrong with a log."""

SENTENCES = {
    "The newest {number} changes; --limit N shows more.": "最近 {number} 项变更；--limit N 可显示更多。",
    "No change is like that.": "没有符合条件的变更。",
    "--since {given!r} is no time: write 2026-11-21, 2026-11-21T08:30Z, 2h or 3d.": (
        "--since 的值“{given}”不是时间：请写成 2026-11-21、2026-11-21T08:30Z、2h 或 3d。"
    ),
    "{link} by {method}": "{link}，依据：{method}",
    "ok: nothing has been written to the log yet": "正常：日志中尚无内容",
    "ok: {lines} in {files}, the chain is unbroken to line {seq:,}": (
        "正常：{files}共 {lines}，校验链完整，直到第 {seq:,} 行"
    ),
    "A new chain begins with line {seq} of {file}.": "新的校验链从 {file} 的第 {seq} 行开始。",
    "The first {shown} of {all} differences; --limit N shows more.": (
        "显示 {all} 处差异中的前 {shown} 处；--limit N 可显示更多。"
    ),
    "ok: {lines} in {files} yield the directory as it is: {rows}": (
        "正常：由 {files}的 {lines}重建的目录与现有目录一致：{rows}"
    ),
    "{row}: the log has made it, and the store does not have it": "{row}：日志中有，数据库中没有",
    "{row}: the store has it, and the log has not made it": "{row}：数据库中有，日志中没有",
    "{row}: {column} is {told} in the log and {stored} in the store": (
        "{row}：{column} 在日志中为 {told}，在数据库中为 {stored}"
    ),
    "{departments:,} departments, {users:,} users, {memberships:,} memberships, {links:,} links": (
        "{departments:,} 个部门、{users:,} 名成员、{memberships:,} 条部门归属、{links:,} 条关联"
    ),
    # what is wrong with a log
    "Line {seq} was changed: its hash is not its own.": "第 {seq} 行被改动：其哈希值不符。",
    "Line {seq} does not follow from the one before it.": "第 {seq} 行与前一行不衔接。",
    "Line {seq} is not in its place.": "第 {seq} 行不在应有的位置。",
    "Line {seq} is there a second time.": "第 {seq} 行重复出现。",
    "The store has never written a line.": "数据库从未写过日志。",
    "The log belongs to chain {chain}, the store's is {known}.": (
        "日志属于校验链 {chain}，而数据库的校验链是 {known}。"
    ),
    "The chain does not begin where the store began it.": "校验链的起点与数据库记录的不一致。",
    "The log goes on to {seq}, the store knows of {last_seq}: was it restored?": (
        "日志写到第 {seq} 行，而数据库只知道 {last_seq}：数据库是否被恢复过？"
    ),
    "The log goes on to {seq}, the store knows of {last}: was it restored?": (
        "日志写到第 {seq} 行，而数据库只知道 {last}：数据库是否被恢复过？"
    ),
    "What the store wrote after line {seq} does not follow from it.": (
        "数据库在第 {seq} 行之后写入的内容与之不衔接。"
    ),
    "The log ends with line {seq}, the store wrote up to {last_seq}.": (
        "日志止于第 {seq} 行，而数据库已写到 {last_seq}。"
    ),
    "The log ends with line {seq}, the store wrote up to {last}.": (
        "日志止于第 {seq} 行，而数据库已写到 {last}。"
    ),
    "The last line is not the one that the store wrote.": "最后一行不是数据库写入的那一行。",
    "Lines {first} to {last} are missing before this one.": "在此之前缺少第 {first} 至 {last} 行。",
    "Lines {first} to {last} are missing before this one; the directory cannot be rebuilt without them. Put the rotated files that have them beside the log.": (
        "在此之前缺少第 {first} 至 {last} 行，无法重建目录。请将包含这些行的轮转文件放到日志旁边。"
    ),
    "The last line is not whole; the next run cuts it off.": "最后一行不完整；下次运行时会将其截去。",
    "The file cannot be read to its end: {error}.": "无法读完该文件：{error}。",
    "The file cannot be read to its end: {reason}.": "无法读完该文件：{reason}。",
    "This is no line of an audit log.": "这不是审计日志中的行。",
    "Line {seq} is not what was written, or not in its place; syncd audit verify says more.": (
        "第 {seq} 行不是当初写入的内容，或不在应有的位置；详见 syncd audit verify。"
    ),
    "The chain that begins with line {seq} goes on from a store whose past is not in this log; what it held then cannot be rebuilt.": (
        "从第 {seq} 行开始的校验链承接的数据库内容不在此日志中，无法重建当时的内容。"
    ),
    'Line {seq} has pseudonyms in the place of values ([audit] personal_data = "hash"); such a log cannot be replayed.': (
        '第 {seq} 行中的值已替换为化名（[audit] personal_data = "hash"），此类日志无法重放。'
    ),
    # what keeps the log from being written
    "The last line of {path} is not one of an audit log.": "{path} 的最后一行不是审计日志的内容。",
    "Look at it with syncd audit verify; then move the file away, or set another [audit] file.": (
        "请用 syncd audit verify 查看；然后移走该文件，或将 [audit] file 设为其他文件。"
    ),
    "{path} is the log of another store: line {seq} in it is not the one that this store wrote.": (
        "{path} 是另一个数据库的日志：其中第 {seq} 行不是此数据库写入的。"
    ),
    "A block of audit lines in the store is damaged.": "数据库中有一段审计日志已损坏。",
    "Restore the database from a backup, then run syncd audit restart.": (
        "请从备份恢复数据库，然后执行 syncd audit restart。"
    ),
    "Set [audit] file to a file of its own, or run syncd audit restart --why REASON after a restore.": (
        "请将 [audit] file 设为单独的文件；如果恢复过数据库，请执行 syncd audit restart --why REASON。"
    ),
    "{path} has lines up to {seq}, and the store knows only of {last_seq}: it was restored, or the file is another store's.": (
        "{path} 写到第 {seq} 行，而数据库只知道 {last_seq}：数据库被恢复过，或该文件属于另一个数据库。"
    ),
    "After a restore run: syncd audit restart --why REASON": (
        "恢复数据库后请执行：syncd audit restart --why REASON"
    ),
    "The audit log {path} cannot be written: {reason}.": "无法写入审计日志 {path}：{reason}。",
    "Check folder, owner, mode and room on the disk, or set [audit] file.": (
        "请检查文件夹、所有者、权限和磁盘空间，或设置 [audit] file。"
    ),
    "The last line of a rotated file is not whole.": "轮转文件的最后一行不完整。",
    # several copies
    "Audit log of {host}: {number:,} entry not yet in {file}, since {since}": (
        "{host} 的审计日志：自 {since} 起有 {number:,} 条尚未写入 {file}"
    ),
    "Audit log of {host}: {number:,} entries not yet in {file}, since {since}": (
        "{host} 的审计日志：自 {since} 起有 {number:,} 条尚未写入 {file}"
    ),
    "  If that host is gone for good: syncd audit forget {host} --why TEXT": (
        "  如果该主机不再使用，请执行：syncd audit forget {host} --why TEXT"
    ),
    "No audit log of {host} is registered.": "没有登记 {host} 的审计日志。",
    "Registered: {names}.": "已登记：{names}。",
    "{file} of {host} is forgotten: no line waits for it any more.": (
        "已取消登记 {host} 的 {file}：不再为其保留待写入的行。"
    ),
    "Somebody else has written to the audit log meanwhile.": "其间有其他进程写入了审计日志。",
    # options
    "Go on with what is changed from now on, until Ctrl-C.": "继续显示此后的变更，直到按 Ctrl-C。",
    "Let no line wait any longer for the log of HOST, which is gone for good.": (
        "不再为已停用的主机 HOST 的日志保留待写入的行。"
    ),
    "Every line stays in the database until each host's file has it. A host that comes back, or that is still there, is registered again by its next run, and its file goes on from there.": (
        "每一行都会保留在数据库中，直到每台主机的文件都已写入。主机恢复使用或仍在使用时，下次运行会重新登记，其文件从那时起继续。"
    ),
    "Only this file of HOST.": "仅 HOST 的此文件。",
}
