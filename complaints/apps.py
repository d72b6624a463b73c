from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ComplaintsConfig(AppConfig):
    name = "complaints"
    verbose_name = _("工单")

    def ready(self) -> None:
        """Tells the shell what waits beside 待办, and the audit trail the words of our actions."""
        from complaints.exporting import ORDERS  # noqa: PLC0415
        from complaints.lists import waiting_count  # noqa: PLC0415 - models are complete only now
        from complaints.steps import STEPS  # noqa: PLC0415
        from exports.kinds import register_kind  # noqa: PLC0415
        from people.actions import name_actions  # noqa: PLC0415
        from people.navigation import register_count  # noqa: PLC0415

        register_count("orders", waiting_count)
        register_kind(ORDERS)
        name_actions({f"order.{name}": step.past for name, step in STEPS.items()})
        name_actions(
            {
                "order.open": _("登记工单"),
                "order.print": _("打印工单"),
                "order.undo": _("撤销"),
                "view.share": _("共享视图"),
                "order.reveal": _("查看完整号码"),
                "call.log": _("登记来电"),
                "call.draw": _("抽取通话样本"),
                "call.score": _("评定通话"),
                "call.listen": _("查看通话样本"),
                "box.open": _("登记开箱"),
                "box.letter": _("处理意见箱信件"),
                "customer.fill": _("来电识别带出客户资料"),
                "file.add": _("添加附件"),
                "file.read": _("下载附件"),
            }
        )
