"""Forms about money. Page and API fill the same fields; each says what is missing and how to put it right."""

from datetime import date, datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from complaints.forms.fields import PersonChoiceField, TextField, TidyField, department_field, name_what_is_missing
from complaints.models import Order
from escalation.ledger import live
from escalation.models import Penalty
from escalation.money import UNQUALIFIED_GROUNDS, PenaltyKind, RulingGround
from people.models import User
from people.roles import DEPARTMENT_STAFF
from people.standing import holders
from policy.limits import shanghai_day

LONGEST_REASON = 200


class MoneyForm(forms.Form):
    """``order`` narrows the choices where the form is about one."""

    def __init__(self, *args: Any, order: Order | None = None, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.order, self.now = order, now
        self.prepare()
        name_what_is_missing(self.fields)

    def prepare(self) -> None:
        """Narrows choices; each form its own."""


class LinesField(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]
    widget = forms.CheckboxSelectMultiple

    def label_from_instance(self, obj: Penalty) -> str:
        return f"{obj.day:%Y-%m-%d} {obj.get_kind_display()} {obj.department.name} {obj.amount:.0f}"


def live_lines(order: Order | None) -> Any:
    rows = live(Penalty.objects.filter(order=order)).exclude(kind=PenaltyKind.CAP)
    return rows.select_related("department").order_by("day", "id")


class ReasonForm(MoneyForm):
    reason = TidyField(label=_("理由"), max_length=LONGEST_REASON)


class TextForm(MoneyForm):
    text = TextField(label=_("理由"), rows=5)


class ProposeForm(MoneyForm):
    """S4-R49: one of the listed grounds, and what is wrong."""

    ground = forms.ChoiceField(
        label=_("情形"), widget=forms.RadioSelect, choices=[(one.value, one.label) for one in UNQUALIFIED_GROUNDS]
    )
    text = TextField(label=_("哪里不合格"), rows=4)

    def clean_ground(self) -> RulingGround:
        return RulingGround(self.cleaned_data["ground"])


class WaiveForm(MoneyForm):
    lines = LinesField(
        label=_("扣罚"),
        queryset=Penalty.objects.none(),
        error_messages={"invalid_choice": _("这条扣罚已撤销或不属于本单，请重新选择。")},
    )
    text = TextField(label=_("理由"), rows=4)

    def prepare(self) -> None:
        self.fields["lines"].queryset = live_lines(self.order)  # type: ignore[attr-defined]


class ReattributeForm(MoneyForm):
    days = forms.TypedMultipleChoiceField(
        label=_("日期"), coerce=date.fromisoformat, widget=forms.CheckboxSelectMultiple, choices=()
    )
    department = department_field(_("改归部门"))
    reason = TidyField(label=_("理由"), max_length=LONGEST_REASON)

    def prepare(self) -> None:
        rows = live_lines(self.order).filter(kind=PenaltyKind.OVERDUE)
        days = sorted({row.day for row in rows})
        self.fields["days"].choices = [(str(day), f"{day:%Y-%m-%d}") for day in days]  # type: ignore[attr-defined]


class NamePersonForm(MoneyForm):
    person = PersonChoiceField(
        label=_("责任人"),
        queryset=User.objects.none(),
        error_messages={"invalid_choice": _("责任人须是责任部门的人员，请从列表中选择。")},
    )

    def prepare(self) -> None:
        lead = self.order.lead_department_id if self.order else None
        rows = holders(*DEPARTMENT_STAFF, on=shanghai_day(self.now), department_ids=[lead] if lead else [])
        self.fields["person"].queryset = rows  # type: ignore[attr-defined]


class DecideForm(MoneyForm):
    """A decision is one of two buttons, with its reasons."""

    opinion = TextField(label=_("意见"), rows=4)
    decision = forms.ChoiceField(
        label=_("决定"), widget=forms.RadioSelect, choices=[("yes", _("成立")), ("no", _("不成立"))]
    )

    def agrees(self) -> bool:
        return bool(self.cleaned_data["decision"] == "yes")


class LedgerFilter(forms.Form):
    """The ledger's filter; unknown parameters are refused by the view."""

    month = forms.DateField(
        label=_("月份"),
        required=False,
        input_formats=["%Y-%m"],
        widget=forms.DateInput(attrs={"type": "month"}, format="%Y-%m"),
        error_messages={"invalid": _("月份写作 2026-09。")},
    )
    department = department_field(_("部门"), required=False, empty=_("全部部门"))
    status = forms.ChoiceField(
        label=_("状态"),
        required=False,
        choices=[("", _("全部")), ("live", _("有效")), ("void", _("已撤销"))],
    )
    after = forms.IntegerField(required=False, min_value=1, max_value=2**53, widget=forms.HiddenInput)
