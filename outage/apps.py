from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OutageConfig(AppConfig):
    name = "outage"
    verbose_name = _("停电")

    def ready(self) -> None:
        """Names the app's acts for the audit trail, and answers what ``complaints`` asks."""
        from complaints.services.file_sweep import register_owner  # noqa: PLC0415
        from complaints.signals import before_order  # noqa: PLC0415 - models are complete only now
        from escalation.sweeps import register_sweep  # noqa: PLC0415
        from outage import receivers  # noqa: PLC0415
        from outage.flow.words import action_words  # noqa: PLC0415
        from outage.services.photos import owned  # noqa: PLC0415
        from outage.services.sweep import settle_outages  # noqa: PLC0415
        from outage.steps import STEPS  # noqa: PLC0415
        from outage.views.board import running_count  # noqa: PLC0415
        from people.actions import name_actions  # noqa: PLC0415
        from people.navigation import register_count  # noqa: PLC0415

        name_actions({f"outage.{name}": step.past for name, step in STEPS.items()})
        name_actions(
            {
                "outage.open": _("登记停电"),
                "outage.acknowledge": _("知悉并上报停电"),
                "outage.publish": _("发布停电信息"),
                "outage.posted": _("确认停电信息已发"),
                "outage.photo": _("上传停电照片"),
                "outage.attend": _("登记到岗"),
                "outage.measure": _("登记保障措施"),
                "outage.contact": _("联系敏感用户"),
                "outage.announce": _("发布公众公告"),
                "outage.answer": _("停电恢复统一答复"),
                "outage.call_back": _("停电来电回复"),
                "outage.link_order": _("工单挂接停电"),
                "outage.dismiss": _("排除疑似停电"),
                "outage.reveal": _("查看敏感用户电话"),
            }
        )
        before_order.connect(receivers.propose, dispatch_uid="outage.propose")
        register_sweep("outage", settle_outages)
        register_owner(owned)
        register_count("outages", running_count)
        name_actions(action_words())
