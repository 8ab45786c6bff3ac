"""People under a new id, and a new authority."""

SENTENCES = {
    "the same person under a new id: nobody else has the common field's value, and the name is the same": (
        "同一成员更换了账号：公共字段的值仅此一人使用，且姓名一致"
    ),
    "the source has told that the id was changed": "来源已通知该成员的账号已修改",
    "the same person in the new authority": "新的权威来源中的同一成员",
    "the new authority does not have this person": "新的权威来源中没有该成员",
    "several have the same value of the common field: nobody can say who is who in the new authority": (
        "公共字段的值有多人使用，无法判断其在新的权威来源中是谁"
    ),
    "departments are those of the new authority": "部门以新的权威来源为准",
    (
        "the people were those of {source}: {count} of {population} are taken over, "
        "the others and its departments become inactive"
    ): (
        "成员原属来源“{source}”：共 {population} 人，其中 {count} 人由新的权威来源接管，"
        "其余成员及原有部门将被停用"
    ),
    (
        "The people in the store are those of {before}; reading them from {name!r} would make "
        "everybody a second time."
    ): "数据库中的成员来自 {before}；改为从“{name}”读取会使每个人重复创建一次。",
    (
        "Set reconcile.common_field to the field that says who is who in both: syncd sync then "
        "holds a plan that takes people over. Or enable {before} instead."
    ): (
        "请将 reconcile.common_field 设为能在两个来源间辨认同一成员的字段：syncd sync 会生成接管成员的计划"
        "并等待批准；或者重新启用 {before}。"
    ),
    (
        "{name!r} has not taken over the people of {before} yet, so none of them can be read alone."
    ): "“{name}”尚未接管 {before} 的成员，因此不能单独读取其中某一人。",
    "Run syncd sync, look at the plan that it holds, then syncd approve it.": (
        "请先运行 syncd sync，查看被暂停的计划，再用 syncd approve 批准。"
    ),
    (
        "Correct the settings of [sources.{name}]. If it is to be another directory from now on, "
        "give that one a name of its own, and set enabled = false in [sources.{name}] or run syncd "
        "sources retire {name}: the new one then takes the people over by reconcile.common_field. "
        "syncd sources rename gives the same directory another name."
    ): (
        "请更正 [sources.{name}] 的设置。如果今后确实改用另一个目录，请为新目录另起名称，并在 [sources.{name}] 中"
        "设置 enabled = false，或运行 syncd sources retire {name}：新目录随后会按 reconcile.common_field 接管成员。"
        "若只是同一目录改名，请用 syncd sources rename。"
    ),
    (
        "Configure [sources.{name}] again (enabled = false will do), or say what became of it: "
        "syncd sources rename {name} NEW, or syncd sources retire {name}."
    ): (
        "请重新配置 [sources.{name}]（enabled = false 即可），或说明它的去向：syncd sources rename {name} 新名称，"
        "或 syncd sources retire {name}。"
    ),
    "a person has said that its record is somebody else's now": ("管理员已确认其记录现属于另一人"),
    "a person has said that it is the same one": "管理员已确认为同一成员",
    "a person has said that it is somebody new": "管理员已确认为新成员",
    # link
    "It is somebody new.": "这是新成员。",
    "{record!r} is no record.": "“{record}”不是一条记录。",
    "Write SOURCE:ID as syncd conflicts does, for instance wecom:zhangsan.": (
        "请像 syncd conflicts 那样写成 SOURCE:ID，例如 wecom:zhangsan。"
    ),
    "Too little is known of {record} to make a user of it.": (
        "对 {record} 所知太少，无法创建成员。"
    ),
    "syncd explain {id} says what.": "syncd explain {id} 会说明原因。",
    (
        "The doubt about {record} is whether it is {name}, user {user}, who had that id before, and "
        "no other user."
    ): "{record} 的疑问在于它是否就是此前使用该 ID 的 {name}（成员 {user}），与其他成员无关。",
    "{name!r} names user {user}, whose record is somebody else's now.": (
        "“{name}”指成员 {user}，其记录现属于另一人。"
    ),
    "No source can be asked for this user; syncd explain user:{user} says since when.": (
        "任何来源都无法再查询该成员；syncd explain user:{user} 会说明从何时起。"
    ),
    "Nobody doubts who {record} is.": "{record} 的身份没有疑问。",
    "syncd conflicts lists what waits for a person: identity_doubtful, with the record before.": (
        "syncd conflicts 会列出等待处理的冲突：identity_doubtful，其中注明原来的记录。"
    ),
    "{former} is the record of another source, and protected.": (
        "{former} 是另一来源的记录，且受保护。"
    ),
    (
        "Take the userid out of guard.protected, run syncd sync, approve what it holds, and protect "
        "the user again."
    ): (
        "请将该账号从 guard.protected 中移除，运行 syncd sync 并批准被拦截的计划，然后重新加入保护。"
    ),
    "The doubt about {record} is whether it is {former}, and no other user.": (
        "对 {record} 的疑问是它是否为 {former}，而不是其他成员。"
    ),
    "syncd link --new {record} makes a user of its own.": (
        "syncd link --new {record} 会为其创建新成员。"
    ),
}
