"""Surnames, given names, posts and department names that look like those of a Chinese company."""


def _pairs(text: str) -> tuple[tuple[str, str], ...]:
    """Return (character, pinyin) of a table written as `王:wang 李:li`."""
    return tuple((name, pinyin) for name, _, pinyin in (x.partition(":") for x in text.split()))


#: Surnames with their pinyin, the commonest first; a place in the list is a weight.
SURNAMES = _pairs(
    "王:wang 李:li 张:zhang 刘:liu 陈:chen 杨:yang 黄:huang 赵:zhao 吴:wu 周:zhou "
    "徐:xu 孙:sun 马:ma 朱:zhu 胡:hu 郭:guo 何:he 林:lin 高:gao 罗:luo "
    "郑:zheng 梁:liang 谢:xie 宋:song 唐:tang 许:xu 邓:deng 韩:han 冯:feng 曹:cao "
    "彭:peng 曾:zeng 肖:xiao 田:tian 董:dong 潘:pan 袁:yuan 蔡:cai 蒋:jiang 余:yu "
    "于:yu 杜:du 叶:ye 程:cheng 魏:wei 苏:su 吕:lv 丁:ding 任:ren 卢:lu "
    "姚:yao 沈:shen 钟:zhong 姜:jiang 崔:cui 谭:tan 陆:lu 范:fan 汪:wang 廖:liao "
    "石:shi 金:jin 韦:wei 贾:jia 夏:xia 付:fu 方:fang 邹:zou 熊:xiong 白:bai "
    "孟:meng 秦:qin 邱:qiu 侯:hou 江:jiang 尹:yin 薛:xue 闫:yan 段:duan 雷:lei "
    "龙:long 黎:li 史:shi 陶:tao 贺:he 毛:mao 郝:hao 顾:gu 龚:gong 邵:shao "
    "欧阳:ouyang 司马:sima 诸葛:zhuge 上官:shangguan"
)

#: Syllables of men's, women's, and anybody's given names, with their pinyin.
MALE = _pairs(
    "伟:wei 强:qiang 磊:lei 军:jun 勇:yong 杰:jie 涛:tao 超:chao 明:ming 刚:gang "
    "鹏:peng 斌:bin 波:bo 辉:hui 健:jian 峰:feng 龙:long 浩:hao 宇:yu 志:zhi "
    "建:jian 国:guo 海:hai 东:dong 凯:kai 俊:jun 博:bo 昊:hao 轩:xuan 振:zhen "
    "飞:fei 成:cheng 锋:feng 坤:kun 旭:xu 航:hang 毅:yi 泽:ze 铭:ming 翔:xiang"
)
FEMALE = _pairs(
    "芳:fang 娜:na 敏:min 静:jing 丽:li 艳:yan 娟:juan 霞:xia 燕:yan 玲:ling "
    "红:hong 梅:mei 莉:li 兰:lan 英:ying 萍:ping 雪:xue 婷:ting 倩:qian 颖:ying "
    "洁:jie 琳:lin 慧:hui 璐:lu 蕾:lei 悦:yue 欣:xin 怡:yi 佳:jia 雅:ya "
    "梦:meng 琪:qi 丹:dan 薇:wei 菲:fei 瑶:yao 露:lu 妍:yan 晶:jing 秀:xiu"
)
NEUTRAL = _pairs(
    "晓:xiao 文:wen 华:hua 平:ping 林:lin 春:chun 思:si 子:zi 嘉:jia 雨:yu "
    "安:an 宁:ning 晨:chen 一:yi 云:yun 永:yong 玉:yu 天:tian 新:xin 瑞:rui "
    "清:qing 景:jing 书:shu 若:ruo 乐:le 星:xing 秋:qiu 知:zhi 家:jia 育:yu"
)

#: The demonstration's company: id, parent, name, English name, people, posts.
DEMO_DEPARTMENTS = (
    (1, 0, "星河智联科技有限公司", "Xinghe Intelligence", 0, ("董事长",)),
    (2, 1, "总经办", "General Office", 4, ("总经理", "副总经理", "总经理助理", "秘书")),
    (3, 1, "研发中心", "R&D", 4, ("技术总监", "架构师", "项目经理")),
    (4, 3, "后端组", "Backend", 22, ("后端工程师", "高级后端工程师", "技术专家")),
    (5, 3, "前端组", "Frontend", 16, ("前端工程师", "高级前端工程师")),
    (6, 3, "测试组", "QA", 12, ("测试工程师", "测试开发工程师")),
    (7, 3, "算法组", "Algorithms", 10, ("算法工程师", "数据科学家")),
    (8, 3, "运维组", "Operations", 8, ("运维工程师", "数据库管理员")),
    (9, 1, "产品中心", "Product", 6, ("产品总监", "产品经理")),
    (10, 9, "产品设计组", "Design", 9, ("交互设计师", "视觉设计师")),
    (11, 9, "用户研究组", "User Research", 5, ("用户研究员",)),
    (12, 1, "市场部", "Marketing", 12, ("市场经理", "品牌专员", "活动策划")),
    (13, 1, "销售部", "Sales", 4, ("销售总监", "商务经理")),
    (14, 13, "华东区", "East China", 18, ("客户经理", "售前工程师")),
    (15, 13, "华南区", "South China", 15, ("客户经理", "售前工程师")),
    (16, 13, "华北区", "North China", 15, ("客户经理", "售前工程师")),
    (17, 1, "客户服务部", "Customer Service", 20, ("客服专员", "客服主管", "实施工程师")),
    (18, 1, "人力资源部", "Human Resources", 7, ("招聘专员", "薪酬专员", "人力资源经理")),
    (19, 1, "财务部", "Finance", 8, ("会计", "出纳", "财务经理")),
    (20, 1, "行政部", "Administration", 5, ("行政专员", "前台", "司机")),
)

#: Names of departments of a generated company, by depth below the root; the last serves on.
DEPARTMENT_NAMES = tuple(
    tuple(level.split())
    for level in """
研发中心 产品中心 营销中心 制造中心 供应链中心 客户服务中心 质量中心 华东大区 华南大区 华北大区 西南大区 海外事业部 金融事业部
平台部 应用部 数据部 质量部 运营部 技术支持部 采购部 仓储部 市场部 上海分公司 杭州分公司 广州分公司 北京分公司 成都分公司
一组 二组 三组 四组 五组 六组 七组 八组 九组 十组 十一组 十二组
""".strip().splitlines()
)

#: Posts of a generated company, the head's first.
POSTS = (
    "部门经理",
    "高级工程师",
    "工程师",
    "项目经理",
    "产品经理",
    "客户经理",
    "专员",
    "主管",
    "分析师",
    "会计",
    "采购员",
    "技术支持工程师",
    "质量工程师",
    "操作员",
)

#: Where people work, for the address.
CITIES = (
    "上海市浦东新区张江路",
    "北京市海淀区中关村大街",
    "深圳市南山区科技园路",
    "杭州市滨江区江南大道",
    "广州市天河区珠江东路",
    "成都市高新区天府大道",
    "武汉市洪山区光谷大道",
    "南京市建邺区江东中路",
)

#: Beginnings of mobile numbers of the three mainland carriers.
MOBILE_PREFIXES = ("138", "139", "150", "186", "189", "177", "158", "133", "199", "136")
