from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from people.actions import name_actions

MONEY_ACTIONS = {
    "money.accountability": _("登记责任追究"),
    "money.rectify_accept": _("整改验收"),
    "money.rectify_issue": _("下达整改通知"),
    "money.rectify_return": _("整改退回"),
    "money.rectify_submit": _("提交整改情况"),
    "money.self_inspect": _("布置自查"),
    "money.self_inspect_done": _("填报自查结果"),
    "money.service_record": _("登记奖惩"),
    "money.appeal_file": _("提出申诉"),
    "money.appeal_refused": _("申诉不成立"),
    "money.appeal_upheld": _("申诉成立"),
    "money.confirm_month": _("确认扣罚月份"),
    "money.name_person": _("指定责任人"),
    "money.penalty_void": _("更正扣罚"),
    "money.reattribute": _("扣罚改归"),
    "money.release": _("恢复扣罚"),
    "money.ruling_confirm": _("作出裁定"),
    "money.ruling_dismiss": _("不予裁定"),
    "money.ruling_propose": _("提请裁定"),
}

TIME_ACTIONS = {
    "approval.request": _("提请审批"),
    "approval.step": _("审批同意，转下一级"),
    "approval.passed_up": _("审批转交上级"),
    "approval.granted": _("审批同意"),
    "approval.refused": _("审批驳回"),
    "approval.taken_back": _("撤回审批申请"),
}


class EscalationConfig(AppConfig):
    name = "escalation"
    verbose_name = _("时限")

    def ready(self) -> None:
        """Connects the receivers; tells the shell what waits beside 审批, the audit trail the words of our actions."""
        from escalation import receivers, time_receivers  # noqa: F401, PLC0415 - connects them
        from escalation.queries import waiting_count  # noqa: PLC0415 - models are complete only now
        from escalation.services.charges import why_headcount_stays  # noqa: PLC0415
        from people.navigation import register_count  # noqa: PLC0415
        from people.services import keep_headcount  # noqa: PLC0415

        register_count("approvals", waiting_count)
        keep_headcount(why_headcount_stays)
        name_actions(MONEY_ACTIONS | TIME_ACTIONS)
