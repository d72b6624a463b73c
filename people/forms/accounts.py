"""Signing in, the own account, and the account pages of the administrator."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from people.forms.fields import CodeWordField, NameField, PhoneField
from people.models import THEMES

PASSWORD_LENGTH = 200
PASSWORD_HINT = _("至少 10 位，不要只用数字，不要含姓名、用户名或工号")


def password_field(label: Any, *, autocomplete: str, **options: Any) -> forms.CharField:
    widget = forms.PasswordInput(attrs={"autocomplete": autocomplete})
    return forms.CharField(label=label, max_length=PASSWORD_LENGTH, strip=False, widget=widget, **options)


class SignInForm(forms.Form):
    username = CodeWordField(
        label=_("用户名"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none", "autofocus": True}),
    )
    password = password_field(_("密码"), autocomplete="current-password")


class CodeForm(forms.Form):
    code = CodeWordField(
        label=_("验证码"),
        min_length=6,
        max_length=20,
        help_text=_("手机验证器上的 6 位数字，或一个恢复码"),
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "autofocus": True}),
    )


class PasswordForm(forms.Form):
    old = password_field(_("现在的密码"), autocomplete="current-password")
    new = password_field(_("新密码"), autocomplete="new-password", help_text=PASSWORD_HINT)
    again = password_field(_("再输一次"), autocomplete="new-password")

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if values.get("new") and values.get("again") and values["new"] != values["again"]:
            self.add_error("again", _("两次输入的新密码不同，请重新输入"))
        return values


class PreferencesForm(forms.Form):
    theme = forms.ChoiceField(label=_("界面"), choices=THEMES, required=False, widget=forms.RadioSelect)
    single_key_shortcuts = forms.BooleanField(label=_("单字母快捷键"), required=False)


class UserEditForm(forms.Form):
    name = NameField(label=_("姓名"), max_length=40)
    agent_no = CodeWordField(label=_("工号"), max_length=12, required=False, help_text=_("热线岗位必填，全公司唯一"))
    phone = PhoneField(label=_("手机"), max_length=20, required=False)


class UserForm(UserEditForm):
    username = CodeWordField(label=_("用户名"), max_length=40, help_text=_("小写字母开头，登录用，以后不能改"))
    password = password_field(_("初始密码"), autocomplete="new-password", help_text=PASSWORD_HINT)
    field_order = ("username", "name", "agent_no", "phone", "password")


class ResetPasswordForm(forms.Form):
    password = password_field(_("临时密码"), autocomplete="new-password", help_text=_("对方下次登录须改掉"))


class ReasonForm(forms.Form):
    reason = NameField(label=_("原因"), max_length=200)
