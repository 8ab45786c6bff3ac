"""People under a new id, and a new authority."""

SENTENCES = {
    "the same person under a new id: nobody else has the common field's value, and the name is the same": (
        "同一成员更换了账号：匹配字段的值仅此一人使用，且姓名一致"
    ),
    "the source has told that the id was changed": "来源已通知该成员的账号已修改",
    "the same person in the new authority": "新的权威来源中的同一成员",
    "the new authority does not have this person": "新的权威来源中没有该成员",
    "several have the same value of the common field: nobody can say who is who in the new authority": (
        "匹配字段的值有多人使用，无法判断其在新的权威来源中是谁"
    ),
    "departments are those of the new authority": "部门以新的权威来源为准",
    (
        "the people were those of {source}: {count} of {population} are taken over, "
        "the others and its departments become inactive"
    ): (
        "成员原属来源“{source}”：共 {population} 人，其中 {count} 人由新的权威来源接管，"
        "其余成员及原有部门将被停用"
    ),
}
