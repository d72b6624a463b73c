"""The form of each step of the workflow. ``details()`` is what ``perform`` takes. A time left blank is now."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext as _g
from django.utils.translation import gettext_lazy as _

from complaints.forms.fields import MomentField, TextField, TidyField, name_what_is_missing
from customers.models import TransformerArea
from outage.forms.opening import MOST_HOUSEHOLDS, AreasField
from outage.models import Outage
from outage.vocabulary import RUNNING, OutageCause
from people.models import User


class OutageForm(forms.Form):
    """``version`` is the picture the form was opened on."""

    version = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)

    def __init__(self, *args: Any, outage: Outage, by: User, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.outage, self.by, self.now = outage, by, now
        self.fields["version"].initial = outage.version
        for field in self.fields.values():
            if isinstance(field, MomentField):
                field.now = now
        self.prepare()
        name_what_is_missing(self.fields)

    def prepare(self) -> None:
        """Narrows choices and sets initial values; each form its own."""

    def details(self) -> dict[str, Any]:
        return {name: value for name, value in self.cleaned_data.items() if name != "version"}


class TimeForm(OutageForm):
    at = MomentField(label=_("时间"), required=False, help_text=_("留空为现在"))

    def details(self) -> dict[str, Any]:
        return super().details() | {"at": self.cleaned_data["at"] or self.now}


def future_field(label: Any) -> forms.DateTimeField:
    return forms.DateTimeField(
        label=label,
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        error_messages={"invalid": _("时间写作 2026-09-18 20:16。")},
    )


class ProgressForm(OutageForm):
    text = TextField(label=_("进度"), max_length=500, rows=2, help_text=_("现在做到哪一步"))
    expected_at = future_field(_("预计送电"))
    cause = forms.ChoiceField(label=_("原因类别"), choices=OutageCause.choices, required=False)
    cause_text = TidyField(label=_("原因"), max_length=200, required=False, help_text=_("客户听得懂的话"))

    def prepare(self) -> None:
        self.fields["expected_at"].initial = self.outage.expected_at
        self.fields["cause"].initial = self.outage.cause
        self.fields["cause_text"].initial = self.outage.cause_text

    def clean_expected_at(self) -> datetime | None:
        found: datetime | None = self.cleaned_data["expected_at"]
        if found is not None and found != self.outage.expected_at and found <= self.now:
            raise forms.ValidationError(_g("预计送电时间已经过去，请填将来的时间。"))
        return found


class CorrectForm(OutageForm):
    detected_at = MomentField(label=_("获知时间"), required=False)
    occurred_at = MomentField(label=_("停电时间"), required=False)
    repair_started_at = MomentField(label=_("抢修开展"), required=False)
    restored_at = MomentField(label=_("送电时间"), required=False)
    reason = TextField(label=_("更正原因"), max_length=500, rows=2, help_text=_("原来的时间和原因都会保留"))

    def prepare(self) -> None:
        for name in ("repair_started_at", "restored_at"):
            if getattr(self.outage, name) is None:
                del self.fields[name]


class DarkAreasForm(TimeForm):
    areas = AreasField(TransformerArea.objects.none(), label=_("已送电的台区"), widget=forms.CheckboxSelectMultiple)

    def prepare(self) -> None:
        dark = TransformerArea.objects.filter(outage_areas__outage=self.outage, outage_areas__restored_at__isnull=True)
        self.fields["areas"].queryset = dark.order_by("name")  # type: ignore[attr-defined]

    def details(self) -> dict[str, Any]:
        return super().details() | {"areas": list(self.cleaned_data["areas"])}


class SplitForm(DarkAreasForm):
    title = TidyField(label=_("新停电的名称"), max_length=80)
    households_left = forms.IntegerField(
        label=_("原停电剩余户数"), required=False, min_value=0, max_value=MOST_HOUSEHOLDS, help_text=_("留空则自动相减")
    )

    def prepare(self) -> None:
        super().prepare()
        del self.fields["at"]
        self.fields["areas"].label = _("拆出的台区")

    def details(self) -> dict[str, Any]:
        areas = list(self.cleaned_data["areas"])
        left = self.cleaned_data["households_left"]
        if left is None:
            left = max(0, self.outage.households - sum(area.households for area in areas))
        return {"areas": areas, "title": self.cleaned_data["title"], "households_left": left}


class AreaForm(OutageForm):
    areas = AreasField(
        TransformerArea.objects.none(), label=_("增加的台区"), widget=forms.CheckboxSelectMultiple, required=False
    )
    households = forms.IntegerField(label=_("停电总户数"), min_value=0, max_value=MOST_HOUSEHOLDS)
    reason = TextField(label=_("原因"), max_length=500, rows=2)

    def prepare(self) -> None:
        known = self.outage.areas.values("area_id")
        rows = TransformerArea.objects.filter(station=self.outage.station_id).exclude(pk__in=known)
        self.fields["areas"].queryset = rows.order_by("name")  # type: ignore[attr-defined]
        self.fields["households"].initial = self.outage.households

    def details(self) -> dict[str, Any]:
        return super().details() | {"areas": list(self.cleaned_data["areas"])}


class MergeForm(OutageForm):
    master = TidyField(
        label=_("并入哪一起停电"), max_length=32, help_text=_("填停电编号；两起的台区、来电和通知合在一起")
    )
    reason = TextField(label=_("原因"), max_length=500, rows=2)

    def clean_master(self) -> Outage:
        number = self.cleaned_data["master"]
        found = Outage.objects.visible_to(self.by, now=self.now).filter(number=number, state__in=RUNNING).first()
        if found is None:
            raise forms.ValidationError(_g("找不到编号为“%(number)s”的进行中停电。") % {"number": number})
        return found


class ReasonForm(OutageForm):
    reason = TextField(label=_("原因"), max_length=500, rows=2)


class RemarkForm(OutageForm):
    text = TextField(label=_("说明"), max_length=500, rows=2, required=False)


FORMS: Mapping[str, type[OutageForm]] = {
    "begin": TimeForm,
    "start_repair": TimeForm,
    "report_progress": ProgressForm,
    "correct_times": CorrectForm,
    "change_area": AreaForm,
    "restore_part": DarkAreasForm,
    "restore": TimeForm,
    "withdraw_restoration": ReasonForm,
    "split": SplitForm,
    "merge": MergeForm,
    "cancel": ReasonForm,
    "close": RemarkForm,
}
