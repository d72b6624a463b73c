"""The form of each step of a disconnection, and the one that proposes it."""

from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext as _g
from django.utils.translation import gettext_lazy as _

from complaints.forms.fields import MomentField, TextField, TidyField, name_what_is_missing
from customers import queries
from customers.models import Customer
from outage.disconnection import permissions
from outage.disconnection.vocabulary import Delivery, Risk, Told
from outage.flow.forms import Forms, PastField, StepForm
from people.standing import Standing

NOTE_LENGTH = 1000


class ProposeForm(forms.Form):
    """Who owes what. The customer must be one of the proposer's own stations."""

    account_no = TidyField(label=_("户号"), max_length=20, help_text=_("本所客户的户号"))
    arrears_yuan = forms.DecimalField(
        label=_("欠费金额"), min_value=0, max_digits=12, decimal_places=2, help_text=_("元，含违约金")
    )
    arrears_months = TidyField(label=_("欠费月份"), max_length=60, help_text=_("例如 2026 年 7 至 9 月"))
    text = TextField(label=_("催交经过"), max_length=NOTE_LENGTH, rows=3, help_text=_("何时、用什么方式催过"))

    def __init__(self, *args: Any, held: Standing, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.held = held
        name_what_is_missing(self.fields)

    def clean_account_no(self) -> Customer:
        within = Customer.objects.filter(station_id__in=permissions.may_open(self.held))
        found = queries.find_by_account(self.cleaned_data["account_no"], within=within)
        if found is None:
            raise forms.ValidationError(_g("本所没有这个户号，请核对；外所客户请由所属供电所提出。"), code="unknown")
        return found


class CheckForm(StepForm):
    risks = forms.MultipleChoiceField(
        label=_("有下列情形"), choices=Risk.choices, required=False, widget=forms.CheckboxSelectMultiple
    )
    risk_note = TextField(
        label=_("风险与措施"), max_length=NOTE_LENGTH, rows=3, required=False, help_text=_("有上列任一情形的必填")
    )
    text = TextField(label=_("核查经过"), max_length=NOTE_LENGTH, rows=3)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("risks") and not cleaned.get("risk_note"):
            self.add_error("risk_note", _g("请写明“风险与措施”：停电会影响谁，怎样避免。"))
        return cleaned


class PlanForm(StepForm):
    """S1-R24: the three measures of a delicate case."""

    government = TextField(label=_("政府协调"), max_length=NOTE_LENGTH, rows=2)
    timing = TextField(label=_("停电时机"), max_length=NOTE_LENGTH, rows=2)
    soothing = TextField(label=_("安抚措施"), max_length=NOTE_LENGTH, rows=2)

    def prepare(self) -> None:
        for name in ("government", "timing", "soothing"):
            self.fields[name].initial = getattr(self.case, f"plan_{name}")


class OpinionForm(StepForm):
    text = TextField(label=_("意见"), max_length=NOTE_LENGTH, rows=2, required=False)


class ReasonForm(StepForm):
    text = TextField(label=_("原因"), max_length=NOTE_LENGTH, rows=2)


class DeliverForm(StepForm):
    execute_at = MomentField(label=_("停电时间"), help_text=_("通知书上写明的时间，只能在这个时间停电"))
    delivered_at = PastField(label=_("送达时间"))
    delivery = forms.ChoiceField(label=_("送达方式"), choices=Delivery.choices, widget=forms.RadioSelect)
    received_by = TidyField(label=_("签收人"), max_length=60, help_text=_("留置送达的写见证人"))

    def clean_execute_at(self) -> datetime:
        value: datetime = self.cleaned_data["execute_at"]
        if value <= self.now:
            raise forms.ValidationError(_g("停电时间须晚于现在。"), code="past")
        return value


class ReportForm(StepForm):
    reported_at = PastField(label=_("报送时间"))
    report_ref = TidyField(label=_("文号或回执"), max_length=80)


class TellAgainForm(StepForm):
    told_at = PastField(label=_("通知时间"))
    means = forms.ChoiceField(label=_("通知方式"), choices=Told.choices, widget=forms.RadioSelect)
    text = TextField(label=_("客户答复"), max_length=NOTE_LENGTH, rows=2, required=False)


class ExecuteForm(StepForm):
    unpaid = forms.BooleanField(label=_("刚刚核对过账户，客户仍未交清"))
    text = TextField(label=_("现场情况"), max_length=NOTE_LENGTH, rows=2, required=False)


class PaidForm(StepForm):
    paid_at = PastField(label=_("交清时间"))
    text = TextField(label=_("凭据或备注"), max_length=NOTE_LENGTH, rows=2, required=False)


class ReconnectForm(StepForm):
    reconnected_at = PastField(label=_("复电时间"))
    text = TextField(label=_("现场情况"), max_length=NOTE_LENGTH, rows=2, required=False)


FORMS: Forms = {
    "precheck": CheckForm,
    "plan": PlanForm,
    "approve": OpinionForm,
    "send_back": ReasonForm,
    "deliver": DeliverForm,
    "report": ReportForm,
    "tell_again": TellAgainForm,
    "execute": ExecuteForm,
    "settle": PaidForm,
    "pay": PaidForm,
    "reconnect": ReconnectForm,
    "cancel": ReasonForm,
}


class FilterForm(forms.Form):
    """The list's one parameter."""

    show = forms.ChoiceField(
        choices=[("open", _("未结")), ("today", _("今天要停电")), ("reconnect", _("待复电")), ("ended", _("已结束"))],
        required=False,
    )
    before = forms.IntegerField(required=False, min_value=1, max_value=2**53)
