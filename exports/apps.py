from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ExportsConfig(AppConfig):
    name = "exports"
    verbose_name = _("导出")

    def ready(self) -> None:
        """What waits for approvers, beside 导出; and the audit trail's words for what is done with exports."""
        from exports.permissions import waiting_count  # noqa: PLC0415 - only now may models be touched
        from people.actions import name_actions  # noqa: PLC0415
        from people.navigation import register_count  # noqa: PLC0415

        register_count("exports", waiting_count)
        name_actions(
            {
                "export.request": _("申请导出"),
                "export.approval": _("导出转审批"),
                "export.approve": _("同意导出"),
                "export.refuse": _("不同意导出"),
                "export.cancel": _("取消导出"),
                "export.cancelled": _("导出逾期未批取消"),
                "export.ready": _("导出完成"),
                "export.failed": _("导出失败"),
                "export.fetch": _("下载导出文件"),
                "export.expired": _("导出文件过期删除"),
            }
        )
