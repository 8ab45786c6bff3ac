"""Asking WeCom whose a value is."""

SENTENCES = {
    "Asking whose numbers and addresses these are": "正在查询手机号和邮箱属于谁",
    (
        "{source}: asked whose {asked:,} values of {field} are: {found:,} are somebody's, "
        "{nobodys:,} are nobody's"
    ): "{source}：查询了 {asked:,} 个 {field} 属于谁：{found:,} 个有对应成员，{nobodys:,} 个不属于任何人",
    (
        "  {waiting:,} more wait until {at}: {missed:,} of 24 hours were nobody's, which is half of "
        "what WeCom allows"
    ): "  另有 {waiting:,} 个等到 {at}：24 小时内已有 {missed:,} 个查无此人，达到企业微信允许数的一半",
    "  {waiting:,} are not asked for: of fewer than 10 people none may be asked for in vain": (
        "  有 {waiting:,} 个不查询：不足 10 人时，一次查无此人都不允许"
    ),
    "  {waiting:,} more wait until {at}, for WeCom refused: {reason}": (
        "  另有 {waiting:,} 个等到 {at}，因企业微信拒绝查询：{reason}"
    ),
    "  {waiting:,} more wait for the next run: {reason}": "  另有 {waiting:,} 个等下一次运行：{reason}",
    "the next run": "下一次运行",
    (
        "  lookup: {found:,} values are known to be somebody's, {nobodys:,} to be nobody's; "
        "{missed:,} of {budget:,} in 24 hours were asked for in vain"
    ): (
        "  查询（lookup）：{found:,} 个值有对应成员，{nobodys:,} 个不属于任何人；24 小时内查无此人 {missed:,} 个，"
        "上限 {budget:,} 个"
    ),
    "    it goes on at {at}": "    {at} 继续",
    "    it goes on at {at}, for WeCom refused: {reason}": "    {at} 继续，因企业微信拒绝查询：{reason}",
    "{source} was asked whose {value} is, last at {at}: nobody's.": (
        "已向 {source} 查询 {value} 属于谁，最近一次在 {at}：不属于任何人。"
    ),
    "{source} was asked whose {value} is, last at {at}: {id}'s.": (
        "已向 {source} 查询 {value} 属于谁，最近一次在 {at}：属于 {id}。"
    ),
    (
        'does not go with unmatched = "create" where the source is the authority: whoever is found '
        "only later would be two users for good"
    ): '在该来源是权威来源时不能与 unmatched = "create" 同用：之后才查到的人会永远成为两名成员',
    "has no effect: it needs a second source, and mobile, email or biz_email as the common field": (
        "不起作用：需要第二个来源，且公共字段为 mobile、email 或 biz_email"
    ),
    (
        'Let WeCom say whose a value is: [sources.{source}] lookup = true, and common_field = "{field}". '
        "It is asked for {number:,} people, and for at most {budget:,} values in 24 hours that turn out to be "
        "nobody's."
    ): (
        '让企业微信回答某个值属于谁：[sources.{source}] lookup = true，且 common_field = "{field}"。'
        "将查询 {number:,} 人，24 小时内查无此人的最多 {budget:,} 个。"
    ),
    (
        'Let WeCom say whose a value is, by common_field = "{field}": lookup = true is set for {source}. '
        "It is asked for {number:,} people, and for at most {budget:,} values in 24 hours that turn out to be "
        "nobody's."
    ): (
        '让企业微信回答某个值属于谁，依据 common_field = "{field}"：{source} 已设置 lookup = true。'
        "将查询 {number:,} 人，24 小时内查无此人的最多 {budget:,} 个。"
    ),
}
