"""What databases and their addresses can be wrong with."""

SENTENCES = {
    # addresses
    '"{url}" is no address of a database: write "sqlite:////path/of/syncd.db", "postgresql+psycopg://user@host/database" or "mysql+pymysql://user@host/database"': (
        "“{url}”不是数据库地址：请写成 "
        '"sqlite:////path/of/syncd.db"、"postgresql+psycopg://用户@主机/数据库" 或 '
        '"mysql+pymysql://用户@主机/数据库"'
    ),
    "the port is no number": "端口不是数字",
    "names no database: write it behind the host, as in …://user@host/database": (
        "未指定数据库：请写在主机之后，如 …://用户@主机/数据库"
    ),
    "names no user, and store.password is somebody's: write user@host": (
        "未指定用户，而 store.password 需要对应用户：请写成 用户@主机"
    ),
    # locks
    "The store {name} is locked by another process.": "数据库 {name} 被另一个进程锁定。",
    "The store {name} is locked.": "数据库 {name} 已被锁定。",
    "Wait for it; if it stays so, find the session that leaves a transaction open.": (
        "请等待；如持续如此，请找出未结束事务的会话。"
    ),
    "Wait for it, or find out who holds the file open (fuser FILE).": (
        "请等待，或查明是谁打开了该文件（fuser 文件）。"
    ),
    "Try again in a moment.": "请稍后重试。",
    "The server of the store {name} asked for a file of this host, and did not get it.": (
        "数据库 {name} 的服务器索要本机的文件，已被拒绝。"
    ),
    "No honest server does: find out what answers at [store] url, and change the password.": (
        "正常的服务器不会这样做：请查明在 [store] url 所指地址应答的是什么，并更换密码。"
    ),
    "The store {name} was locked crosswise with another program's transaction.": (
        "数据库 {name} 与另一程序的事务发生了死锁。"
    ),
    "Nothing was written; try again. Applications should keep their transactions short.": (
        "未写入任何内容，请重试。应用程序的事务应尽量简短。"
    ),
    # connections
    "The connection to the store {name} was lost.": "与数据库 {name} 的连接已断开。",
    "Nothing was half-written. See whether the server runs and can be reached, then try again.": (
        "没有只写入一半的内容。请确认服务器正在运行且可以访问，然后重试。"
    ),
    "The store {name} cannot be reached.": "无法访问数据库 {name}。",
    "See whether the server runs, and whether host and port in [store] url are right.": (
        "请确认服务器正在运行，且 [store] url 中的主机和端口正确。"
    ),
    "The store {name} has no connection left for us.": "数据库 {name} 已没有可用的连接。",
    "Raise the server's limit of connections, or end what holds them.": (
        "请提高服务器的连接数上限，或结束占用连接的程序。"
    ),
    # rights
    "The store {name} does not let this account in.": "数据库 {name} 拒绝当前账户登录。",
    "Check user and password in [store], and what the server allows the account.": (
        "请检查 [store] 中的用户和密码，以及服务器授予该账户的权限。"
    ),
    "The store {name} is not there: the server has no such database.": (
        "数据库 {name} 不存在：服务器上没有这个数据库。"
    ),
    "Make it first, with UTF-8 as its encoding, or correct [store] url.": (
        "请先以 UTF-8 编码建立该数据库，或更正 [store] url。"
    ),
    "The store {name} does not allow this account what syncd has to do.": (
        "数据库 {name} 不允许当前账户执行 syncd 所需的操作。"
    ),
    "Grant syncd's account what docs/database.md lists under least privilege.": (
        "请按 docs/database.md 的最小权限一节授予 syncd 账户权限。"
    ),
    "The store {name} is read-only for this account.": "数据库 {name} 对当前账户是只读的。",
    "Connect to the server that may be written, not to a replica, and look at the account's settings.": (
        "请连接可写的服务器而不是副本，并检查该账户的设置。"
    ),
    "Check owner and mode of the file and of its folder.": "请检查该文件及其文件夹的属主和权限。",
    "The store {name} refuses access.": "数据库 {name} 拒绝访问。",
    "Check owner and mode of the file.": "请检查该文件的属主和权限。",
    # room
    "The store {name} cannot grow: the disk is full.": "数据库 {name} 无法增长：磁盘已满。",
    "Make room where the database lies; nothing was half-written.": (
        "请为数据库所在位置腾出空间；没有只写入一半的内容。"
    ),
    "The store {name} refuses a statement of this size.": "数据库 {name} 拒绝这么长的语句。",
    "Set max_allowed_packet of the server to 64M; nothing was written.": (
        "请将服务器的 max_allowed_packet 设为 64M；未写入任何内容。"
    ),
    # files
    "The store {name} cannot be opened.": "无法打开数据库 {name}。",
    "The store {name} is damaged.": "数据库 {name} 已损坏。",
    "Restore it from a backup; sqlite3 FILE 'PRAGMA integrity_check' tells how far it goes.": (
        "请用备份恢复；sqlite3 文件 'PRAGMA integrity_check' 可显示损坏范围。"
    ),
    "The store {name} is not an SQLite database.": "{name} 不是 SQLite 数据库。",
    "Check [store] url: it names a file of another kind.": (
        "请检查 [store] url：它指向的是其他类型的文件。"
    ),
    "The store {name} could not be read or written: the disk reported an error.": (
        "无法读写数据库 {name}：磁盘报告错误。"
    ),
    "Look at the system's log for the disk's errors.": "请查看系统日志中的磁盘错误。",
}
