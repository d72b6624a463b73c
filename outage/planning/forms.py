"""The form of each step of a plan, lead times, days to spare, and the month's parameters."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _g
from django.utils.translation import gettext_lazy as _

from complaints.forms.fields import (
    LinesField,
    MomentField,
    TextField,
    TidyField,
    day_field,
    name_what_is_missing,
    station_field,
)
from customers.models import TransformerArea
from outage.flow.forms import Forms, PastField, StepForm
from outage.planning.leads import owed_for
from outage.planning.models import LONGEST_LEAD
from outage.planning.permissions import planned_stations
from outage.planning.publictext import holds_personal_data, proposed
from outage.planning.vocabulary import DayKind, Medium, PlanKind
from people.models import Department, User
from people.standing import standing
from policy.rulebook import policy_on

NOTE_LENGTH = 1000
LONGEST_PLAN = timedelta(days=14)
MOST_AREAS = 100


class PlanFields(forms.Form):
    """Span, areas and public text, checked the same way for a new plan, a correction and a change."""

    title = TidyField(label=_("停电范围"), max_length=80, help_text=_("对客户说的地名，例如 江湾新村 3–8 幢"))
    areas = LinesField(label=_("台区"), most=MOST_AREAS, longest=80, help_text=_("每行一个台区名称或编号"))
    work = TidyField(label=_("工作内容"), max_length=200, help_text=_("例如 10 千伏线路检修，公告中用"))
    starts_at = MomentField(label=_("停电开始"))
    ends_at = MomentField(label=_("预计送电"))
    public_text = TextField(
        label=_("公告内容"), max_length=NOTE_LENGTH, rows=4, required=False, help_text=_("留空则按以上内容写成")
    )

    station: Department | None
    now: datetime

    def clean_areas(self) -> list[TransformerArea]:
        if self.station is None:
            return []
        return resolve(self.cleaned_data["areas"], self.station)

    def clean_public_text(self) -> str:
        text: str = self.cleaned_data["public_text"]
        allowed = [policy_on(timezone.localdate(self.now)).hotline_number]
        if holds_personal_data(text, allowed=allowed):
            raise forms.ValidationError(_g("公告不能有个人电话、证件号或户号，请删去。"), code="personal")
        return text

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        begin, end = cleaned.get("starts_at"), cleaned.get("ends_at")
        if begin and begin <= self.now:
            self.add_error("starts_at", _g("停电开始须晚于现在。"))
        if begin and end and end <= begin:
            self.add_error("ends_at", _g("预计送电须晚于停电开始。"))
        elif begin and end and end - begin > LONGEST_PLAN:
            self.add_error("ends_at", _g("一份计划最长 14 天，请分开拟。"))
        if begin and end and not self.errors and not cleaned.get("public_text"):
            hotline = policy_on(timezone.localdate(self.now)).hotline_number
            cleaned["public_text"] = proposed(
                title=cleaned["title"], work=cleaned["work"], starts_at=begin, ends_at=end, hotline=hotline
            )
        return cleaned


def resolve(names: list[str], station: Department) -> list[TransformerArea]:
    """Areas of the station by code, name or alias; an unknown one is named, with the nearest known ones."""
    rows = TransformerArea.objects.filter(station=station)
    found: dict[int, TransformerArea] = {}
    for name in names:
        hit = rows.filter(Q(code__iexact=name) | Q(name=name) | Q(aliases__contains=[name])).first()
        if hit is None:
            near = "、".join(rows.filter(name__icontains=name[:2]).values_list("name", flat=True)[:5])
            text = _g("%(station)s没有台区“%(name)s”，请核对。") % {"station": station.name, "name": name[:30]}
            hint = _g("相近的有：%(near)s。") % {"near": near} if near else ""
            raise forms.ValidationError(text + hint, code="unknown")
        found[hit.pk] = hit
    return list(found.values())


class NewPlanForm(PlanFields):
    kind = forms.ChoiceField(
        label=_("类别"), choices=PlanKind.choices, widget=forms.RadioSelect, initial=PlanKind.PLANNED
    )
    station = station_field(_("供电所"), required=True)

    field_order = ("kind", "station", "title", "areas", "work", "starts_at", "ends_at", "public_text")

    def __init__(self, *args: Any, by: User, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.now = now
        rows = Department.objects.filter(pk__in=planned_stations(standing(by, timezone.localdate(now))))
        self.fields["station"].queryset = rows  # type: ignore[attr-defined]
        if len(rows) == 1:
            self.fields["station"].initial = rows[0].code
        name_what_is_missing(self.fields)

    def clean_areas(self) -> list[TransformerArea]:
        self.station = self.cleaned_data.get("station")
        return super().clean_areas()


class EditForm(PlanFields, StepForm):
    def prepare(self) -> None:
        self.station = self.case.station
        for name in ("title", "work", "starts_at", "ends_at", "public_text"):
            self.fields[name].initial = getattr(self.case, name)
        self.fields["areas"].initial = [area.name for area in self.case.areas.all()]

    def clean(self) -> dict[str, Any]:
        """A text that was written by itself follows the new facts; one of somebody's own must not name the old time."""
        cleaned, plan = super().clean(), self.case
        moved = any(cleaned.get(name) not in {None, getattr(plan, name)} for name in ("starts_at", "ends_at"))
        if self.errors or not moved or cleaned.get("public_text") != plan.public_text:
            return cleaned
        hotline = policy_on(timezone.localdate(self.now)).hotline_number
        facts = ("title", "work", "starts_at", "ends_at")
        if plan.public_text == proposed(hotline=hotline, **{name: getattr(plan, name) for name in facts}):
            cleaned["public_text"] = proposed(hotline=hotline, **{name: cleaned[name] for name in facts})
        else:
            self.add_error("public_text", _g("时间已改，公告内容仍是原来的，请改成新的时间；留空则自动写成。"))
        return cleaned


class ChangeForm(EditForm):
    text = TextField(label=_("变更原因"), max_length=300, rows=2)


class SubmitForm(StepForm):
    text = TextField(label=_("给审批人的话"), max_length=300, rows=2, required=False)


class ApproveForm(StepForm):
    conflict_note = TidyField(
        label=_("避让说明"), max_length=300, required=False, help_text=_("与考试、节庆等冲突时必填：为什么不能避开")
    )
    text = TextField(label=_("意见"), max_length=300, rows=2, required=False)


class ReasonForm(StepForm):
    text = TextField(label=_("原因"), max_length=300, rows=2)


class AnnounceForm(StepForm):
    medium = forms.ChoiceField(label=_("渠道"), choices=Medium.choices, widget=forms.RadioSelect)
    posted_at = PastField(label=_("发布时间"))
    proof = TidyField(label=_("凭据"), max_length=200, required=False, help_text=_("链接、批次号或截图编号"))

    def prepare(self) -> None:
        waiting = [one.medium for one in owed_for(self.case) if one.posted is None]
        self.fields["medium"].choices = [(medium.value, medium.label) for medium in waiting]  # type: ignore[attr-defined]


class BeginForm(StepForm):
    begun_at = PastField(label=_("实际停电时间"))


FORMS: Forms = {
    "edit": EditForm,
    "submit": SubmitForm,
    "approve": ApproveForm,
    "send_back": ReasonForm,
    "announce": AnnounceForm,
    "propose_change": ChangeForm,
    "approve_change": ApproveForm,
    "refuse_change": ReasonForm,
    "cancel": ReasonForm,
    "begin": BeginForm,
}


class LeadForm(forms.Form):
    kind = forms.ChoiceField(label=_("类别"), choices=PlanKind.choices)
    medium = forms.ChoiceField(label=_("渠道"), choices=Medium.choices)
    hours = forms.IntegerField(
        label=_("提前小时数"),
        required=False,
        min_value=1,
        max_value=LONGEST_LEAD,
        help_text=_("留空为不考核；7 天填 168"),
    )
    effective_from = day_field(_("生效日期"))
    basis = TidyField(label=_("依据"), max_length=120, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        name_what_is_missing(self.fields)


class DayForm(forms.Form):
    name = TidyField(label=_("名称"), max_length=60, help_text=_("例如 高考"))
    kind = forms.ChoiceField(label=_("类别"), choices=DayKind.choices)
    first_on = day_field(_("第一天"))
    last_on = day_field(_("最后一天"))
    station = station_field(_("只涉及"))
    note = TidyField(label=_("说明"), max_length=200, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["station"].empty_label = _("全公司")  # type: ignore[attr-defined]
        name_what_is_missing(self.fields)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        first, last = cleaned.get("first_on"), cleaned.get("last_on")
        if first and last and last < first:
            self.add_error("last_on", _g("最后一天不能早于第一天。"))
        elif first and last and (last - first).days > LONGEST_SPAN:
            self.add_error("last_on", _g("最长一年，请分开登记。"))
        return cleaned


LONGEST_SPAN = 366


class MonthForm(forms.Form):
    """``month`` as 2026-09."""

    month = forms.RegexField(r"\A20[0-9]{2}-(0[1-9]|1[0-2])\Z", required=False)
