"""The pages of the register over HTTP: masked by default, revealed with a reason, refused and audited."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from customers.models import Customer
from people.models import AuditEntry, AuditResult
from people.roles import Role
from tests.customers.conftest import ROLES_OUTSIDE, MakeCustomer, SignIn, audited
from tests.factories import dept

SECRETS = ("13800002236", "李承洲", "14 幢 301")
OWN, OTHER = "station_jiangwan", "station_binhai"


def page(name: str, customer: Customer, *more: Any) -> str:
    return reverse(name, args=[customer.account_no, *more])


def text_of(response: Any) -> str:
    return str(response.content.decode())


def test_list_search_and_detail_show_nothing_in_full(customer: Customer, sign_in: SignIn) -> None:
    """S2-R13, invariant 27: masked everywhere by default."""
    client = sign_in(Role.HOTLINE_AGENT)
    answers = [
        client.get(reverse("customers")),
        client.post(reverse("customers_search"), {"q": "2236"}),
        client.get(page("customer", customer)),
    ]
    for answer in answers:
        assert answer.status_code == 200
        assert "138****2236" in text_of(answer)
        assert "李××" in text_of(answer)
        assert not any(secret in text_of(answer) for secret in SECRETS)
        assert "no-store" in answer["Cache-Control"]


def test_a_search_by_htmx_gives_the_rows_alone(customer: Customer, sign_in: SignIn) -> None:
    client = sign_in(Role.HOTLINE_AGENT)
    answer = client.post(reverse("customers_search"), {"q": "柳浪新村"}, headers={"HX-Request": "true"})
    assert "138****2236" in text_of(answer)
    assert "<html" not in text_of(answer)


@pytest.mark.parametrize("q", ["", "李", "x" * 61, "\x00\x00", "%" * 60, "'; --", "𠮷𠮷", "\ud83d"])
def test_odd_searches_are_answered_not_broken(q: str, customer: Customer, sign_in: SignIn) -> None:
    answer = sign_in(Role.HOTLINE_AGENT).post(reverse("customers_search"), {"q": q.encode("utf-8", "replace")})
    assert answer.status_code in (200, 400)
    assert "138****2236" not in text_of(answer)


@pytest.mark.parametrize(
    "query", ["page=0", "after=%00", "after=abc", "station=x", "station=999999", "station=9" + "9" * 30]
)
def test_an_address_with_unknown_parts_is_refused_by_name(query: str, customer: Customer, sign_in: SignIn) -> None:
    assert sign_in(Role.HOTLINE_AGENT).get(f"{reverse('customers')}?{query}").status_code == 400


def test_the_list_can_be_narrowed_to_a_station(
    customer: Customer, make_customer: MakeCustomer, sign_in: SignIn
) -> None:
    make_customer("6100307745", station=OTHER, name="闵翠珠", numbers=("13800001689",))
    answer = sign_in(Role.HOTLINE_AGENT).get(reverse("customers"), {"station": dept(OTHER).pk})
    assert "138****1689" in text_of(answer)
    assert "138****2236" not in text_of(answer)


@pytest.mark.parametrize(("role", "department"), ROLES_OUTSIDE)
def test_out_of_view_is_not_found_and_leaves_a_trace(
    role: Role, department: str, customer: Customer, sign_in: SignIn
) -> None:
    client = sign_in(role, department)
    assert client.get(page("customer", customer)).status_code == 404
    assert client.post(page("customer_reveal", customer), {"what": "all", "reason": "回拨客户"}).status_code == 404
    assert client.get(page("customer_edit", customer)).status_code == 404
    assert client.post(page("customer_marks_save", customer, "vulnerable"), {}).status_code == 404
    found = client.post(reverse("customers_search"), {"q": "13800002236"})
    assert "138****2236" not in text_of(found)
    assert len(AuditEntry.objects.filter(action__startswith="customer.", result=AuditResult.REFUSED)) == 4


def test_nobody_sees_a_page_without_signing_in(customer: Customer) -> None:
    for name in ("customers", "customers_import"):
        assert Client().get(reverse(name)).status_code == 302
    assert Client().get(page("customer", customer)).status_code == 302


def test_revealing_needs_a_reason_and_leaves_one_audit_row(customer: Customer, sign_in: SignIn) -> None:
    """S2-R13, invariant 26: one row per unmasked view, with who, what and why."""
    client = sign_in(Role.HOTLINE_AGENT)
    refused = client.post(page("customer_reveal", customer), {"what": "all", "reason": " "})
    assert refused.status_code == 400
    assert not any(secret in text_of(refused) for secret in SECRETS)
    assert audited("customer.reveal") == []

    shown = client.post(page("customer_reveal", customer), {"what": "all", "reason": "核实回拨号码"})
    assert all(secret in text_of(shown) for secret in SECRETS)
    (row,) = audited("customer.reveal")
    assert (row.result, row.reason, row.subject_ref) == (AuditResult.OK, "核实回拨号码", "6100975513")
    assert row.detail == {"fields": ["account_no", "address", "name", "phones"]}
    assert not any(secret in str(row.detail) for secret in SECRETS)
    assert not any(secret in text_of(client.get(page("customer", customer))) for secret in SECRETS)


def test_revealing_one_thing_shows_one_thing(customer: Customer, sign_in: SignIn) -> None:
    client = sign_in(Role.HANDLER, OWN)
    answer = client.post(
        page("customer_reveal", customer), {"what": "phones", "reason": "约上门时间"}, headers={"HX-Request": "true"}
    )
    assert "13800002236" in text_of(answer)
    assert "李承洲" not in text_of(answer)
    assert "<html" not in text_of(answer)


@pytest.mark.parametrize("form", [{"what": "bigrams", "reason": "核实"}, {"what": "all", "reason": "因" * 201}, {}])
def test_odd_reveals_show_nothing(form: dict[str, str], customer: Customer, sign_in: SignIn) -> None:
    answer = sign_in(Role.HOTLINE_AGENT).post(page("customer_reveal", customer), form)
    assert answer.status_code == 400
    assert not any(secret in text_of(answer) for secret in SECRETS)


def test_the_auditor_reads_masked_and_may_not_reveal_or_change(customer: Customer, sign_in: SignIn) -> None:
    client = sign_in(Role.AUDITOR, "company")
    read = client.get(page("customer", customer))
    assert read.status_code == 200
    assert "查看完整资料" not in text_of(read)
    assert "特别关注" not in text_of(read)
    assert client.post(page("customer_reveal", customer), {"what": "all", "reason": "核实"}).status_code == 403
    assert client.get(page("customer_edit", customer)).status_code == 403
    assert client.post(page("customer_edit", customer), {}).status_code == 403
    (row,) = audited("customer.customer_reveal")
    assert row.result == AuditResult.REFUSED


def test_a_longer_list_takes_no_more_statements(
    customer: Customer, make_customer: MakeCustomer, sign_in: SignIn
) -> None:
    """P3: one page costs the same however many customers it shows, and never counts them."""
    client = sign_in(Role.HOTLINE_AGENT)
    client.get(reverse("customers"))  # the session settles
    with CaptureQueriesContext(connection) as few:
        client.get(reverse("customers"))
    for n in range(60):
        make_customer(f"62000000{n:02d}", numbers=(f"137000000{n:02d}",))
    with CaptureQueriesContext(connection) as many:
        answer = client.get(reverse("customers"))
    assert len(many) == len(few)
    assert not any("COUNT(" in query["sql"].upper() for query in many)
    assert "after=6200000048" in text_of(answer)


def test_a_detail_page_takes_few_statements(customer: Customer, sign_in: SignIn) -> None:
    client = sign_in(Role.HOTLINE_AGENT)
    with CaptureQueriesContext(connection) as queries:
        client.get(page("customer", customer))
    own = [query for query in queries if "customers_" in query["sql"]]
    assert len(own) == 5
