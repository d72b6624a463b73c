from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PolicyConfig(AppConfig):
    name = "policy"
    verbose_name = _("规则与日历")

    def ready(self) -> None:
        """The audit trail's words for changes of the rules."""
        from people.actions import name_actions  # noqa: PLC0415 - only now may models be touched

        name_actions(
            {
                "calendar.import": _("导入放假安排"),
                "duty.set": _("记录供电所职责"),
                "policy.add": _("新增规则数值"),
                "policy.page": _("打开规则设置"),
                "policy.withdraw": _("撤回规则数值"),
                "route.add": _("新增派单路由"),
                "routingrule.withdraw": _("撤回派单路由"),
                "stationduty.withdraw": _("撤回供电所职责"),
                "subcategory.add": _("新增细类"),
                "subcategory.change": _("修改细类"),
            }
        )
