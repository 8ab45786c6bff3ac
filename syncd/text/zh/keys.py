"""What `syncd keys` says."""

SENTENCES = {
    # help
    "Show how fit each field is as the common field, and recommend one.": (
        "查看每个字段作为公共字段是否合适，并给出建议。"
    ),
    "Show how fit each field is for linking people.": "查看每个字段是否适合用来关联成员。",
    (
        "The last records of every source are counted: who has a value, who shares one, what the "
        "sources have in common. Nothing is read from a source, and nothing is written."
    ): "统计每个来源最近一次的记录：谁有值、谁与别人同值、各来源之间有多少相同。不读取来源，也不写入。",
    # sources
    "{source}: has not been read yet": "{source}：尚未读取",
    "{source}: {people}, last read {age}": "{source}：{people}，上次读取于{age}",
    "{source}: {people}, last read {age}; its people are the users": (
        "{source}：{people}，上次读取于{age}；其成员即用户（权威来源）"
    ),
    "The common field is {field}.": "当前公共字段：{field}。",
    "No common field is configured (reconcile.common_field).": (
        "未配置公共字段（reconcile.common_field）。"
    ),
    # headings
    "field": "字段",
    "source": "来源",
    "with a value": "有值",
    "share": "占比",
    "different": "不同值",
    "shared by several": "与他人同值",
    "flawed": "格式有误",
    "shown": "来源提供",
    "same as written": "原样相同",
    "same": "规范化后相同",
    "conflicts": "冲突",
    "fit nobody": "无人对应",
    "other name": "姓名不同",
    "verdict": "结论",
    # states
    "yes, all empty": "是，全部为空",
    "no longer: last known values": "不再提供：最后已知的值",
    "no: nobody has it": "否：无人有值",
    "no: not in fields": "否：fields 未配置",
    # verdicts
    "recommended": "建议使用",
    "usable": "可用",
    "links fewer": "关联较少",
    "links the wrong ones": "易关联错人",
    "little in common": "很少相同",
    "no value": "无值",
    "never a key": "不可作公共字段",
    # flaws
    "cannot be used": "无法使用",
    "no number, a stand-in for none, or too long": "不是号码、占位符或过长",
    "a desk phone's number": "是座机号码",
    "no e-mail address": "不是邮箱地址",
    "as a spreadsheet has written it": "被电子表格改写过",
    # notes
    "{value} ({number:,} people)": "{value}（{number:,} 人）",
    "{field}, {source}: shared are {examples}": "{field}（{source}）：多人同值 {examples}",
    "{field}, {source}: {said}": "{field}（{source}）：{said}",
    "{said}, for instance {values}": "{said}，例如 {values}",
    "{field}, {source}: {number:,} more would fit but for leading zeros or the case of letters": (
        "{field}（{source}）：另有 {number:,} 个值仅前导零或大小写不同"
    ),
    # advice
    'Recommended: common_field = "{field}": {reason}.': (
        '建议：common_field = "{field}"：{reason}。'
    ),
    "Nothing is recommended. {reason}": "没有可建议的字段。{reason}",
    "{said} {field} links as many: keep it if it serves.": (
        "{said}当前的 {field} 关联的人数相当，如无问题可保留。"
    ),
    "{said} The first run with another common field is held for you to review.": (
        "{said}更换公共字段后的第一次运行会被拦截，等待你审核。"
    ),
    "Nothing has been read yet.": "尚未读取任何来源。",
    (
        "There is one source, so there is nobody to link. Its records show which field has one value "
        "for everybody; the other source decides whether the two agree."
    ): "只有一个来源，没有可关联的对象。其记录可以说明哪个字段人人有值且各不相同；两边是否一致，要看另一个来源。",
    "many people have the same name: a name is never a key": "重名很常见：姓名绝不作为公共字段",
    "no value in {sources}": "{sources} 中没有值",
    "an employee number is one person's for good": "工号始终属于同一个人",
    "a company phone may be handed on to somebody else": "公司手机号可能转给他人",
    "a userid may be given to somebody new": "账号（userid）可能分配给新人",
    "people choose an alias themselves": "别名由成员自行填写",
    "{differ:,} of {compared:,} links join people of different names": (
        "{compared:,} 个关联中有 {differ:,} 个两边姓名不同"
    ),
    "{values:,} of {people:,} people have a value, {number:,} shares it with somebody": (
        "{people:,} 人中 {values:,} 人有值，{number:,} 人与他人同值"
    ),
    "{values:,} of {people:,} people have a value, {number:,} share theirs with somebody": (
        "{people:,} 人中 {values:,} 人有值，{number:,} 人与他人同值"
    ),
    "{values:,} of {people:,} people have a value, nobody shares one": (
        "{people:,} 人中 {values:,} 人有值，各不相同"
    ),
    "links {links:,} of {reach:,}": "可关联 {links:,} 人，共 {reach:,} 人",
    "links {links:,} of {reach:,}: the values are not the same": (
        "可关联 {links:,} 人，共 {reach:,} 人：两边的值不同"
    ),
    "links {links:,} of {reach:,}; {near:,} more differ in leading zeros or the case of letters only": (
        "可关联 {links:,} 人，共 {reach:,} 人；另有 {near:,} 人仅前导零或大小写不同"
    ),
    "links {links:,}, another field {most:,}": "可关联 {links:,} 人，而另一个字段可关联 {most:,} 人",
    "it links {links:,} of the {reach:,} people whom both sides could have at most": (
        "两边最多可能相同的 {reach:,} 人中，可关联 {links:,} 人"
    ),
    "{number:,} record has a value that several people have": "{number:,} 条记录的值为多人共有",
    "{number:,} records have a value that several people have": "{number:,} 条记录的值为多人共有",
    "No field links enough people: the best one {most:,} of {reach:,}. See what keeps each one from it.": (
        "没有字段能关联足够多的人：最好的一个只有 {most:,} 人，共 {reach:,} 人。各字段的原因见上。"
    ),
    # what WeCom withholds
    (
        "WeCom withholds {fields} from {source}: an app made after 2022-06-20 does not get them, and "
        "no setting in the console changes that."
    ): "企业微信不向 {source} 提供 {fields}：2022-06-20 之后创建的应用读不到，管理后台也无法解除。",
    (
        "WeCom gives {source} nothing but ids, and withholds {fields}: the contacts secret is used from "
        "an address that was added after 2022-08-15."
    ): (
        "企业微信只向 {source} 提供 ID，不提供 {fields}：通讯录 Secret 的调用 IP 是 2022-08-15 之后新增的。"
    ),
    (
        "Add app_secret and agent_id of an app whose visible range is the whole company: it gets "
        "names and extended attributes such as 工号, and mobile and e-mail too if it was made before "
        "2022-06-20."
    ): (
        "再配置一个可见范围为全公司的应用（app_secret 和 agent_id）：可读到姓名和“工号”等扩展属性；"
        "如果应用创建于 2022-06-20 之前，还能读到手机和邮箱。"
    ),
    "Call WeCom through a proxy at an address that was entered under 通讯录同步 before 2022-08-15 (proxy).": (
        "通过一个在 2022-08-15 之前已填入“通讯录同步”的 IP 上的代理来调用（proxy）。"
    ),
    "Choose the userid, where the other directory has it.": (
        "如果另一个目录中也有账号（userid），可用它作公共字段。"
    ),
    (
        "Choose a field that every app gets: an extended attribute (成员资料) such as 工号, with "
        '[sources.{source}] fields = {{ employee_no = "extattr.工号" }}; or the userid, where the '
        "other directory has it."
    ): (
        "改用不受限制的字段：扩展属性（成员资料），例如“工号”，配置 [sources.{source}] fields = "
        '{{ employee_no = "extattr.工号" }}；或者在另一个目录中也有账号时使用 userid。'
    ),
    "Use the secret of an app that was made before 2022-06-20: it gets everything.": (
        "使用 2022-06-20 之前创建的应用的 Secret：可读到全部字段。"
    ),
    (
        "Use the contacts secret (通讯录同步), alone, from an address that was entered there before "
        "2022-08-15."
    ): "只使用通讯录同步的 Secret，并从 2022-08-15 之前已在其中填写的 IP 调用。",
    # a held run with another common field
    "\nHow fit each field is as the common field (syncd keys):": (
        "\n各字段作为公共字段的适合程度（syncd keys）："
    ),
    "How fit each field is as the common field (syncd keys):": (
        "各字段作为公共字段的适合程度（syncd keys）："
    ),
    "  {field}: {verdict}; {reason}": "  {field}：{verdict}；{reason}",
}
