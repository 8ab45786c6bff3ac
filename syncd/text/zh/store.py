"""What the store refuses, and what is wrong with a database."""

SENTENCES = {
    # db
    "{store} has schema {schema} already.": "{store} 的结构版本已是 {schema}。",
    "{store}: from schema {before} to {after}.": "{store}：结构版本从 {before} 升级到 {after}。",
    "{revision} ({age}; this syncd has {head})": "{revision}（{age}；此 syncd 的版本为 {head}）",
    "ok: schema {revision}, every page whole, every reference in place": (
        "正常：结构版本 {revision}，数据页完整，引用无误"
    ),
    "The table {name} is missing.": "缺少表 {name}。",
    "The column {table}.{name} is missing.": "缺少列 {table}.{name}。",
    "{name} of the table {table} is missing.": "表 {table} 缺少 {name}。",
    "The column {table}.{column} was altered ({step}).": "列 {table}.{column} 被改动（{step}）。",
    "There are no tables of syncd yet: syncd db upgrade makes them.": (
        "尚无 syncd 的表：执行 syncd db upgrade 可建立。"
    ),
    "The schema is older than this syncd: make a backup and run syncd db upgrade.": (
        "数据库结构比此 syncd 旧：请备份后执行 syncd db upgrade。"
    ),
    "The schema was made by a newer syncd: install that version again.": (
        "数据库结构由更新版本的 syncd 建立：请重新安装该版本。"
    ),
    "There are tables with syncd's names that syncd did not make.": (
        "存在与 syncd 同名但并非 syncd 建立的表。"
    ),
    "{row} names a row of {parent} that is not there.": "{row} 引用了 {parent} 中不存在的行。",
    "row {row_id} of {table}": "{table} 的第 {row_id} 行",
    "a row of {table}": "{table} 的一行",
    # schema
    "The store {name} has no tables of syncd yet.": "数据库 {name} 中尚无 syncd 的表。",
    "Run: syncd db upgrade": "请执行：syncd db upgrade",
    "The store {name} has schema {revision}, and this syncd needs {head}.": (
        "数据库 {name} 的结构版本为 {revision}，而此 syncd 需要 {head}。"
    ),
    "Make a backup and run: syncd db upgrade": "请先备份，然后执行：syncd db upgrade",
    "The store {name} was written by a newer syncd: it has schema {revision}, this one knows {head}.": (
        "数据库 {name} 由更新版本的 syncd 写入：其结构版本为 {revision}，此版本只认识 {head}。"
    ),
    "Install that newer syncd again, or restore the backup from before the upgrade.": (
        "请重新安装该较新的 syncd，或恢复升级前的备份。"
    ),
    "The store {name} has tables with syncd's names that syncd did not make.": (
        "数据库 {name} 中有与 syncd 同名但并非 syncd 建立的表。"
    ),
    "Check [store] url; give syncd a database of its own, or rename those tables.": (
        "请检查 [store] url；为 syncd 使用单独的数据库，或重命名这些表。"
    ),
    # writing
    "Run {run_id} is writing: process {pid} on {host}, since {since:%Y-%m-%d %H:%M:%S} UTC.": (
        "第 {run_id} 次运行正在写入：{host} 上的进程 {pid}，始于 {since:%Y-%m-%d %H:%M:%S} UTC。"
    ),
    "Wait until it has ended; syncd status shows it.": "请等待其结束；可用 syncd status 查看。",
    "The lease was lost: this run stood still for so long that another one took over.": (
        "写入租约已失效：此次运行停顿过久，已由另一次运行接管。"
    ),
    "Nothing was written. Run syncd sync again.": "未写入任何内容。请重新执行 syncd sync。",
    "The store has moved since the plan was made.": "生成计划之后数据库已有变化。",
    "Nothing was written; the plan has to be made again.": "未写入任何内容；需要重新生成计划。",
    "The plan names a {what} {ref} that the store does not hold.": (
        "计划中的{what} {ref} 不在数据库中。"
    ),
    "Nothing was written. Run syncd sync again; if it stays, report it as a defect.": (
        "未写入任何内容。请重新执行 syncd sync；如持续如此，请作为程序缺陷反馈。"
    ),
    # servers
    "The driver for {database} is not installed.": "未安装 {database} 的驱动程序。",
    "Install it: pip install 'syncd[{extra}]'": "请安装：pip install 'syncd[{extra}]'",
    "The store {name} refused a statement: {error}": "数据库 {name} 拒绝了一条语句：{error}",
    "Nothing was written. If another program writes to syncd's tables, stop it.": (
        "未写入任何内容。如有其他程序在写 syncd 的表，请停止它。"
    ),
    "[store] url is not a database URL.": "[store] url 不是数据库地址。",
    'Write for example "sqlite:////var/lib/syncd/syncd.db".': (
        '请写成 "sqlite:////var/lib/syncd/syncd.db" 等形式。'
    ),
    "[store] url names {database}, which syncd does not use.": (
        "[store] url 指定了 {database}，syncd 不支持。"
    ),
    "Use SQLite, PostgreSQL, MariaDB or MySQL.": "请使用 SQLite、PostgreSQL、MariaDB 或 MySQL。",
    "The store {name} cannot be made: {reason}.": "无法建立数据库 {name}：{reason}。",
    "Check that the folder exists and that this account may write to it.": (
        "请检查文件夹是否存在，以及当前账户能否写入。"
    ),
    "The store {name} cannot be looked at: {reason}.": "无法查看数据库 {name}：{reason}。",
    "Check owner and mode of the file, and of the folders that lead to it.": (
        "请检查该文件及其上级文件夹的所有者和权限。"
    ),
    "This account may not read {file}, which belongs to the store.": (
        "当前账户无权读取属于数据库的 {file}。"
    ),
    (
        "Let it read the database, the two files beside it (-wal, -shm) and their folder: syncd makes "
        "them readable for their group."
    ): (
        "请允许该账户读取数据库、旁边的两个文件（-wal、-shm）及其文件夹：syncd 创建这些文件时允许所属组读取。"
    ),
    (
        "The store {name} was left by a process that died: the last of it stands in {log}, and this "
        "account may not put the two together."
    ): "数据库 {name} 由异常终止的进程留下：最后的内容在 {log} 中，当前账户无权将二者合并。",
    (
        "Run syncd status once with an account that may write to the folder; it changes nothing else."
    ): "请用可写入该文件夹的账户运行一次 syncd status；除此之外不会有任何更改。",
    "The store {name} was opened by a writer while it was read.": (
        "读取数据库 {name} 期间，有程序为写入打开了它。"
    ),
    "Try again: what was read may be half of the old and half of the new.": (
        "请重试：读到的内容可能新旧各半。"
    ),
    "Another process is altering the schema.": "另一个进程正在修改数据库结构。",
    "Wait until it has ended, then try again.": "请等待其结束后重试。",
    "The database {name} keeps its texts as {encoding}.": "数据库 {name} 的文本编码为 {encoding}。",
    "Make one with ENCODING 'UTF8': Chinese names have no place in another.": (
        "请用 ENCODING 'UTF8' 建立数据库：其他编码无法保存中文姓名。"
    ),
    # the directory's own identity
    "The store holds the source {name!r}, which is not configured.": (
        "数据库中有来源“{name}”，但未配置。"
    ),
    "The source {name!r} was {stored}, and is {now} now.": "来源“{name}”原为 {stored}，现为 {now}。",
}
