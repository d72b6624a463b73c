"""The words of the audit trail for what happens around the outages."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from outage.disconnection.models import Disconnection
from outage.flow.step import steps_of
from outage.planning.models import OutagePlan


def action_words() -> Mapping[str, str | Promise]:
    """Action code -> what was done."""
    steps = {
        f"{model.CODE}.{name}": step.past
        for model in (Disconnection, OutagePlan)
        for name, step in steps_of(model).items()
    }
    return {
        **steps,
        "disconnection.open": _("提出欠费停电"),
        "outage.ledger": _("填写台账"),
        "outage.review": _("填写复盘"),
        "outage.feedback": _("登记客户意见"),
        "outage.gap_explained": _("说明差距"),
        "outage.action_set": _("定改进措施"),
        "outage.action_done": _("完成改进措施"),
        "outage.tick": _("勾选清单"),
        "outage.untick": _("取消勾选"),
        "outage.record": _("填报停电记录"),
        "outage.record_returned": _("登记归还"),
        "checklist.version": _("修订清单"),
        "plan.open": _("拟停电计划"),
        "plan.lead": _("设定公告提前时间"),
        "plan.day_add": _("登记避让日"),
        "plan.day_remove": _("移除避让日"),
        "plan.link": _("建立日历链接"),
        "plan.link_end": _("作废日历链接"),
    }
