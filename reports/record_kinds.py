"""The forms a company keeps on paper, each declared once: what is asked, in which order (S0-R26, S1-R09, R10, R12,
S2-R14, R16). Page, form, print and export are drawn from here; a new form is one entry."""

from dataclasses import dataclass, field

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

TEXT, LINES, DATE, NUMBER, PERCENT, CHOICE = "text", "lines", "date", "number", "percent", "choice"


@dataclass(frozen=True)
class Blank:
    """One blank of a form. ``required`` ones must be filled; ``choices`` are words."""

    name: str
    label: str | Promise
    kind: str = LINES
    required: bool = True
    choices: tuple[tuple[str, str | Promise], ...] = ()
    help_text: str | Promise = ""


@dataclass(frozen=True)
class RecordKind:
    """``answered``: somebody must answer it, with a day by when (opinions tracked to their answer)."""

    key: str
    label: str | Promise
    basis: str
    blanks: tuple[Blank, ...] = field(default_factory=tuple)
    answered: bool = False


GRADES = (("good", _("好")), ("fair", _("一般")), ("poor", _("差")))
KINDS: dict[str, RecordKind] = {
    kind.key: kind
    for kind in (
        RecordKind(
            "station_plan",
            _("本所应急预案"),
            "S0-R26",
            (
                Blank("scope", _("适用范围")),
                Blank("organisation", _("组织机构与职责")),
                Blank("procedure", _("处置程序")),
                Blank("measures", _("处置措施")),
                Blank("support", _("保障")),
                Blank("contacts", _("应急联系人")),
                Blank("revised", _("修订说明"), required=False),
            ),
        ),
        RecordKind(
            "drill",
            _("应急预案演练记录"),
            "S0-R26",
            (
                Blank("held_on", _("演练日期"), DATE),
                Blank("form", _("演练形式"), CHOICE, choices=(("table", _("桌面推演")), ("live", _("实战演练")))),
                Blank("participants", _("参加人员")),
                Blank("steps", _("演练过程")),
                Blank("problems", _("发现的问题")),
                Blank("evaluation", _("评估")),
                Blank("revision", _("预案修订意见"), required=False),
            ),
        ),
        RecordKind(
            "accident",
            _("事故、障碍记录"),
            "S0-R26",
            (
                Blank("happened_on", _("发生日期"), DATE),
                Blank("place", _("地点、设备"), TEXT),
                Blank("course", _("经过")),
                Blank("cause", _("原因")),
                Blank("households", _("影响户数"), NUMBER),
                Blank("measures", _("处理措施")),
                Blank("responsible", _("责任分析")),
                Blank("prevention", _("防范措施")),
            ),
        ),
        RecordKind(
            "reliability",
            _("供电可靠性记录"),
            "S0-R26",
            (
                Blank("period", _("统计期"), TEXT),
                Blank("customers", _("总用户数"), NUMBER),
                Blank("interruptions", _("停电次数"), NUMBER),
                Blank("customer_hours", _("停电时户数"), NUMBER, help_text=_("各次停电的小时数乘户数之和")),
                Blank("interrupted", _("停电用户次数"), NUMBER, help_text=_("各次停电户数之和")),
                Blank("rs1", _("供电可靠率 RS-1"), PERCENT),
                Blank("voltage", _("电压合格率"), PERCENT, required=False),
                Blank("analysis", _("分析与措施"), required=False),
            ),
        ),
        RecordKind(
            "visits",
            _("走访、来信来电记录"),
            "S0-R26",
            (
                Blank("held_on", _("日期"), DATE),
                Blank(
                    "way",
                    _("方式"),
                    CHOICE,
                    choices=(("visit", _("走访")), ("letter", _("来信")), ("call", _("来电")), ("forum", _("座谈会"))),
                ),
                Blank("whom", _("对象"), TEXT, help_text=_("写单位或小区，不写个人姓名和电话")),
                Blank("matter", _("反映的意见")),
                Blank("handling", _("处理情况")),
                Blank("orders", _("相关工单号"), TEXT, required=False),
            ),
        ),
        RecordKind(
            "survey",
            _("客户意见与满意度调查"),
            "S1-R10",
            (
                Blank("period", _("调查期"), TEXT, help_text=_("按月或按季，例如 2026 年第 3 季度")),
                Blank("sent", _("发出份数"), NUMBER),
                Blank("returned", _("收回份数"), NUMBER),
                Blank("satisfied", _("满意份数"), NUMBER),
                Blank("dissatisfied", _("不满意份数"), NUMBER),
                Blank("opinions", _("主要意见")),
                Blank("follow_up", _("跟进措施"), help_text=_("有不满意的，写明由谁在何时回访")),
            ),
        ),
        RecordKind(
            "supervisor_opinion",
            _("行风监督员意见"),
            "S1-R09",
            (
                Blank("supervisor", _("监督员"), TEXT),
                Blank("appointed", _("聘任年度"), TEXT),
                Blank("received_on", _("提出日期"), DATE),
                Blank("opinion", _("意见")),
                Blank("department_asked", _("承办单位"), TEXT),
            ),
            answered=True,
        ),
        RecordKind(
            "award",
            _("季度优质服务标兵与奖惩"),
            "S1-R12",
            (
                Blank("quarter", _("季度"), TEXT, help_text=_("例如 2026 年第 3 季度")),
                Blank("who", _("对象"), TEXT),
                Blank(
                    "what",
                    _("类别"),
                    CHOICE,
                    choices=(
                        ("model", _("优质服务标兵")),
                        ("praise", _("表彰")),
                        ("criticism", _("通报批评")),
                        ("deadline", _("限期整改")),
                        ("serious", _("严肃处理")),
                    ),
                ),
                Blank("facts", _("事迹或事由")),
                Blank("decision", _("决定与依据")),
            ),
        ),
    )
}
