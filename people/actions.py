"""Words for the audit trail's action codes. An app names its own in ``AppConfig.ready()``; an unnamed code is shown."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

_names: dict[str, str | Promise] = {}

OWN = {
    "access.refused": _("访问被拒"),
    "assignment.create": _("任命"),
    "assignment.end": _("终止任职"),
    "department.create": _("新建部门"),
    "department.update": _("修改部门"),
    "headcount.set": _("登记人数"),
    "second_factor.codes": _("换恢复码"),
    "second_factor.reset": _("清除二次验证"),
    "second_factor.set": _("设置二次验证"),
    "session.end_all": _("退出全部登录"),
    "session.expire": _("登录到期"),
    "shift.cancel": _("取消班次"),
    "shift.plan": _("排班"),
    "sign_in": _("登录"),
    "sign_out": _("退出登录"),
    "token.end": _("交还令牌"),
    "token.issue": _("发放令牌"),
    "user.change_password": _("修改密码"),
    "user.create": _("新建账号"),
    "user.disable": _("停用账号"),
    "user.enable": _("启用账号"),
    "user.reset_password": _("重设密码"),
    "user.update": _("修改账号资料"),
}


def name_actions(names: Mapping[str, str | Promise]) -> None:
    """Let the audit page show these words for these action codes."""
    _names.update(names)


def action_name(code: str) -> str:
    return str(_names.get(code, code))
