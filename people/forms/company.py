"""Departments, posts, headcount, roster and the filter of the audit trail."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from people.forms.fields import (
    CodeWordField,
    DayField,
    NameField,
    PeopleField,
    PersonField,
    PhoneField,
)
from people.models import Department, DepartmentKind
from people.roles import HOTLINE, Role
from people.standing import holders

MOST_PEOPLE = 100_000


def choices(enum: Any) -> list[tuple[str, Any]]:
    return [("", _("请选择")), *enum.choices]


class DepartmentEditForm(forms.Form):
    name = NameField(label=_("名称"), max_length=60)
    kind = forms.TypedChoiceField(label=_("类别"), choices=choices(DepartmentKind), coerce=DepartmentKind)
    parent = forms.ModelChoiceField(
        label=_("上级部门"), queryset=Department.objects.all(), required=False, empty_label=_("无")
    )
    phone = PhoneField(label=_("电话"), max_length=20, required=False)
    position = forms.IntegerField(label=_("排序"), min_value=0, max_value=9999)
    is_active = forms.BooleanField(label=_("在用"), required=False)


class DepartmentForm(forms.Form):
    code = forms.SlugField(label=_("代码"), max_length=40, help_text=_("小写英文和下划线，以后不能改"))
    name = NameField(label=_("名称"), max_length=60)
    kind = forms.TypedChoiceField(label=_("类别"), choices=choices(DepartmentKind), coerce=DepartmentKind)
    parent = forms.ModelChoiceField(
        label=_("上级部门"), queryset=Department.objects.filter(is_active=True), empty_label=_("请选择")
    )
    phone = PhoneField(label=_("电话"), max_length=20, required=False)
    position = forms.IntegerField(label=_("排序"), min_value=0, max_value=9999, initial=99)


class HeadcountForm(forms.Form):
    valid_from = DayField(label=_("从哪天起"))
    count = forms.IntegerField(label=_("在岗人数"), min_value=0, max_value=MOST_PEOPLE)


class ContactForm(forms.Form):
    user = PersonField(label=_("联系人"))
    valid_from = DayField(label=_("起始日"))
    valid_to = DayField(label=_("终止日"), required=False)
    is_backup = forms.BooleanField(label=_("备用联系人"), required=False)


class AssignmentForm(forms.Form):
    role = forms.TypedChoiceField(label=_("角色"), choices=choices(Role), coerce=Role)
    department = forms.ModelChoiceField(
        label=_("部门"), queryset=Department.objects.filter(is_active=True), empty_label=_("请选择")
    )
    valid_from = DayField(label=_("起始日"))
    valid_to = DayField(label=_("终止日"), required=False)
    is_backup = forms.BooleanField(label=_("备用联系人"), required=False)


class SubstituteForm(forms.Form):
    user = PersonField(label=_("代理人"))
    valid_from = DayField(label=_("起始日"))
    valid_to = DayField(label=_("终止日"))


class EndForm(forms.Form):
    valid_to = DayField(label=_("最后一天"))


class ShiftForm(forms.Form):
    """One shift of a department; the end lies on the next day when it is not after the beginning."""

    day = DayField(label=_("日期"))
    begin = forms.TimeField(label=_("开始"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))
    end = forms.TimeField(label=_("结束"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))
    shift_leader = PersonField(label=_("值长"))
    supervisor = PersonField(label=_("主管"))
    members = PeopleField(label=_("坐席"), queryset=None)

    # Errors of plan_shift that name a moment belong to the field the moment was typed into.
    SERVICE_FIELDS = {"starts_at": "begin", "ends_at": "end"}

    def __init__(self, *args: Any, department: Department, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        on = timezone.localdate(now)
        for name, roles in (
            ("shift_leader", (Role.SHIFT_LEADER,)),
            ("supervisor", (Role.SUPERVISOR,)),
            ("members", tuple(HOTLINE)),
        ):
            self.fields[name].queryset = holders(*roles, on=on, department_ids=[department.pk])  # type: ignore[attr-defined]

    def moments(self) -> tuple[datetime, datetime]:
        """Begin and end as moments in local time."""
        values, zone = self.cleaned_data, timezone.get_current_timezone()
        starts_at = datetime.combine(values["day"], values["begin"], zone)
        ends_at = datetime.combine(values["day"], values["end"], zone)
        if ends_at <= starts_at:
            ends_at = datetime.combine(values["day"] + timedelta(days=1), values["end"], zone)
        return starts_at, ends_at


class AuditFilterForm(forms.Form):
    actor = CodeWordField(label=_("用户名"), max_length=40, required=False)
    action = CodeWordField(label=_("操作"), max_length=60, required=False)
    since = DayField(label=_("从"), required=False)
    until = DayField(label=_("到"), required=False)
    before = forms.CharField(max_length=60, required=False, widget=forms.HiddenInput)
