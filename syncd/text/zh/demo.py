"""The demonstration: `syncd demo`."""

SENTENCES = {
    "A company of 200 people, in a WeCom that runs on this machine only.": "一家 200 人的公司，运行在本机的模拟企业微信里。",
    "The simulated WeCom answers at {url}.\n   Configuration, database and audit log are in {folder}.": "模拟的企业微信地址：{url}。\n   配置、数据库和审计日志都在 {folder}。",
    "1. Everything is read and written into the database, once.": "1. 读取全部部门和成员，一次写入数据库。",
    "2. The departments as they have arrived, with how many people they have.": "2. 已到达的部门树和人数。",
    "3. A working day in the company:\n   欧阳小棠 is hired into {department}, {leaver} leaves, {mover} moves to {department},\n   {renamed} gets another name, and {unreadable} can no longer be read\n   (somebody has narrowed the permissions by mistake).": "3. 公司的一个工作日：\n   欧阳小棠入职{department}，{leaver} 离职，{mover} 调到{department}，\n   {renamed}改名，{unreadable}不再可读（有人误改了权限）。",
    "4. What a sync would do now, and why. Nothing is written.": "4. 现在同步会做什么、为什么。此步不写入任何内容。",
    "5. The sync does it. Nobody in the department that cannot be read is touched:\n   that a person cannot be seen is no proof that the person is gone.": "5. 执行同步。读不到的部门里的人不受影响：看不见不等于已离职。",
    "6. It is reported instead, until somebody decides or the permission is back.": "6. 这种情况会一直列在这里，直到权限恢复或有人作出决定。",
    "7. Every change is in the audit log, with before, after and cause; its lines are\n   chained, so that an edited or a missing one shows.": "7. 每一处变更都在审计日志中：变更前、变更后和原因；日志逐行链接，改动或缺失都会被发现。",
    "8. What an application reads, by plain SQL from {database}:": "8. 应用程序用普通 SQL 从 {database} 读到的内容：",
    "9. An application has a message for people: it inserts a row, and syncd delivers it.": "9. 应用程序有消息要发给成员：插入一行，由 syncd 发送。",
    "   What they have on their phones now; who has left gets nothing, and that is said:": "   他们手机上现在看到的内容；已离职的人不会收到，并会说明原因：",
    "That is all. {folder} is yours: look at syncd.toml, then try syncd with your own\n   WeCom (docs/wecom-setup.md).": "演示结束。{folder} 留给你：看看 syncd.toml，然后用自己的企业微信试试\n   （docs/wecom-setup.zh.md）。",
}
