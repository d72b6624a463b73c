"""Forms of the closing page."""

from datetime import datetime
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _g
from django.utils.translation import gettext_lazy as _

from complaints.forms.fields import PersonChoiceField, TextField, TidyField, day_field, name_what_is_missing
from outage.closing.models import FeedbackSource
from outage.flow.forms import PastField
from outage.models import Outage
from outage.permissions import operations_ids
from people.models import User
from people.roles import DEPARTMENT_STAFF
from people.standing import holders

NOTE_LENGTH = 2000


class ClosingForm(forms.Form):
    """``outage`` and ``now`` narrow choices; ``version`` 0: nothing was kept yet."""

    def __init__(self, *args: Any, outage: Outage, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.outage, self.now = outage, now
        for field in self.fields.values():
            if isinstance(field, PastField):
                field.now = now
                field.initial = field.initial or now
        self.prepare()
        name_what_is_missing(self.fields)

    def prepare(self) -> None:
        """Choices and initial values; each form its own."""


class KeptForm(ClosingForm):
    """A form of a row that is corrected in place."""

    version = forms.IntegerField(min_value=0, max_value=2**31 - 1, widget=forms.HiddenInput, initial=0)
    kept = ""

    def prepare(self) -> None:
        row = getattr(self.outage, self.kept, None)
        if row is not None:
            for name, field in self.fields.items():
                field.initial = getattr(row, name)

    def values(self) -> dict[str, Any]:
        return {name: value for name, value in self.cleaned_data.items() if name != "version"}


class LedgerForm(KeptForm):
    kept = "ledger"
    course = TextField(label=_("经过"), max_length=NOTE_LENGTH, rows=4)
    cause = TidyField(label=_("查明的原因"), max_length=300)
    impact = TidyField(label=_("影响"), max_length=300, help_text=_("户数、重要用户、时长"))
    measures = TextField(label=_("处置措施"), max_length=NOTE_LENGTH, rows=3)
    no_feedback_reason = TidyField(
        label=_("无意见说明"), max_length=200, required=False, help_text=_("确实没有时写明怎样核实的")
    )


class ReviewForm(KeptForm):
    kept = "review"
    held_on = day_field(_("复盘日期"))
    attended = TidyField(label=_("参加人"), max_length=200)
    conclusion = TextField(label=_("结论"), max_length=NOTE_LENGTH, rows=4)

    def clean_held_on(self) -> Any:
        day = self.cleaned_data["held_on"]
        if day > timezone.localdate(self.now):
            raise forms.ValidationError(_g("复盘日期不能晚于今天。"), code="future")
        return day


class FeedbackForm(ClosingForm):
    source = forms.ChoiceField(label=_("来源"), choices=FeedbackSource.choices)
    text = TextField(label=_("意见"), max_length=500, rows=2)
    answer = TextField(label=_("答复或处理"), max_length=300, rows=2, required=False)
    at = PastField(label=_("时间"))


class GapForm(ClosingForm):
    key = forms.RegexField(r"\A[a-z]+(-[0-9]{1,19})?\Z", max_length=80, widget=forms.HiddenInput)
    text = TidyField(label=_("说明"), max_length=300)


class ActionForm(ClosingForm):
    what = TidyField(label=_("改进措施"), max_length=300)
    owner = PersonChoiceField(User.objects.none(), label=_("责任人"), to_field_name="username", empty_label=_("请选择"))
    due_on = day_field(_("完成期限"))

    def prepare(self) -> None:
        places = operations_ids() | {self.outage.station_id, *self.outage.station_ids}
        people = holders(*DEPARTMENT_STAFF, on=timezone.localdate(self.now), department_ids=places)
        self.fields["owner"].queryset = people  # type: ignore[attr-defined]

    def clean_due_on(self) -> Any:
        day = self.cleaned_data["due_on"]
        if day < timezone.localdate(self.now):
            raise forms.ValidationError(_g("完成期限不能早于今天。"), code="past")
        return day


class DoneForm(ClosingForm):
    result = TidyField(label=_("完成情况"), max_length=300)
