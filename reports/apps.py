from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ReportsConfig(AppConfig):
    name = "reports"
    verbose_name = _("报表")

    def ready(self) -> None:
        """What can be exported, what we hear of orders, and the words of our actions on the audit page."""
        from complaints.signals import order_events  # noqa: PLC0415
        from exports.kinds import register_kind  # noqa: PLC0415 - other apps are complete only now
        from people.actions import name_actions  # noqa: PLC0415
        from reports.exporting import ORDERS  # noqa: PLC0415
        from reports.receivers import on_order_events  # noqa: PLC0415
        from reports.workflow import STEPS  # noqa: PLC0415

        order_events.connect(on_order_events, dispatch_uid="reports.order_events")
        register_kind(ORDERS)
        name_actions({f"report.{name}": step.past for name, step in STEPS.items()})
        name_actions(
            {
                "report.generate": _("生成月报"),
                "report.check": _("核对月报"),
                "report.answer": _("答复月报异议"),
                "report.export": _("导出月报"),
                "report.orders": _("查看月报明细"),
                "record.file": _("填报记录"),
                "record.replace": _("更正记录"),
                "record.answer": _("答复监督员意见"),
                "follow_up.close": _("办结跟进"),
                "target.set": _("设置考核目标"),
                "wall.create": _("建立看板链接"),
                "wall.revoke": _("停用看板链接"),
            }
        )
