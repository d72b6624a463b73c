"""/api/v1/reports/: the same figures for programs, frozen once signed, each with its definition."""

from typing import Any

from django import forms
from django.http import HttpResponse
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _g
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import api_view
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from people import audit
from people.jsonforms import parameters_of, read_query
from reports.figures import FIGURES
from reports.files import Taken, csv_of, tables_of
from reports.live import span_of
from reports.penalties import penalties_of
from reports.penalties import thaw as thaw_money
from reports.permissions import may_read
from reports.rates import RATES
from reports.sheet import Line, definitions, live_sheet, thaw
from reports.views.access import Reader, month_or_404, reader_of
from reports.views.report import found_for

Out = serializers.Serializer[Any]


class ReportQuery(forms.Form):
    live = forms.BooleanField(label=_("现在的数字"), required=False, help_text=_("月报签发以后也按现在的工单计算"))


class LineOut(Out):
    """``counts`` by figure key; ``by_kind`` the same per kind; ``rates`` to one decimal place, null where undefined."""

    department = serializers.CharField(allow_null=True, help_text="code; null: led by no department")
    name = serializers.CharField()
    counts = serializers.DictField(child=serializers.IntegerField())
    by_kind = serializers.DictField(child=serializers.DictField(child=serializers.IntegerField()))
    rates = serializers.DictField(child=serializers.DecimalField(max_digits=12, decimal_places=1, allow_null=True))
    penalty_per_person = serializers.DecimalField(max_digits=12, decimal_places=2)
    penalty_amount = serializers.DecimalField(max_digits=14, decimal_places=2)


class DefinitionOut(Out):
    key = serializers.CharField()
    name = serializers.CharField()
    unit = serializers.CharField()
    definition = serializers.CharField()


class ReportOut(Out):
    month = serializers.CharField(help_text="2026-07")
    as_of = serializers.DateTimeField(help_text="when it was counted")
    stage = serializers.CharField(allow_null=True, help_text="checking, signed, published; null before")
    release = serializers.IntegerField(allow_null=True, help_text="0: as signed, 1…: supplements; null: live")
    hash = serializers.CharField(allow_null=True, help_text="SHA-256 of the release")
    lines = LineOut(many=True)
    total = LineOut()
    penalties_final = serializers.BooleanField()
    definitions = DefinitionOut(many=True)


def _reader(request: Request) -> Reader:
    reader = reader_of(request._request, timezone.now())
    if not may_read(reader.who):
        raise PermissionDenied(_g("您的岗位不查看报表。"))
    return reader


def _found(reader: Reader, month: str, *, live: bool) -> dict[str, Any]:
    wanted = month_or_404(month, reader.now)
    publication, release, reader = found_for(wanted, reader, live=live)
    if release:
        sheet, money = thaw(release.frozen), thaw_money(release.frozen.get("penalties", {}))
    else:
        sheet, money = live_sheet(span_of(wanted, now=reader.now, book=reader.book)), penalties_of(wanted)
    words = release.frozen["definitions"] if release else definitions()
    return {
        "publication": publication,
        "release": release,
        "sheet": sheet,
        "money": money,
        "definitions": words,
        "reader": reader,
    }


def _line(line: Line, per_person: Any, amount: Any) -> dict[str, Any]:
    return {
        "department": line.code or None,
        "name": line.name,
        "counts": {key: line.counts.get(key, 0) for key in FIGURES},
        "by_kind": {kind: dict(counts) for kind, counts in line.by_kind.items()},
        "rates": {key: line.rate(key) for key in RATES},
        "penalty_per_person": per_person,
        "penalty_amount": amount,
    }


@extend_schema(
    operation_id="reports_month",
    tags=["reports"],
    parameters=[parameters_of("ReportFilter", ReportQuery.base_fields)],
    responses=ReportOut,
)
@api_view(["GET"])
def month_report(request: Request, month: str) -> Response:
    """The month's table: lines of the departments this person may read, and the company's total."""
    asked = read_query(request, ReportQuery)
    reader = _reader(request)
    found = _found(reader, month, live=bool(asked["live"]))
    sheet, money, release = found["sheet"], found["money"], found["release"]
    reader = found["reader"]
    lines = []
    for line in sheet.lines:
        if reader.reach.reads(line.department):
            owed = money.line(line.department)
            lines.append(_line(line, owed.per_person if owed else 0, owed.amount if owed else 0))
    _record(request, reader, month, "json", found)
    shown = {
        "month": str(sheet.month),
        "as_of": sheet.as_of,
        "stage": found["publication"].stage if found["publication"] else None,
        "release": release.number if release else None,
        "hash": release.hash if release else None,
        "lines": lines,
        "total": _line(sheet.total, 0, money.total),
        "penalties_final": money.final,
        "definitions": [
            {"key": key, "name": label, "unit": unit, "definition": words}
            for key, label, unit, words in found["definitions"]
        ],
    }
    return Response(ReportOut(shown).data)


@extend_schema(
    operation_id="reports_month_csv",
    tags=["reports"],
    parameters=[parameters_of("ReportFilter", ReportQuery.base_fields)],
    responses={(200, "text/csv"): OpenApiTypes.STR},
)
@api_view(["GET"])
def month_csv(request: Request, month: str) -> HttpResponse:
    """All tables of the month's report as one CSV file (UTF-8)."""
    asked = read_query(request, ReportQuery)
    reader = _reader(request)
    found = _found(reader, month, live=bool(asked["live"]))
    reader = found["reader"]
    tables = tables_of(found["sheet"], found["money"], reach=reader.reach, definitions=found["definitions"])
    post = f"{reader.who.posts[0].department} {reader.who.posts[0].role.label}" if reader.who.posts else ""
    taken = Taken(reader.user.name, post, reader.now)
    _record(request, reader, month, "csv", found)
    content = csv_of(tables, title=_g("工单处理情况（%(month)s）") % {"month": month}, taken=taken)
    return HttpResponse(content, content_type="text/csv; charset=utf-8")


def _record(request: Request, reader: Reader, month: str, kind: str, found: dict[str, Any]) -> None:
    audit.record(
        actor=reader.user,
        action="report.export",
        ref=month,
        now=reader.now,
        request=request._request,
        detail={"kind": kind, "release": found["release"].hash if found["release"] else ""},
    )


urlpatterns = [
    path("<slug:month>/", month_report, name="api_report"),
    path("<slug:month>/csv/", month_csv, name="api_report_csv"),
]
