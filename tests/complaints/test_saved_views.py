"""Saved views: own and shared with a department, the list they open, removed and brought back."""

from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from django.contrib.messages import get_messages
from django.test import Client

from complaints.errors import Invalid, NotAllowed
from complaints.models import DefaultView, SavedView
from complaints.services.saved import MOST_VIEWS, save_view
from people.models import User
from tests.factories import MONDAY, Company, dept, post

pytestmark = pytest.mark.django_db
NOW = MONDAY + timedelta(hours=2)
QUERY = "queue=all&kind=consultation&kind=complaint&since=2026-09-01"


@pytest.fixture(autouse=True)
def _moment() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def company() -> Company:
    return Company()


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def saved(client: Client, name: str = "在办投诉", **fields: str) -> SavedView:
    answer = client.post("/orders/views/", {"name": name, "query": QUERY, **fields})
    assert answer.status_code == 302, answer.content.decode()
    return SavedView.objects.order_by("-id")[0]


def tabs(client: Client) -> str:
    page = client.get("/orders/?queue=all").content.decode()
    return page[page.index('class="views"') : page.index("</nav>", page.index('class="views"'))]


def test_a_view_is_the_list_as_it_was_filtered(company: Company) -> None:
    client = signed_in(company.handler)
    view = saved(client)
    assert parse_qs(view.query) == parse_qs(QUERY)
    assert "在办投诉" in tabs(client)
    assert "在办投诉" not in tabs(signed_in(company.contact)), "one's own is one's own"
    assert client.get(f"/orders/?{view.query}&view={view.pk}").status_code == 200


def test_the_same_name_moves_the_view(company: Company) -> None:
    client = signed_in(company.handler)
    first = saved(client)
    client.post("/orders/views/", {"name": "在办投诉", "query": "queue=overdue"})
    first.refresh_from_db()
    assert first.query == "queue=overdue"
    assert SavedView.objects.count() == 1


def test_a_shared_view_is_the_departments(company: Company) -> None:
    """Seen by whoever has a post there today; changed and removed by its owner only."""
    lead = dept("production_tech_dept")
    view = saved(signed_in(company.contact), department=str(lead.pk))
    assert "在办投诉" in tabs(signed_in(company.handler))
    assert "在办投诉" not in tabs(signed_in(company.outsider))
    assert signed_in(company.handler).post(f"/orders/views/{view.pk}/remove/").status_code == 403
    assert signed_in(company.outsider).post(f"/orders/views/{view.pk}/remove/").status_code == 404
    post(company.outsider, "handler", "production_tech_dept")
    assert "在办投诉" in tabs(signed_in(User.objects.get(pk=company.outsider.pk)))


def test_nobody_shares_with_another_department(company: Company) -> None:
    other = dept("safety_section")
    body = {"name": "x", "query": QUERY, "department": str(other.pk)}
    assert signed_in(company.contact).post("/orders/views/", body).status_code == 400
    with pytest.raises(NotAllowed):
        save_view("x", QUERY, department=other, by=company.contact, now=NOW)


def test_a_view_is_an_address_and_not_a_right(company: Company) -> None:
    with pytest.raises(Invalid):
        save_view("待审核", "queue=review", department=None, by=company.handler, now=NOW)
    mine = save_view("待审核", "queue=review", department=None, by=company.director, now=NOW)
    assert signed_in(company.handler).get(f"/orders/?{mine.query}").status_code == 400


def test_the_list_opens_with_the_view_of_ones_choice(company: Company) -> None:
    client = signed_in(company.handler)
    assert client.get("/orders/").status_code == 200
    view = saved(client, first="on")
    answer = client.get("/orders/")
    assert answer.status_code == 302
    assert parse_qs(urlsplit(answer["Location"]).query)["view"] == [str(view.pk)]
    assert client.get(answer["Location"]).status_code == 200
    client.post(f"/orders/views/{view.pk}/first/", {"first": "off"})
    assert client.get("/orders/").status_code == 200
    client.post(f"/orders/views/{view.pk}/first/", {"first": "on"})
    client.post(f"/orders/views/{view.pk}/remove/")
    assert client.get("/orders/").status_code == 200
    assert not DefaultView.objects.exists()


def test_removing_is_taken_back(company: Company) -> None:
    client = signed_in(company.handler)
    view = saved(client)
    answer = client.post(f"/orders/views/{view.pk}/remove/")
    (message,) = [m for m in get_messages(answer.wsgi_request) if "删除" in str(m)]
    assert "在办投诉" not in tabs(client)
    assert client.post(message.extra_tags.removeprefix("undo:")).status_code == 302
    assert "在办投诉" in tabs(client)


def test_names_and_number_are_bounded(company: Company) -> None:
    client = signed_in(company.handler)
    for name in ("", "x" * 21, "   "):
        assert client.post("/orders/views/", {"name": name, "query": QUERY}).status_code == 400
    assert client.post("/orders/views/", {"name": "x", "query": "queue=nobody"}).status_code == 400
    for n in range(MOST_VIEWS):
        save_view(f"视图{n}", QUERY, department=None, by=company.handler, now=NOW)
    with pytest.raises(Invalid):
        save_view("多一个", QUERY, department=None, by=company.handler, now=NOW)


def test_filters_take_several_values_and_days(company: Company) -> None:
    old = company.order(MONDAY - timedelta(days=3))
    new = company.order(MONDAY, kind="consultation")
    wish = company.order(MONDAY, kind="suggestion")
    client = signed_in(company.agent)

    def found(query: str) -> set[str]:
        page = client.get(f"/orders/?queue=all&{query}").content.decode()
        return {order.number for order in (old, new, wish) if order.number in page}

    assert found("kind=complaint&kind=consultation") == {old.number, new.number}
    assert found("since=2026-09-07") == {new.number, wish.number}
    assert found("until=2026-09-06") == {old.number}
    assert found("since=2026-09-07&until=2026-09-07&kind=suggestion") == {wish.number}
    assert found("lead=production_tech_dept&channel=hotline") >= {old.number, new.number}
    assert client.get("/orders/?queue=all&since=x").status_code == 400
    assert client.get("/orders/?queue=all&kind=x").status_code == 400
