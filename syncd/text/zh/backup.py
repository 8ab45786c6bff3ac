"""A copy of the whole database in one file."""

SENTENCES = {
    "Copy the whole database to FILE, as it is at this moment; whoever writes goes on.": (
        "将整个数据库按此刻的状态复制到 FILE，不影响正在进行的写入。"
    ),
    "FILE must not exist; it is there when the copy is whole, and only this account may read it."
    " Of PostgreSQL and MariaDB it is what pg_dump and mariadb-dump make.": (
        "FILE 不能已存在；复制完整后才会出现，且只有本账号可读。"
        "对于 PostgreSQL 和 MariaDB，文件由 pg_dump、mariadb-dump 生成。"
    ),
    "{file}: {size:,} bytes, schema {revision}.": "{file}：{size:,} 字节，数据库结构版本 {revision}。",
    "{file} exists already.": "{file} 已存在。",
    "A backup takes no other file's place: name a new one.": (
        "备份不会覆盖已有文件，请指定新的文件名。"
    ),
    "{file} cannot be written: {reason}.": "无法写入 {file}：{reason}。",
    "Check that the folder exists, its owner and mode, and the room on the disk.": (
        "请检查文件夹是否存在、其所有者和权限，以及磁盘剩余空间。"
    ),
    "The copy of {store} is damaged: {what}.": "{store} 的副本已损坏：{what}。",
    "syncd db check looks the store itself over.": "可用 syncd db check 检查数据库本身。",
    "{file} holds no table of syncd.": "{file} 中没有 syncd 的表。",
    "Check [store] url.": "请检查 [store] url。",
    "{program} broke off.": "{program} 中断了。",
    "Look at the server's log.": "请查看数据库服务器的日志。",
    "{program} is not installed here.": "本机未安装 {program}。",
    "Install the database's client programs, or run on its server: {command}": (
        "请安装数据库的客户端程序，或在数据库服务器上运行：{command}"
    ),
    "{program} failed: {reason}": "{program} 失败：{reason}",
    "Nothing was left behind; its version must not be older than the server's.": (
        "未留下任何文件；该程序的版本不能低于服务器的版本。"
    ),
}
