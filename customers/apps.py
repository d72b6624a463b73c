from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CustomersConfig(AppConfig):
    name = "customers"
    verbose_name = _("客户")

    def ready(self) -> None:
        """The audit trail's words for what is done to customers."""
        from people.actions import name_actions  # noqa: PLC0415 - only now may models be touched

        name_actions(
            {
                "customer.change": _("修改客户资料"),
                "customer.create": _("新建客户"),
                "customer.import": _("导入客户资料"),
                "customer.import_areas": _("导入台区"),
                "customer.import_check": _("上传客户文件预览"),
                "customer.import_discard": _("放弃导入"),
                "customer.important": _("登记重要用户"),
                "customer.phone_add": _("添加客户电话"),
                "customer.phone_remove": _("删除客户电话"),
                "customer.reveal": _("查看客户完整资料"),
                "customer.sensitive": _("登记敏感用户"),
                "customer.vulnerable": _("登记特殊人群"),
            }
        )
