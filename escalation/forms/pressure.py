"""Urging, supervising, dealing with what lies before one; promises to the customer and times of faults."""

from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext as _g
from django.utils.translation import gettext_lazy as _

from complaints.forms import ActForm
from complaints.forms.acts import staff_of
from complaints.forms.fields import MomentField, PersonChoiceField, TextField, TidyField, YesNoField, day_field
from escalation.services.pressure import may_urge
from escalation.vocabulary import EscalationAct, PromiseKind, UrgeLevel
from people.models import User


class UrgeForm(ActForm):
    """Levels that are not this person's are not offered."""

    level = forms.ChoiceField(label=_("方式"), choices=UrgeLevel.choices, widget=forms.RadioSelect)
    text = TextField(label=_("内容"), max_length=500, rows=4, help_text=_("客户为什么催、要求什么时候有结果"))

    def prepare(self) -> None:
        levels = [level for level in UrgeLevel if may_urge(self.by, level, now=self.now)]
        self.fields["level"].choices = [(level, level.label) for level in levels]  # type: ignore[attr-defined]
        self.fields["level"].initial = UrgeLevel.URGE


class SuperviseForm(ActForm):
    text = TextField(label=_("督办要求"), max_length=500, rows=4)


class EscalationForm(ActForm):
    """``offered`` are the acts open at this rung; set by the view before the form is shown or read."""

    act = forms.ChoiceField(label=_("处理"), choices=EscalationAct.choices, widget=forms.RadioSelect)
    handler = PersonChoiceField(
        User.objects.none(),
        label=_("新的经办人"),
        required=False,
        to_field_name="username",
        empty_label=_("请选择"),
        error_messages={"invalid_choice": _("请从本部门人员中选择。")},
    )
    opinion = TextField(label=_("意见"), max_length=500, rows=4, required=False, help_text=_("上报、批示必填"))

    def prepare(self) -> None:
        lead = self.order.lead_department_id
        if lead is not None:
            self.fields["handler"].queryset = staff_of([lead], self.today)  # type: ignore[attr-defined]

    def offer(self, acts: tuple[EscalationAct, ...]) -> None:
        self.fields["act"].choices = [(act, act.label) for act in acts]  # type: ignore[attr-defined]
        if EscalationAct.REASSIGNED not in acts:
            self.fields["handler"].widget = forms.HiddenInput()

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("act") == EscalationAct.REASSIGNED and not data.get("handler"):
            self.add_error("handler", _g("请选择新的经办人。"))
        if data.get("act") in {EscalationAct.PASSED_UP, EscalationAct.INSTRUCTED} and not data.get("opinion"):
            self.add_error("opinion", _g("上报或批示须写明意见。"))
        return data


class ComingMomentField(MomentField):
    """A time that is told in advance: it may lie ahead."""

    def clean(self, value: Any) -> datetime | None:
        self.now = None
        return super().clean(value)


class PromiseForm(ActForm):
    """A connection's time follows from its first day; everything else is told as a time."""

    kind = forms.ChoiceField(label=_("承诺"), choices=PromiseKind.choices, widget=forms.RadioSelect)
    what = TidyField(label=_("事项"), max_length=100, help_text=_("例：上门检查表箱、答复赔偿方案、居民新装"))
    promised_at = ComingMomentField(label=_("承诺时间"), required=False, help_text=_("接电不填，按起算日推算"))
    starts_on = day_field(_("接电起算日"), required=False, help_text=_("居民为申请日；其他为受理与签合同中较晚的一天"))
    resident = YesNoField(label=_("居民用户"), required=False)
    waited_days = forms.IntegerField(
        label=_("客户侧等待"), required=False, min_value=0, max_value=365, help_text=_("工作日，须写明原因")
    )
    reason = TidyField(label=_("原因"), max_length=200, required=False, help_text=_("延迟答复须写明具体原因"))

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        kind = data.get("kind")
        if kind == PromiseKind.CONNECTION and not data.get("starts_on"):
            self.add_error("starts_on", _g("请填写接电的起算日。"))
        if kind in {PromiseKind.DELAY, PromiseKind.APPOINTMENT}:
            if data.get("promised_at") is None:
                self.add_error("promised_at", _g("请填写承诺的时间。"))
            elif data["promised_at"] <= self.now:
                self.add_error("promised_at", _g("承诺的时间须晚于现在。"))
        if (kind == PromiseKind.DELAY or data.get("waited_days")) and not data.get("reason"):
            self.add_error("reason", _g("请写明具体原因。"))
        return data

    def details(self) -> dict[str, Any]:
        data = super().details()
        resident = data["resident"]
        return data | {"resident": True if resident is None else resident, "waited_days": data["waited_days"] or 0}


class FaultTimesForm(ActForm):
    arrived_at = MomentField(label=_("到场时间"), required=False)
    restored_at = MomentField(label=_("复电时间"), required=False)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if not data.get("arrived_at") and not data.get("restored_at") and not self.errors:
            self.add_error("arrived_at", _g("请填写到场时间。"))
        return data
