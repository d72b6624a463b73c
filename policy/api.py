"""Where would this order go and when is it due, and which day is N working days on: the rules, without an order."""

import datetime as dt
from typing import Any

from django import forms
from django.urls import path
from django.utils.translation import gettext as _g
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from people.jsonforms import parameters_of, read_query
from people.models import Department
from policy import limits, rulebook
from policy.calendars import describe
from policy.forms import stations
from policy.models import Policy, Subcategory
from policy.notices import YEARS
from policy.routing import route
from policy.vocabulary import Category, Kind
from policy.workdays import Calendar, DayMark, Mark, add_workdays, explain

Out = serializers.Serializer[Any]
MOST_WORKDAYS = 366


def _within_years(day: dt.date) -> None:
    if day.year not in YEARS:
        raise forms.ValidationError(
            _g("年份应在 %(first)d 至 %(last)d 之间"), params={"first": YEARS[0], "last": YEARS[-1]}
        )


class RouteQuery(forms.Form):
    """The same question as the page's preview, in codes."""

    kind = forms.ChoiceField(label=_("类型"), choices=Kind.choices)
    category = forms.ChoiceField(label=_("分类"), choices=Category.choices)
    subcategory = forms.SlugField(label=_("细类"), max_length=40, required=False)
    station = forms.ModelChoiceField(Department.objects.none(), label=_("供电所"), required=False, to_field_name="code")
    registered_at = forms.DateTimeField(label=_("登记时间"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["station"].queryset = stations()  # type: ignore[attr-defined]

    def clean_registered_at(self) -> dt.datetime:
        moment: dt.datetime = self.cleaned_data["registered_at"]
        _within_years(moment)
        return moment

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        code = values.get("subcategory")
        rows = rulebook.current().subcategories.values()
        found = next((r for r in rows if r.code == code and r.category == values.get("category") and r.is_active), None)
        if code and found is None:
            self.add_error("subcategory", _g("这个分类下没有该细类，请重新选择。"))
        values["subcategory"] = found
        return values


class WorkdaysQuery(forms.Form):
    days = forms.IntegerField(label=_("工作日数"), min_value=0, max_value=MOST_WORKDAYS, help_text=_("起始日为第 0 天"))

    def clean_from(self) -> dt.date:
        day: dt.date = self.cleaned_data["from"]
        _within_years(day)
        return day


# ``from`` is no name Python lets a class have.
WorkdaysQuery.base_fields = {"from": forms.DateField(label=_("起始日")), **WorkdaysQuery.base_fields}


class PlaceOut(Out):
    code = serializers.CharField()
    name = serializers.CharField()


class DayOut(Out):
    """One day of an explanation."""

    date = serializers.DateField()
    mark = serializers.ChoiceField([(mark.value, mark.name) for mark in Mark])
    index = serializers.IntegerField(allow_null=True, help_text="1 … n for counted days")
    name = serializers.CharField(help_text="festival or make-up day")
    text = serializers.CharField(help_text="the day in words")


class RouteOut(Out):
    lead_department = PlaceOut(allow_null=True, help_text="null: no rule covers it")
    copies = PlaceOut(many=True)
    cooperating = PlaceOut(many=True)
    rule_id = serializers.CharField()
    basis = serializers.CharField()
    by_station = serializers.BooleanField()
    limit_days = serializers.IntegerField(allow_null=True, help_text="working days; null: no limit")
    due_on = serializers.DateField(allow_null=True)
    due_at = serializers.DateTimeField(allow_null=True, help_text="exclusive")
    due_provisional = serializers.BooleanField()
    cap_on = serializers.DateField(allow_null=True)
    days = DayOut(many=True)


class WorkdaysOut(Out):
    date = serializers.DateField(help_text="the day reached")
    provisional = serializers.BooleanField(help_text="some day up to it has no official notice yet")
    calendar_version = serializers.IntegerField()
    days = DayOut(many=True)


def told(days: list[DayMark], calendar: Calendar) -> list[dict[str, Any]]:
    """Days of an explanation as ``DayOut`` takes them."""
    return [
        {"date": d.date, "mark": d.mark.value, "index": d.index, "name": d.name, "text": describe(d.date, calendar)}
        for d in days
    ]


@extend_schema(
    operation_id="route_preview",
    tags=["rules"],
    parameters=[parameters_of("RouteFilter", RouteQuery.base_fields)],
    responses=RouteOut,
)
@api_view(["GET"])
def route_preview(request: Request) -> Response:
    """Route, copies, basis and due date by the rules in force on the day of registration."""
    wanted = read_query(request, RouteQuery)
    registered_at, station = wanted["registered_at"], wanted["station"]
    book, on = rulebook.current(), limits.shanghai_day(registered_at)
    try:
        policy = book.policy_on(on)
    except Policy.DoesNotExist:
        raise serializers.ValidationError({"registered_at": [_g("那时还没有适用的规定。")]}) from None
    sub: Subcategory | None = wanted["subcategory"]
    found = route(wanted["category"], wanted["kind"], sub, station.pk if station else None, on, book=book)
    due = limits.due(wanted["kind"], registered_at, policy, book.calendar)
    days = limits.explain_due(registered_at, due.limit_days, policy, book.calendar) if due else []
    places = {p.pk: p for p in Department.objects.filter(pk__in=[*found.cc_ids, *found.cooperating_ids])}
    shown = {
        "lead_department": {"code": found.lead_code, "name": found.lead_name} if found.lead_id else None,
        "copies": [places[pk] for pk in found.cc_ids],
        "cooperating": [places[pk] for pk in found.cooperating_ids],
        **{name: getattr(found, name) for name in ("rule_id", "basis", "by_station")},
        **{name: getattr(due, name, None) for name in ("limit_days", "due_on", "due_at", "cap_on")},
        "due_provisional": bool(due and due.provisional),
        "days": told(days, book.calendar),
    }
    return Response(RouteOut(shown).data)


@extend_schema(
    operation_id="workdays",
    tags=["rules"],
    parameters=[parameters_of("WorkdaysFilter", WorkdaysQuery.base_fields)],
    responses=WorkdaysOut,
)
@api_view(["GET"])
def workdays(request: Request) -> Response:
    """The day that many working days after ``from``, and why each day between counts or not."""
    wanted = read_query(request, WorkdaysQuery)
    calendar = rulebook.current().calendar
    reached = add_workdays(wanted["from"], wanted["days"], calendar)
    shown = {
        "date": reached.date,
        "provisional": reached.provisional,
        "calendar_version": calendar.version,
        "days": told(explain(wanted["from"], wanted["days"], calendar), calendar),
    }
    return Response(WorkdaysOut(shown).data)


urlpatterns = [
    path("route/", route_preview, name="api_route"),
    path("workdays/", workdays, name="api_workdays"),
]
