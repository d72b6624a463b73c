"""The subcategories every installation starts with, and what an agent should ask under each (S4-R13).

Headings follow the seed rules' categories and the public 95598 first levels; wording of the questions is ours.
``initials`` are the lower-case first letters of the pinyin, for keyboard choice on the intake page.
"""

from typing import NamedTuple

from policy.vocabulary import Category, Variant


class Line(NamedTuple):
    code: str
    name: str
    initials: str
    prompts: tuple[str, ...] = ()
    variant: str = ""


SUBCATEGORIES: dict[Category, tuple[Line, ...]] = {
    Category.SERVICE_CONDUCT: (
        Line(
            "attitude",
            "服务态度",
            "fwtd",
            (
                "在什么地点、什么时间发生",
                "工作人员的姓名、工号或特征",
                "当时说了什么、做了什么",
                "有无证人、录音或照片",
            ),
        ),
        Line("procedure", "服务规范", "fwgf", ("办理什么业务、第几次去", "每次告知的材料是否一致", "有无一次性告知单")),
        Line("hall", "营业厅服务", "yytfw", ("哪个营业厅、什么时间", "排队多久、开了几个窗口", "设施有什么问题")),
        Line("on_site", "上门服务", "smfw", ("约定的上门时间", "实际到达时间、是否来电说明", "现场是否清理恢复")),
        Line(
            "reading_conduct",
            "抄表催费行为",
            "cbcfxw",
            ("户号和抄表月份", "是否上门、电费与往常差多少", "是否联系过抄表员、如何答复"),
        ),
        Line(
            "integrity",
            "廉洁自律",
            "ljzl",
            ("涉及的部门或人员", "时间、地点、金额或财物", "是否愿意留下联系方式、是否要求保密"),
        ),
        Line("online", "线上渠道服务", "xsqdfw", ("用的是哪个渠道、哪个页面", "出错提示是什么")),
        Line(
            "property_damage",
            "损坏客户财物",
            "shkhcw",
            ("损坏了什么、何时施工", "施工前是否征得同意", "有无照片、估计损失"),
        ),
    ),
    Category.THEFT_TARIFF: (
        Line(
            "theft",
            "窃电",
            "qd",
            ("详细地址、户名或门牌", "用什么方式窃电、何时发现", "是否愿意留下联系方式、是否要求保密"),
        ),
        Line(
            "breach_use", "违约用电", "wyyd", ("详细地址、用电性质", "如何违约：私自增容、改变用途、转供", "何时发现")
        ),
        Line("tariff_error", "电价执行错误", "djzxcw", ("户号", "现执行电价与应执行电价", "从哪个月开始")),
        Line(
            "add_on_charge", "乱收费、搭车收费", "lsf", ("收费单位和人员", "收费项目、金额、有无票据", "收费时间和户数")
        ),
        Line("resale_markup", "转供电加价", "zgdjj", ("转供单位名称、地址", "每千瓦时收多少", "有无收据")),
    ),
    Category.POWER_QUALITY: (
        Line(
            "low_voltage",
            "电压偏低",
            "dypd",
            ("什么时段、多久了", "是否测过电压、多少伏", "只有自家还是邻居也有", "哪些电器受影响"),
        ),
        Line("high_voltage", "电压偏高", "dypg", ("什么时段", "是否测过电压、多少伏", "附近有无光伏并网")),
        Line("fluctuation", "电压波动", "dybd", ("灯是否忽明忽暗、多久一次", "附近有无大功率设备启动")),
        Line("frequent_outage", "频繁停电", "pftd", ("近两个月停了几次、大致日期", "每次停多久", "停电前是否收到通知")),
        Line(
            "appliance_damage",
            "家电损坏",
            "jdsh",
            ("损坏了哪些电器、购买时间", "当时有无停电或打火", "损坏的电器是否保留、有无发票"),
        ),
        Line("unbalance", "谐波、三相不平衡", "xbsx", ("用电设备和容量", "有无测试记录")),
    ),
    Category.FACILITY_SAFETY: (
        Line(
            "pole_line",
            "电杆、线路隐患",
            "dgxl",
            ("详细位置、杆号", "倾斜、断线还是低垂", "现场有无行人、是否危及人身"),
        ),
        Line("open_box", "箱门未关、设备裸露", "xmwg", ("详细位置、设备编号", "有无儿童接近", "请客户远离并看守")),
        Line("damage", "外力破坏", "wlph", ("什么单位在施工", "是否已碰线或挖断电缆", "现场有无人员受伤")),
        Line("tree", "树障", "sz", ("详细位置", "树枝离导线多远", "树木归谁所有")),
        Line("noise", "噪声、电磁影响", "zs", ("设备名称和位置", "什么时段最明显", "离住宅多远")),
        Line("relocation", "占地、迁改", "zdqg", ("线路或杆塔编号", "土地或房屋归属", "要求迁移的原因")),
        Line("rcd_bypassed", "退运家保", "tyjb", ("详细地址", "漏电保护器由谁退出、何时", "家中有无老人儿童")),
    ),
    Category.FAULT_REPAIR: (
        Line(
            "single_outage",
            "一户无电",
            "yhwd",
            ("详细地址、户号", "什么时候停的", "邻居是否有电", "表后开关是否跳闸、是否欠费", "有无焦味、打火"),
        ),
        Line("area_outage", "成片停电", "cptd", ("哪些楼、哪些户没电", "什么时候停的", "停电前有无响声或火光")),
        Line(
            "danger",
            "设备冒烟、打火、断线",
            "sbmy",
            ("详细位置", "有无人员受伤或触电", "请所有人远离 8 米以外", "是否已报 119、120"),
        ),
        Line("phase_loss", "缺相、电压异常", "qx", ("哪些电器不能用", "是否有的灯特别亮", "请先拉开总开关")),
        Line("late_repair", "抢修超时", "qxcs", ("首次报修时间", "是否有人联系过", "现在是否已到现场")),
        Line("repair_quality", "抢修质量", "qxzl", ("何时修的、修了什么", "现在是什么现象")),
        Line(
            "customer_side", "客户产权故障", "khcqgz", ("表后哪一段坏了", "是否需要有偿服务", "告知收费办法并征得同意")
        ),
    ),
    Category.CONNECTION_COMMITMENT: (
        Line("new_connection", "新装", "xz", ("申请日期、渠道、申请编号", "居民还是单位、容量多少", "现在到了哪一步")),
        Line("capacity", "增容、减容", "zrjr", ("户号、原容量和申请容量", "申请日期", "现在到了哪一步")),
        Line("transfer", "过户、更名", "ghgm", ("户号", "新户主证件是否齐全", "原户有无欠费")),
        Line("late_connection", "装表接电超时", "zbjdcs", ("申请日期、缴费日期", "承诺的日期", "是否有人联系过")),
        Line("charger", "充电桩报装", "cdz", ("车位产权、物业是否盖章", "是否已有表箱", "希望的装表日期")),
        Line("solar", "光伏并网", "gfbw", ("户号、装机容量", "申请日期", "并网验收是否完成")),
        Line("meter_position", "表箱位置、施工", "bxwz", ("装在什么位置、谁不同意", "施工前是否商量", "是否恢复现场")),
        Line("promise", "承诺未兑现", "cnwdx", ("谁承诺的、什么时候", "承诺了什么", "现在的情况")),
    ),
    Category.OUTAGE_LIMIT: (
        Line("planned", "计划停电", "jhtd", ("详细地址", "公告的停送电时间", "是否收到通知")),
        Line("temporary", "临时停电", "lstd", ("详细地址", "什么时候停的", "有无特殊用电需要：医疗设备、养殖")),
        Line("no_notice", "停电未通知", "tdwtz", ("什么时候停的、停了多久", "在哪些渠道没有看到通知", "造成什么影响")),
        Line("late_restoration", "未按时送电", "wassd", ("公告的送电时间", "现在是否有电")),
        Line("arrears_cut", "欠费停电", "qftd", ("户号", "是否收到停电通知书、何时", "是否已缴费、何时")),
        Line("reconnection", "复电", "fd", ("户号", "缴费时间和方式", "现在是否有电")),
        Line(
            "load_limiting", "限电", "xd", ("单位名称、户号", "什么时段被限", "是否收到限电通知"), Variant.LOAD_LIMITING
        ),
        Line(
            "orderly_use",
            "有序用电",
            "yxyd",
            ("单位名称、户号", "执行方案中的等级", "希望调整的时段"),
            Variant.LOAD_LIMITING,
        ),
    ),
    Category.OTHER: (
        Line("bill", "电费账单", "dfzd", ("户号、月份", "哪一项有疑问", "与往常相差多少")),
        Line("invoice", "发票", "fp", ("户号、月份", "普票还是专票", "接收邮箱")),
        Line("reading", "抄表差错", "cbcc", ("户号", "表上现在的读数", "账单上的读数")),
        Line("meter", "电能表准确性", "dnbzqx", ("户号", "为什么怀疑不准", "是否愿意申请校验")),
        Line("payment", "缴费渠道", "jfqd", ("用什么渠道缴的", "缴费时间、金额", "是否到账")),
        Line("policy_question", "用电政策", "ydzc", ("想了解哪项政策", "居民还是单位")),
        Line("account_info", "户号、档案信息", "hhda", ("户名、地址", "要改哪一项")),
        Line("praise", "表扬感谢", "bygx", ("表扬谁、什么时候", "做了什么")),
        Line("idea", "意见建议", "yjjy", ("对哪项服务", "希望怎么改进")),
        Line("others", "其他", "qt", ("具体情况", "希望我们做什么")),
    ),
}
