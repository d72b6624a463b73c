"""What an investigation records beyond its findings, per category: declared as data.

A section is shown where its categories fit. It is left empty as a whole, or its required fields are all there.
Adding a section or a field is one entry here; form, API, record and page follow.
"""

from dataclasses import dataclass
from typing import Literal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from policy.vocabulary import Category

Text = str | Promise
FieldKind = Literal["text", "long", "date", "moment", "number", "money", "choice", "check"]
EVERY = frozenset(Category.values)


@dataclass(frozen=True)
class Item:
    """One field. ``choices`` for kind "choice"; a required "check" must be ticked."""

    code: str
    label: Text
    kind: FieldKind = "text"
    required: bool = False
    choices: tuple[tuple[str, Text], ...] = ()
    unit: str = ""


@dataclass(frozen=True)
class Section:
    code: str
    title: Text
    rule: str
    categories: frozenset[str]
    items: tuple[Item, ...]


# What may be looked at (S3-R09).
EVIDENCE: tuple[tuple[str, Text], ...] = (
    ("account", _("客户档案")),
    ("bills", _("电费账单")),
    ("meter", _("计量数据")),
    ("dispatch_log", _("调度日志")),
    ("maintenance_log", _("检修记录")),
    ("system_log", _("系统操作日志")),
    ("recording", _("通话录音")),
    ("site_survey", _("现场勘查")),
    ("interview", _("当事人谈话")),
    ("neighbours", _("走访邻居或物业")),
)

SECTIONS: tuple[Section, ...] = (
    Section(
        "site_visit",
        _("现场调查"),
        "S0-R21",
        EVERY,
        (
            Item("at", _("到场时间"), "moment", required=True),
            Item("people", _("到场人员"), required=True),
            Item("findings", _("现场情况"), "long", required=True),
            Item("owner_present", _("进户时本家在场"), "check"),
        ),
    ),
    Section(
        "measurement",
        _("专业测试"),
        "S3-R10",
        frozenset({Category.POWER_QUALITY, Category.FACILITY_SAFETY, Category.OTHER}),
        (
            Item(
                "quantity",
                _("测试项目"),
                "choice",
                required=True,
                choices=(("voltage", _("电压")), ("frequency", _("频率")), ("metering", _("计量"))),
            ),
            Item("instrument", _("仪器及编号"), required=True),
            Item("at", _("测试时间"), "moment", required=True),
            Item("values", _("测试数值"), required=True),
            Item("verdict", _("结论"), "choice", required=True, choices=(("pass", _("合格")), ("fail", _("不合格")))),
        ),
    ),
    Section(
        "refund",
        _("电费退补"),
        "S1-R13",
        frozenset({Category.SERVICE_CONDUCT, Category.THEFT_TARIFF, Category.OTHER}),
        (
            Item(
                "error",
                _("差错原因"),
                "choice",
                required=True,
                choices=(
                    ("misread", _("抄错")),
                    ("estimated_reading", _("估抄")),
                    ("duplicate_charge", _("重复收费")),
                    ("add_on_charge", _("搭车收费")),
                    ("none", _("计费无误")),
                ),
            ),
            Item("recalculated", _("重新核算电量"), "number", unit="kWh"),
            Item("amount", _("退补金额"), "money", required=True, unit="元"),
            Item("paid_on", _("退补日期"), "date"),
        ),
    ),
    Section(
        "property_consent",
        _("在客户资产上施工"),
        "S1-R14",
        frozenset({Category.SERVICE_CONDUCT, Category.CONNECTION_COMMITMENT, Category.FACILITY_SAFETY}),
        (
            Item(
                "consent",
                _("事先征得同意"),
                "choice",
                required=True,
                choices=(("written", _("书面同意")), ("spoken", _("口头同意")), ("none", _("未征得同意"))),
            ),
            Item("given_by", _("同意人")),
        ),
    ),
    Section(
        "third_party",
        _("第三方阻碍"),
        "S1-R15",
        frozenset({Category.CONNECTION_COMMITMENT, Category.FACILITY_SAFETY, Category.OUTAGE_LIMIT}),
        (
            Item("who", _("阻碍方"), required=True),
            Item("notice_on", _("书面说明送达申请人日期"), "date", required=True),
            Item("notice", _("书面说明内容"), "long", required=True),
        ),
    ),
    Section(
        "appointment",
        _("约定上门"),
        "S1-R16、S1-R17",
        frozenset({Category.FAULT_REPAIR, Category.CONNECTION_COMMITMENT, Category.SERVICE_CONDUCT}),
        (
            Item("agreed_for", _("约定时间"), "moment", required=True),
            Item("arrived_at", _("实际到达"), "moment"),
            Item(
                "outcome",
                _("结果"),
                "choice",
                required=True,
                choices=(
                    ("on_time", _("如约到达")),
                    ("late", _("迟到")),
                    ("missed", _("未到")),
                    ("owner_absent", _("本家不在场，已改约")),
                ),
            ),
        ),
    ),
    Section(
        "site_restored",
        _("完工清理"),
        "S1-R18",
        frozenset({Category.SERVICE_CONDUCT, Category.FAULT_REPAIR, Category.CONNECTION_COMMITMENT}),
        (
            Item("holes_sealed", _("孔洞已封堵"), "check", required=True),
            Item("site_clean", _("现场已清扫"), "check", required=True),
            Item("lines_restored", _("碰损线路已恢复"), "check", required=True),
            Item("box_fixed", _("表箱两颗螺丝已固定"), "check", required=True),
        ),
    ),
    Section(
        "delay",
        _("延误说明"),
        "S1-R19",
        frozenset({Category.CONNECTION_COMMITMENT, Category.FAULT_REPAIR, Category.OUTAGE_LIMIT}),
        (
            Item("reason", _("具体原因（“工作忙”不是理由）"), required=True),
            Item("promised_for", _("承诺完成时间"), "moment", required=True),
        ),
    ),
    Section(
        "protector_bypassed",
        _("退运家保"),
        "S1-R21",
        frozenset({Category.FACILITY_SAFETY, Category.SERVICE_CONDUCT}),
        (
            Item("done_by", _("退运人员"), required=True),
            Item("restored_at", _("恢复投运时间"), "moment", required=True),
        ),
    ),
)


def sections_for(category: str) -> list[Section]:
    return [section for section in SECTIONS if category in section.categories]
