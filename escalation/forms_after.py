"""Forms about what follows a verified complaint."""

from datetime import timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext as _g
from django.utils.translation import gettext_lazy as _

from complaints.forms.fields import PersonChoiceField, TextField, TidyField, day_field
from escalation.forms_money import MoneyForm
from escalation.money import CompensationKind, Measure, RecordKind
from people.models import RESPONSIBLE_KINDS, Department, User
from people.roles import DEPARTMENT_STAFF
from people.standing import holders
from policy.limits import shanghai_day

MOST_YUAN = 10_000_000
FEW_ROWS = 3


def person_field(label: Any, *, required: bool = True) -> PersonChoiceField:
    return PersonChoiceField(
        label=label,
        required=required,
        queryset=User.objects.none(),
        error_messages={"invalid_choice": _("没有这个人，请从列表中选择。")},
    )


def yuan_field(label: Any, *, required: bool = True, least: Any = 0) -> forms.DecimalField:
    return forms.DecimalField(
        label=label, required=required, min_value=least, max_value=MOST_YUAN, max_digits=10, decimal_places=2
    )


class WithPerson(MoneyForm):
    """Offers the people of the lead department."""

    people = "person"

    def prepare(self) -> None:
        lead = self.order.lead_department_id if self.order else None
        rows = holders(*DEPARTMENT_STAFF, on=shanghai_day(self.now), department_ids=[lead] if lead else [])
        self.fields[self.people].queryset = rows  # type: ignore[attr-defined]


class RectifyForm(WithPerson):
    people = "owner"
    owner = person_field(_("整改负责人"))
    measures = TextField(label=_("整改措施"), rows=4)
    due_on = day_field(_("整改期限"))

    def prepare(self) -> None:
        super().prepare()
        self.fields["due_on"].initial = shanghai_day(self.now) + timedelta(weeks=1)


class ProofForm(MoneyForm):
    proof = TextField(label=_("整改情况"), rows=5)


class AcceptForm(MoneyForm):
    accepted = forms.ChoiceField(
        label=_("验收"), widget=forms.RadioSelect, choices=[("yes", _("通过")), ("no", _("退回"))]
    )
    missing = TextField(label=_("退回原因"), rows=FEW_ROWS, required=False)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("accepted") == "no" and not data.get("missing"):
            self.add_error("missing", _g("退回须写明缺少什么。"))
        data["accepted"] = data.get("accepted") == "yes"
        return data


class InspectForm(MoneyForm):
    departments = forms.ModelMultipleChoiceField(
        label=_("自查部门"),
        queryset=Department.objects.filter(is_active=True, kind__in=RESPONSIBLE_KINDS),
        to_field_name="code",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": _("没有这个部门，请从列表中选择。")},
    )
    task = TextField(label=_("自查内容"), rows=4)
    due_on = day_field(_("完成期限"))


class ResultForm(MoneyForm):
    result = TextField(label=_("自查结果"), rows=5)


class AccountableForm(WithPerson):
    person = person_field(_("责任人"))
    role = TidyField(label=_("岗位"), max_length=40)
    measure = forms.ChoiceField(label=_("处理"), choices=Measure.choices, widget=forms.RadioSelect)
    amount = yuan_field(_("金额（元）"), required=False)
    notice = TidyField(label=_("文号或说明"), max_length=120)


class RecordForm(WithPerson):
    kind = forms.ChoiceField(label=_("类别"), choices=RecordKind.choices, widget=forms.RadioSelect)
    person = person_field(_("对象"), required=False)
    text = TextField(label=_("事由"), rows=4)
    amount = yuan_field(_("奖励（元）"), required=False)


class CompensateForm(MoneyForm):
    form = forms.ChoiceField(label=_("方式"), choices=CompensationKind.choices, widget=forms.RadioSelect)
    amount = yuan_field(_("金额（元）"), least="0.01")
    charged = yuan_field(_("原收费（元）"), required=False)
    correct = yuan_field(_("应收费（元）"), required=False)
    visit_on = day_field(_("登门致歉日期"), required=False)
    text = TextField(label=_("理由"), rows=4)
