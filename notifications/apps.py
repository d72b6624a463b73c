from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class NotificationsConfig(AppConfig):
    name = "notifications"
    verbose_name = _("消息")

    def ready(self) -> None:
        """Listens to the streams of the apps below, and gives the audit trail its words."""
        from complaints.signals import order_events  # noqa: PLC0415 - models are complete only now
        from notifications.postings import working_robots  # noqa: PLC0415
        from notifications.receivers import on_flow_events, on_order_events, on_outage_events  # noqa: PLC0415
        from outage.flow.signals import flow_events  # noqa: PLC0415
        from outage.robots import register_robots  # noqa: PLC0415
        from outage.signals import outage_events  # noqa: PLC0415
        from people.actions import name_actions  # noqa: PLC0415

        register_robots(working_robots)
        order_events.connect(on_order_events, dispatch_uid="notifications.order_events")
        outage_events.connect(on_outage_events, dispatch_uid="notifications.outage_events")
        flow_events.connect(on_flow_events, dispatch_uid="notifications.flow_events")
        name_actions(
            {
                "endpoint.save": _("设置消息通道"),
                "endpoint.test": _("测试消息通道"),
                "message.acknowledge": _("确认收到消息"),
                "message.call": _("登记人工电话"),
                "message.give_up": _("放弃投递"),
                "message.resend": _("重发消息"),
                "message.wishes": _("修改消息偏好"),
                "rating.receive": _("客户评价"),
                "text.save": _("修改消息模板"),
            }
        )
