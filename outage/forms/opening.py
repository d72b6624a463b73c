"""Registering an outage: station and areas first, everything else may follow."""

from datetime import datetime
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _g
from django.utils.translation import gettext_lazy as _

from complaints.forms.fields import MomentField, TidyField, name_what_is_missing
from customers.models import TransformerArea
from outage.permissions import registers_everywhere
from outage.services import Facts
from outage.vocabulary import OutageCause, OutageKind
from people.models import Department, DepartmentKind, User
from people.standing import standing

KINDS = [(kind, kind.label) for kind in (OutageKind.FAULT, OutageKind.MASS, OutageKind.TEMPORARY)]
MOST_HOUSEHOLDS = 10_000_000


class AreasField(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]
    def label_from_instance(self, obj: TransformerArea) -> str:
        return _g("%(area)s（%(n)d 户）") % {"area": obj.name, "n": obj.households}


class OpenForm(forms.Form):
    """``areas`` are those of the chosen station; a station's own people see their own only."""

    title = TidyField(label=_("名称"), max_length=80, required=False, help_text=_("留空则为“台区 + 停电”"))
    kind = forms.ChoiceField(label=_("类型"), choices=KINDS, initial=OutageKind.FAULT, widget=forms.RadioSelect)
    areas = AreasField(
        TransformerArea.objects.none(), label=_("停电台区"), widget=forms.CheckboxSelectMultiple, to_field_name="code"
    )
    households = forms.IntegerField(
        label=_("停电户数"), required=False, min_value=0, max_value=MOST_HOUSEHOLDS, help_text=_("留空则按台区户数合计")
    )
    place = TidyField(
        label=_("停电范围"), max_length=200, required=False, help_text=_("对客户说的地名，留空则用台区名")
    )
    cause = forms.ChoiceField(label=_("原因类别"), choices=OutageCause.choices, initial=OutageCause.UNKNOWN)
    cause_text = TidyField(label=_("原因"), max_length=200, required=False, help_text=_("客户听得懂的话"))
    detected_at = MomentField(label=_("获知时间"), required=False, help_text=_("留空为现在；三个 15 分钟由此起算"))
    occurred_at = MomentField(label=_("停电时间"), required=False)
    expected_at = forms.DateTimeField(
        label=_("预计送电"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        error_messages={"invalid": _("时间写作 2026-09-18 20:16。")},
    )

    def __init__(self, *args: Any, by: User, now: datetime, station: Department | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.station, self.now = station, now
        areas = TransformerArea.objects.filter(station=station) if station else TransformerArea.objects.none()
        self.fields["areas"].queryset = areas.select_related("station").order_by("name")  # type: ignore[attr-defined]
        for name in ("detected_at", "occurred_at"):
            self.fields[name].now = now  # type: ignore[attr-defined]
        name_what_is_missing(self.fields)

    def facts(self) -> Facts:
        data = self.cleaned_data
        areas = list(data["areas"])
        assert self.station is not None
        names = "、".join(area.name for area in areas[:2])
        return Facts(
            title=data["title"] or (_g("%s停电") % names)[:80],
            station=self.station,
            areas=areas,
            kind=data["kind"],
            place=data["place"],
            cause=data["cause"],
            cause_text=data["cause_text"],
            households=data["households"],
            detected_at=data["detected_at"],
            occurred_at=data["occurred_at"],
            expected_at=data["expected_at"],
        )


def stations_for(by: User, *, now: datetime) -> list[Department]:
    """Stations this person may register an outage for."""
    who = standing(by, timezone.localdate(now))
    rows = Department.objects.filter(kind=DepartmentKind.STATION, is_active=True)
    if not registers_everywhere(who):
        rows = rows.filter(pk__in=who.departments() | who.subtree_ids)
    return list(rows.order_by("position", "id"))
