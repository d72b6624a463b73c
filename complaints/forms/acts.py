"""The form of each step. ``details()`` is what ``perform`` takes; page and API fill the same fields."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _g
from django.utils.translation import gettext_lazy as _

from complaints.forms.fields import (
    InitialsSelect,
    MomentField,
    PersonChoiceField,
    PhoneField,
    TextField,
    TidyField,
    YesNoField,
    day_field,
    department_field,
    name_what_is_missing,
    station_field,
)
from complaints.forms.findings import FindingsMixin
from complaints.models import Order, SubAssignment
from complaints.vocabulary import CauseParty, ContactResult, Means, Satisfaction
from customers import queries as customers
from people.masking import mask_text
from people.models import User
from people.roles import DEPARTMENT_STAFF
from people.standing import holders
from policy import rulebook
from policy.models import Subcategory
from policy.vocabulary import Category, Kind


class ActForm(forms.Form):
    """``order``, ``by`` and ``now`` narrow the choices; ``version`` is the picture the form was opened on.

    ``shows_caller`` marks a form that holds the caller's full data: opening it is a reveal, and recorded (S2-R13).
    """

    shows_caller = False

    version = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)

    def __init__(self, *args: Any, order: Order, by: User, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.order, self.by, self.now = order, by, now
        self.today: date = timezone.localdate(now)
        self.fields["version"].initial = order.version
        for field in self.fields.values():
            if isinstance(field, MomentField):
                field.now = now
        self.prepare()
        name_what_is_missing(self.fields)

    def prepare(self) -> None:
        """Narrows choices and sets initial values; each form its own."""

    def details(self) -> dict[str, Any]:
        return {name: value for name, value in self.cleaned_data.items() if name != "version"}


def staff_of(department_ids: Iterable[int], on: date) -> Any:
    """Active people of these departments, for a handler's choice."""
    return holders(*DEPARTMENT_STAFF, on=on, department_ids=department_ids)


# --- dispatch -------------------------------------------------------------------------------------------------------


class MatterFields(ActForm):
    """Kind, category and subcategory, checked against the rule book."""

    kind = forms.ChoiceField(label=_("类型"), choices=Kind.choices, widget=forms.RadioSelect)
    category = forms.ChoiceField(label=_("分类"), choices=Category.choices, widget=forms.RadioSelect)
    subcategory = forms.SlugField(label=_("细类"), max_length=40, required=False)

    def prepare(self) -> None:
        self.fields["kind"].initial = self.order.kind
        self.fields["category"].initial = self.order.category
        self.fields["subcategory"].initial = self.order.subcategory.code if self.order.subcategory else ""
        self._offer_subcategories()

    def _offer_subcategories(self) -> None:
        """All of them by category, those of the order's own first: the category may be changed in this form."""
        rows = [row for row in rulebook.current().subcategories.values() if row.is_active]
        rows.sort(key=lambda row: (row.category != self.order.category, row.category, row.position, row.code))
        named = ((row.code, f"{Category(row.category).label} · {row.name}") for row in rows)
        self.fields["subcategory"].widget = InitialsSelect(
            choices=[("", _g("不细分")), *named], initials={row.code: row.initials for row in rows}
        )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        code = data.get("subcategory")
        data["subcategory"] = self._subcategory(code, data.get("category")) if code else None
        if code and data["subcategory"] is None:
            self.add_error("subcategory", _g("这个分类下没有该细类，请重新选择。"))
        return data

    def _subcategory(self, code: str, category: str | None) -> Subcategory | None:
        rows = rulebook.current().subcategories.values()
        return next((row for row in rows if row.code == code and row.category == category and row.is_active), None)


class ClassifyForm(MatterFields):
    station = station_field(_("供电所"))
    lead_department = department_field(_("责任部门"), required=False, help_text=_("留空按派单规则；另行指定须写明原因"))
    reason = TidyField(label=_("说明"), max_length=200, required=False)

    def prepare(self) -> None:
        super().prepare()
        self.fields["station"].initial = self.order.station.code if self.order.station else None

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if data.get("lead_department") and not data.get("reason"):
            self.add_error("reason", _g("另行指定责任部门，请写明原因。"))
        return data


class AcceptForm(ActForm):
    handler = PersonChoiceField(
        User.objects.none(), label=_("经办人"), required=False, to_field_name="username", empty_label=_("稍后指派")
    )

    def prepare(self) -> None:
        people = staff_of([self.order.lead_department_id or 0], self.today)
        self.fields["handler"].queryset = people  # type: ignore[attr-defined]


class AssignForm(AcceptForm):
    def prepare(self) -> None:
        super().prepare()
        self.fields["handler"].required = True
        self.fields["handler"].empty_label = _g("请选择")  # type: ignore[attr-defined]


class ReasonForm(ActForm):
    reason = TextField(label=_("原因"), max_length=500, rows=3)


class RejectForm(ActForm):
    reason = TextField(label=_("退单依据"), max_length=500, rows=3, help_text=_("写明应由哪个部门承办、依据哪条规定"))


class DepartmentForm(ActForm):
    lead_department = department_field(_("责任部门"))
    reason = TextField(label=_("原因"), max_length=500, rows=3)


# --- work -----------------------------------------------------------------------------------------------------------


class SubAssignForm(ActForm):
    department = department_field(_("承办单位"))
    task = TextField(label=_("任务"), max_length=1000, rows=3)
    due_on = day_field(_("完成期限"), help_text=_("不晚于本单到期日"))

    def clean_due_on(self) -> date:
        due: date = self.cleaned_data["due_on"]
        if due < self.today:
            raise forms.ValidationError(_g("完成期限不能早于今天。"))
        if self.order.due_on and due > self.order.due_on:
            raise forms.ValidationError(
                _g("子任务期限不能晚于本单到期日 %(day)s。") % {"day": self.order.due_on.isoformat()}
            )
        return due


class SubChoiceField(forms.ModelChoiceField):  # type: ignore[type-arg]
    def label_from_instance(self, obj: SubAssignment) -> str:
        return f"{obj.department.name}：{mask_text(obj.task[:40])}"


class FinishSubForm(ActForm):
    sub = SubChoiceField(SubAssignment.objects.none(), label=_("子任务"), empty_label=None)
    result_text = TextField(label=_("完成情况"), max_length=2000, rows=4)

    def prepare(self) -> None:
        waiting = self.order.sub_assignments.filter(done_at__isnull=True).select_related("department")
        self.fields["sub"].queryset = waiting  # type: ignore[attr-defined]


class ContactForm(ActForm):
    at = MomentField(label=_("联系时间"))
    means = forms.ChoiceField(label=_("方式"), choices=Means.choices, widget=forms.RadioSelect)
    result = forms.ChoiceField(label=_("结果"), choices=ContactResult.choices, widget=forms.RadioSelect)
    note = TextField(label=_("沟通内容"), max_length=2000, rows=4)

    def prepare(self) -> None:
        self.fields["at"].initial = timezone.localtime(self.now).replace(second=0, microsecond=0)
        self.fields["means"].initial = Means.PHONE

    def clean_at(self) -> datetime:
        at: datetime = self.cleaned_data["at"]
        if at < self.order.registered_at.replace(second=0, microsecond=0):
            raise forms.ValidationError(_g("不能早于工单登记时间。"))
        return at


class FactForm(ActForm):
    text = TextField(label=_("进展"), max_length=2000, rows=4)


class CorrectForm(ActForm):
    shows_caller = True
    caller_name = TidyField(label=_("来电人"), max_length=64, required=False)
    caller_phone = PhoneField(label=_("联系电话"), required=False)
    account_no = TidyField(label=_("户号"), max_length=24, required=False)
    address = TidyField(label=_("地址"), max_length=200, required=False)
    callback_when = TidyField(label=_("方便联系时间"), max_length=60, required=False)
    reason = TidyField(label=_("更正原因"), max_length=200)

    def prepare(self) -> None:
        for name in ("caller_name", "caller_phone", "account_no", "address", "callback_when"):
            self.fields[name].initial = getattr(self.order, name)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if self.order.anonymous and (data.get("caller_name") or data.get("caller_phone") or data.get("account_no")):
            self.add_error("caller_name", _g("匿名举报不登记姓名、电话和户号。"))
        if not self.order.anonymous and "caller_phone" in data and not data["caller_phone"]:
            self.add_error("caller_phone", _g("联系电话不能为空。"))
        return data

    def clean_account_no(self) -> str:
        return customers.account_key(self.cleaned_data["account_no"])


class InvestigateForm(FindingsMixin, ActForm):
    field_order = ("version", "plan", "findings", "verified", "cause_party", "cause", "evidence", "evidence_note")

    plan = TextField(label=_("调查方案"), max_length=2000, rows=3)
    findings = TextField(label=_("调查事实"), max_length=8000, rows=5)
    verified = YesNoField(label=_("是否属实"), yes=_("属实"), no=_("不属实"))
    cause_party = forms.ChoiceField(label=_("责任方"), choices=CauseParty.choices, widget=forms.RadioSelect)
    cause = TextField(label=_("原因"), max_length=2000, rows=3)


class ResolveForm(ActForm):
    """One required answer per demand (S4-R35); ``answers`` maps demand key to answer."""

    measures = TextField(label=_("处理措施"), max_length=4000, rows=4)
    basis = TextField(label=_("依据"), max_length=2000, rows=2, help_text=_("引用的规定条款或标准"))

    def prepare(self) -> None:
        for demand in self.order.demands.all():
            self.fields[f"answer_{demand.position}"] = TextField(
                label=_g("答复诉求 %(n)d：%(text)s") % {"n": demand.position, "text": mask_text(demand.text)},
                max_length=2000,
                rows=2,
                initial=demand.answer,
            )

    def details(self) -> dict[str, Any]:
        data = self.cleaned_data
        answers = {d.pk: data[f"answer_{d.position}"] for d in self.order.demands.all()}
        return {"measures": data["measures"], "basis": data["basis"], "answers": answers}


# --- hotline --------------------------------------------------------------------------------------------------------


class ReturnForm(ActForm):
    missing = TextField(label=_("缺少的内容"), max_length=1000, rows=3, help_text=_("逐项写明，部门据此补充"))


class OpinionForm(ActForm):
    text = TextField(label=_("审核意见"), max_length=500, rows=2, required=False)


class CallbackForm(ContactForm):
    """Satisfaction has no preset: whoever was reached and answered is asked (S0-R22)."""

    note = TextField(label=_("答复与沟通内容"), max_length=2000, rows=4)
    answered = forms.BooleanField(label=_("已向客户答复处理结果"), required=False)
    satisfaction = forms.ChoiceField(
        label=_("满意度"), choices=Satisfaction.choices, required=False, widget=forms.RadioSelect
    )
    suggestion = TextField(label=_("客户建议"), max_length=1000, rows=2, required=False)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        reached = data.get("result") == ContactResult.REACHED
        if data.get("answered") and not reached:
            self.add_error("answered", _g("没有联系上客户，不能勾选已答复。"))
        if reached and data.get("answered") and not data.get("satisfaction"):
            self.add_error("satisfaction", _g("请按客户的回答选择满意度；客户不愿评价选“客户未评价”。"))
        if data.get("satisfaction") and not (reached and data.get("answered")):
            self.add_error("satisfaction", _g("联系上并答复客户后才有满意度。"))
        return data


class AnswerForm(MatterFields):
    answer = TextField(label=_("答复内容"), max_length=4000, rows=4)
    satisfaction = forms.ChoiceField(
        label=_("满意度"), choices=[("", _("未评价")), *Satisfaction.choices], required=False
    )


class OutageAnswerForm(ActForm):
    answer = TextField(label=_("答复内容"), max_length=2000, rows=3, help_text=_("停电原因、恢复时间"))


class MergeForm(ActForm):
    """The master is named by its number; out of view means unknown (a second id is checked like the first)."""

    master = TidyField(label=_("主单编号"), max_length=20)
    reason = TextField(label=_("原因"), max_length=500, rows=2)

    def clean_master(self) -> Order:
        number = self.cleaned_data["master"]
        found = Order.objects.visible_to(self.by, now=self.now).filter(number=number).first()
        if found is None:
            raise forms.ValidationError(_g("找不到编号为“%(number)s”的工单。") % {"number": number})
        return found


FORMS: Mapping[str, Callable[..., ActForm]] = {
    "classify": ClassifyForm,
    "accept": AcceptForm,
    "assign_handler": AssignForm,
    "reject_dispatch": RejectForm,
    "rule_dispatch": DepartmentForm,
    "transfer": DepartmentForm,
    "sub_assign": SubAssignForm,
    "finish_sub_assignment": FinishSubForm,
    "contact_customer": ContactForm,
    "add_fact": FactForm,
    "correct": CorrectForm,
    "investigate": InvestigateForm,
    "resolve": ResolveForm,
    "return_feedback": ReturnForm,
    "accept_feedback": OpinionForm,
    "attempt_callback": CallbackForm,
    "reopen": ReasonForm,
    "archive": OpinionForm,
    "answer_on_call": AnswerForm,
    "answer_by_outage": OutageAnswerForm,
    "merge": MergeForm,
    "withdraw": ReasonForm,
}
