"""The routes of the URL conf, and what to put into their blanks."""

import uuid
from collections.abc import Iterator
from importlib import import_module

from django.urls import URLPattern, URLResolver, get_resolver, reverse

from policy.models import Policy, RoutingRule, StationDuty, Subcategory
from tests.security import expected_around, expected_desk, expected_notifications, expected_reports
from tests.security.people_and_orders import LEAD, World

EXPORT_ROUTES = ("export", "export_decide", "export_cancel", "export_file")


def url_names(entries: list[URLPattern | URLResolver] | None = None) -> Iterator[str]:
    for entry in entries if entries is not None else get_resolver().url_patterns:
        if isinstance(entry, URLResolver):
            yield from url_names(entry.url_patterns)
        else:
            yield entry.name or str(entry.pattern)


def order_address(route: str, number: str, step: str = "") -> str:
    given: dict[str, str] = {"number": number}
    if route in {"order_act", "order_money", "order_after"}:
        given["name"] = step
    if route == "order_undo":
        return reverse(route, kwargs={"number": number, "seq": 1})
    if route == "order_promise_settle":
        given |= {"pk": "987654321", "result": "kept"}
    if route == "api_order_promise_outcome":
        given["pk"] = "987654321"
    if route == "order_file":
        given["uid"] = str(uuid.UUID(int=7))
    return reverse(route, kwargs=given)


def page_addresses(world: World) -> dict[str, str]:
    """route -> the address of a row everybody knows of; rows that may be gone have a number nobody has."""
    absent = 987_654_321
    blanks: dict[str, dict[str, object]] = {
        **import_module("tests.security.outages").blanks(world),
        **{
            key: {"username": world.users["coop"].username}
            for key in (
                "user",
                "user_edit",
                "user_disable",
                "user_enable",
                "user_password",
                "user_second_factor",
                "user_assign",
            )
        },
        **{
            key: {"code": LEAD}
            for key in ("department", "department_edit", "department_headcount", "department_contact")
        },
        **{key: {"assignment_id": world.ids["post"]} for key in ("assignment", "assignment_substitute")},
        "shift_cancel": {"shift_id": world.ids["shift"]},
        "policy-numbers-withdraw": {"pk": Policy.objects.values_list("pk", flat=True)[0]},
        "policy-routes-close": {"pk": RoutingRule.objects.values_list("pk", flat=True)[0]},
        "policy-routes-withdraw": {"pk": RoutingRule.objects.values_list("pk", flat=True)[0]},
        "policy-duties-withdraw": {"pk": StationDuty.objects.values_list("pk", flat=True)[0]},
        "policy-subcategories-edit": {"pk": Subcategory.objects.values_list("pk", flat=True)[0]},
        **{
            key: {"run_id": world.ids.get("run", absent)}
            for key in ("customers_import_run", "customers_import_confirm", "customers_import_discard")
        },
        "draft": {"form": "intake"},
        **expected_reports.blanks(world.ids),
        **expected_desk.blanks(world.ids),
        **expected_notifications.blanks(world),
        **{key: {"uid": world.ids["export"]} for key in EXPORT_ROUTES},
        **{key: {"uid": world.ids["bulk"]} for key in ("orders_bulk_run", "orders_bulk_undo")},
        **{f"orders_view_{what}": {"view_id": world.ids["view"]} for what in ("first", "remove", "restore")},
        "quality_score": {"score_id": world.ids["score"]},
        **{name: {"pk": world.ids["case"]} for name in url_names() if name.startswith(("approval", "api_approval"))},
        "approvals": {},
        "api_approvals": {},
        **{key: {"month": "2026-09"} for key in ("money_month", "money_confirm")},
        "money_department": {"month": "2026-09", "code": LEAD},
        **{key: {"pk": absent} for key in ("money_correct", "money_release")},
        **{key: {"pk": absent} for key in ("rectification_submit", "rectification_accept", "self_inspection_finish")},
        **{key: {"pk": world.ids["ruling"]} for key in ("ruling_decide", "ruling_appeal")},
        "appeal_decide": {"pk": world.ids["appeal"]},
        **{name: {"handover_id": absent} for name in ("handover_accept", "handover_withdraw")},
        **{name: {"call_id": absent} for name in ("harassment_acknowledge", "call_hang_up")},
    }
    account = {"account_no": world.customer.account_no}
    customer: dict[str, dict[str, object]] = {
        name: dict(account)
        for name in ("customer", "customer_reveal", "customer_edit", "customer_phone_add", "customer_marks")
    }
    customer["customer_phone_remove"] = account | {"phone_id": world.ids["phone"]}
    customer["customer_marks_save"] = account | {"which": "vulnerable"}
    blanks |= customer | expected_around.blanks(world.ids)
    return {name: reverse(name, kwargs=blanks.get(name)) for name in _page_names()}


def _page_names() -> list[str]:
    return [
        name
        for name in url_names()
        if not name.startswith(("order_", "api_order_", "api_act_")) and name not in {"order", "api_order"}
    ]
