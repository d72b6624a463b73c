"""The only writers of numbers, routes, duties and subcategories: dated rows are added, never changed (S4-R52).

Every function is one transaction with its audit entry and raises ValidationError in words a manager can act on.
``now`` decides what is past; a row may begin today at the earliest.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Model
from django.http import HttpRequest
from django.utils.translation import gettext as _

from people.audit import record
from people.models import Department, User
from policy.limits import shanghai_day
from policy.models import Policy, RoutingRule, StationDuty, Subcategory
from policy.numbers import FIELDS, differences

ROUTE_KEY = ("category", "kind", "subcategory", "variant")


def _insert(row: Model) -> None:
    """Validates and inserts; the unique key settles two managers adding the same date at once."""
    row.full_clean(validate_unique=False, validate_constraints=False)
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        if getattr(error.__cause__, "pgcode", "") != "23505":
            raise
        raise ValidationError(
            {"effective_from": _("这一天已有一行，请换一个生效日期，或先撤回未生效的那一行")}
        ) from error


def _require_not_past(effective_from: dt.date, now: dt.datetime) -> None:
    today = shanghai_day(now)
    if effective_from < today:
        text = _("生效日期不能早于今天（%(today)s）：已经适用的规则不再改动") % {"today": today}
        raise ValidationError({"effective_from": text})


def _require_future(row: Policy | RoutingRule | StationDuty, now: dt.datetime) -> None:
    if row.effective_from <= shanghai_day(now):
        text = _("%(date)s 起的规则已经生效，不能修改或删除；请新增一行，写明今后的生效日期")
        raise ValidationError(text % {"date": row.effective_from})


@transaction.atomic
def add_policy(
    values: Mapping[str, Any],
    *,
    effective_from: dt.date,
    by: User,
    now: dt.datetime,
    request: HttpRequest | None = None,
) -> Policy:
    """A new row of numbers from a date on. Numbers not in ``values`` are those in force just before that date."""
    _require_not_past(effective_from, now)
    before = Policy.objects.in_force(effective_from)
    numbers = {name: values.get(name, getattr(before, name)) for name in FIELDS}
    row = Policy(**numbers, effective_from=effective_from, note=values.get("note", ""), recorded_by=by, recorded_at=now)
    if row.cap_days < max(row.complaint_days, row.report_misconduct_days):
        raise ValidationError({"cap_days": _("延期后最长不能短于投诉、举报的时限")})
    _insert(row)
    changed = {change.label: [change.before, change.after] for change in differences(before, row)}
    detail = {"effective_from": str(effective_from), "changed": changed}
    record(actor=by, action="policy.add", subject=row, ref=str(row), now=now, request=request, detail=detail)
    return row


@transaction.atomic
def withdraw(
    row: Policy | RoutingRule | StationDuty, *, by: User, now: dt.datetime, request: HttpRequest | None = None
) -> None:
    """Takes back a row that has not begun yet; one in force or past is refused."""
    _require_future(row, now)
    action = f"{row._meta.model_name}.withdraw"
    record(actor=by, action=action, subject=row, ref=str(row), now=now, request=request)
    row.delete()


@transaction.atomic
def add_route(
    rule: RoutingRule,
    *,
    cc: Iterable[Department] = (),
    cooperating: Iterable[Department] = (),
    by: User,
    now: dt.datetime,
    request: HttpRequest | None = None,
) -> RoutingRule:
    """A route from a date on, replacing the one of the same key from then on. ``rule`` is unsaved."""
    _require_not_past(rule.effective_from, now)
    if rule.is_active and rule.lead is None:
        raise ValidationError({"lead": _("请选择牵头部门")})
    if rule.subcategory is not None and rule.subcategory.category != rule.category:
        raise ValidationError({"subcategory": _("细类不属于所选分类，请重新选择")})
    rule.recorded_by, rule.recorded_at = by, now
    _insert(rule)
    rule.cc.set(cc)
    rule.cooperating.set(cooperating)
    detail = {
        "category": rule.category,
        "kind": rule.kind,
        "lead": rule.lead.code if rule.lead else "",
        "by_station": rule.by_station,
        "cc": [place.code for place in rule.cc.all()],
        "cooperating": [place.code for place in rule.cooperating.all()],
        "effective_from": str(rule.effective_from),
        "is_active": rule.is_active,
    }
    record(actor=by, action="route.add", subject=rule, ref=str(rule), now=now, request=request, detail=detail)
    return rule


def close_route(
    rule: RoutingRule, *, effective_from: dt.date, by: User, now: dt.datetime, request: HttpRequest | None = None
) -> RoutingRule:
    """Ends a special route from a date on; the more general one takes over.

    The general route of a category cannot be closed, only replaced: every order must have somewhere to go.
    """
    if not (rule.kind or rule.subcategory or rule.variant):
        raise ValidationError(_("分类的总路由不能停用，请新增一行写明今后的牵头部门"))
    end = RoutingRule(
        category=rule.category,
        kind=rule.kind,
        subcategory=rule.subcategory,
        variant=rule.variant,
        lead=rule.lead,
        rule_id=rule.rule_id,
        basis=rule.basis,
        effective_from=effective_from,
        is_active=False,
    )
    return add_route(end, by=by, now=now, request=request)


@transaction.atomic
def set_duty(
    *,
    station: Department,
    category: str,
    carries: bool,
    effective_from: dt.date,
    by: User,
    now: dt.datetime,
    request: HttpRequest | None = None,
) -> StationDuty:
    """Whether a station carries a category from a date on (B12)."""
    _require_not_past(effective_from, now)
    row = StationDuty(
        station=station,
        category=category,
        carries=carries,
        effective_from=effective_from,
        recorded_by=by,
        recorded_at=now,
    )
    _insert(row)
    detail = {"station": station.code, "category": category, "carries": carries, "effective_from": str(effective_from)}
    record(actor=by, action="duty.set", subject=row, ref=station.code, now=now, request=request, detail=detail)
    return row


@transaction.atomic
def save_subcategory(
    row: Subcategory, *, by: User, now: dt.datetime, request: HttpRequest | None = None
) -> Subcategory:
    """Adds or changes a subcategory. Orders keep pointing at it, so it is switched off rather than deleted."""
    is_new = row.pk is None
    row.full_clean(validate_unique=False, validate_constraints=False)
    taken = Subcategory.objects.filter(category=row.category).exclude(pk=row.pk)
    if taken.filter(name=row.name).exists():
        raise ValidationError({"name": _("该分类下已有同名细类，请换一个名称")})
    if taken.filter(code=row.code).exists():
        raise ValidationError({"code": _("该分类下已有这个代码，请换一个")})
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        raise ValidationError({"code": _("该分类下已有这个代码，请换一个")}) from error
    action = "subcategory.add" if is_new else "subcategory.change"
    detail = {"category": row.category, "name": row.name, "is_active": row.is_active, "variant": row.variant}
    record(
        actor=by, action=action, subject=row, ref=f"{row.category}.{row.code}", now=now, request=request, detail=detail
    )
    return row
