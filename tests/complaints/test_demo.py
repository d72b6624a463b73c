"""The demo company: always something overdue, due, waiting, called back and archived; built once; believable times."""

import io
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.test import override_settings

from complaints.bulk import Bulk, Lines, find_cast
from complaints.demo import Stage
from complaints.invariants import INVARIANTS
from complaints.models import BoxLetter, Call, DeskHandover, FaultReport, Order, OrderEvent, SubAssignment
from complaints.queries import search
from complaints.vocabulary import ArchiveGround, Disposition, Satisfaction, State
from customers import demo as customers
from people import demo as people
from people.models import User
from policy.limits import shanghai_day
from policy.vocabulary import Channel, Kind
from tests.complaints.test_import_calls import CALLS, EXPECTED, OUTAGE_CALLS, difference, read, run
from tests.factories import Company, at

pytestmark = pytest.mark.django_db

WEDNESDAY = at("2026-11-18 10:30")


def seed(**options: bool) -> str:
    out = io.StringIO()
    call_command("seed_demo", stdout=out, **options)
    return out.getvalue()


def broken() -> set[int]:
    return {invariant.number for invariant in INVARIANTS if invariant.find()}


@override_settings(PRODUCTION=False)
def test_the_demo_company_shows_every_situation_and_is_built_once(tmp_path: Path) -> None:
    with time_machine.travel(WEDNESDAY, tick=False):
        told = seed(if_empty=True)
        orders = Order.objects.count()
        assert 100 <= orders <= 140
        for username, name, role in people.demo_accounts():
            line = next(line for line in told.splitlines() if line.split()[:1] == [username])
            assert line.split() == [username, name, role, people.DEMO_PASSWORD]
        before = OrderEvent.objects.count(), User.objects.count(), Call.objects.count()
        assert "演示账号" in seed(if_empty=True)
        assert "早已建立" in seed()
        assert (OrderEvent.objects.count(), User.objects.count(), Call.objects.count()) == before
    check_situations()
    check_times()
    assert broken() == set()
    check_samples(tmp_path / "report.jsonl")


def check_situations() -> None:
    today = shanghai_day(WEDNESDAY)
    running = Order.objects.open().filter(answered_at__isnull=True)
    assert {order.state for order in Order.objects.all()} == set(State.values)
    assert running.filter(overdue_since__isnull=False).count() >= 5
    assert running.filter(due_on=today).exists()
    assert running.filter(due_on__gt=today, due_soon_since__isnull=False).exists()
    assert set(running.filter(overdue_since__isnull=True, due_on__isnull=False).values_list("due_on", flat=True)) >= {
        today
    }
    assert not running.filter(due_at__lte=WEDNESDAY, overdue_since__isnull=True).exists()
    assert not running.filter(due_at__gt=WEDNESDAY, overdue_since__isnull=False).exists()
    assert Order.objects.filter(state=State.REGISTERED, refusals=1, needs_ruling=False).exists()
    assert Order.objects.filter(needs_ruling=True).exists()
    assert Order.objects.exclude(ruled_at=None).exists()
    assert Order.objects.exclude(dispatch_blocked="").exists()
    assert Order.objects.exclude(original=None).exists()
    assert Order.objects.filter(anonymous=True, state=State.ARCHIVED).exists()
    assert Order.objects.filter(hide_caller=True).exists()
    assert Order.objects.filter(kind="", state=State.REGISTERED).exists()
    assert Order.objects.filter(reopenings=1, state=State.INVESTIGATED).exists()
    assert Order.objects.filter(feedbacks__status="returned", state=State.INVESTIGATED).exists()
    assert set(Order.objects.values_list("archive_ground", flat=True)) == {"", *ArchiveGround.values}
    assert set(Order.objects.values_list("satisfaction", flat=True)) >= {
        Satisfaction.SATISFIED,
        Satisfaction.DISSATISFIED,
    }
    assert set(Call.objects.values_list("disposition", flat=True)) >= {Disposition.NO_ORDER, Disposition.LINKED_ORDER}
    assert SubAssignment.objects.filter(done_at=None).exists()
    assert SubAssignment.objects.exclude(done_at=None).exists()
    contact, handler = User.objects.get(username="contact"), User.objects.get(username="handler")
    desk = contact.assignments.get().department
    assert Order.objects.filter(lead_department=desk, state=State.CLASSIFIED, accepted_at=None).exists()
    assert Order.objects.open().filter(handler=handler).exists()
    assert DeskHandover.objects.filter(accepted_at=None).exists()
    assert DeskHandover.objects.exclude(accepted_at=None).exists()
    assert not Order.objects.filter(kind=Kind.FAULT_REPORT, fault=None).exists()
    assert FaultReport.objects.filter(paid=True).count() == 1
    assert not Order.objects.filter(channel=Channel.COMPLAINT_BOX, box_letter=None).exists()
    assert BoxLetter.objects.filter(settled_at=None).count() == 1


def check_samples(out: Path) -> None:
    """The sample calls come out the same beside the demo's own orders."""
    report, _printed, complained = run(CALLS, out)
    found = {line["id"]: line for line in report}
    wrong = {name: difference(found[name], line) for name, line in read(EXPECTED).items() if name not in OUTAGE_CALLS}
    assert {name: what for name, what in wrong.items() if what} == {}
    assert all(found[name]["disposition"] == "order" for name in OUTAGE_CALLS)
    assert complained == ""
    assert broken() == set()


def check_times() -> None:
    """Nothing in the future, nothing backwards, desk work in working hours."""
    assert not OrderEvent.objects.filter(at__gt=WEDNESDAY).exists()
    assert not OrderEvent.objects.filter(clock_skew=True).exists()
    assert Order.objects.order_by("registered_at")[0].registered_at < WEDNESDAY - timedelta(weeks=4)
    desk = OrderEvent.objects.filter(name__in=["investigate", "resolve"]).exclude(order__kind=Kind.FAULT_REPORT)
    hours = Counter(8 <= event.at.astimezone(WEDNESDAY.tzinfo).hour < 18 for event in desk)
    assert hours[True] > 0.9 * hours.total()
    numbered = Order.objects.order_by("number").values_list("registered_at", flat=True)
    assert list(numbered) == sorted(numbered), "a later number is never of an earlier moment"


@pytest.mark.parametrize(
    "now",
    [
        at("2026-11-23 00:05"),  # Monday, five minutes after midnight
        at("2026-11-22 23:50"),  # Sunday
        at("2026-10-05 12:00"),  # in the middle of a week off
        at("2026-02-28 09:00"),  # a Saturday that is a working day
        at("2027-03-01 08:00"),  # a year whose calendar nobody has published
    ],
)
def test_stories_end_before_now_in_their_order_at_any_time(now: datetime) -> None:
    people.build(now)
    customers.build(now)
    last: dict[int, datetime] = {}
    for moment, deed in Stage(now).deeds():
        story = deed.args[0]
        assert last.get(story, moment) <= moment < now
        last[story] = moment
    assert min(last.values()) > now - timedelta(weeks=8)


def test_a_database_in_use_is_left_alone() -> None:
    User.objects.create(username="somebody", name="某人")
    with override_settings(PRODUCTION=False):
        assert seed(if_empty=True) == ""
    assert User.objects.count() == 1


def test_public_passwords_never_reach_production() -> None:
    with override_settings(PRODUCTION=True), pytest.raises(CommandError, match="DEMO=1"):
        seed()
    with override_settings(PRODUCTION=True), pytest.raises(CommandError, match="DEMO=1"):
        call_command("seed_load", orders=1)
    assert not User.objects.exists()


# --- bulk data ------------------------------------------------------------------------------------------------------


@override_settings(PRODUCTION=False)
def test_bulk_orders_keep_every_constraint_and_invariant() -> None:
    """The same checks the real ones pass, foreign keys included."""
    out = io.StringIO()
    call_command("seed_load", orders=3000, seed=7, stdout=out)
    assert Order.objects.count() == 3000
    assert "3000 件工单" in out.getvalue()
    assert broken() == set()
    assert not {State.ARCHIVED, State.CLASSIFIED} - set(Order.objects.values_list("state", flat=True))
    kinds = Counter(Order.objects.values_list("kind", flat=True))
    assert 0.78 < kinds[Kind.CONSULTATION] / 3000 < 0.85
    order = Order.objects.filter(state=State.CLASSIFIED).order_by("-pk")[0]
    assert order in search(Order.objects.all(), order.content[:6], knows_callers=True)
    assert order in search(Order.objects.all(), order.caller_name, knows_callers=True)


@override_settings(PRODUCTION=False)
def test_numbers_go_on_where_bulk_orders_end() -> None:
    with time_machine.travel(WEDNESDAY, tick=False):
        call_command("seed_load", orders=200, stdout=io.StringIO())
        between = Company().order(WEDNESDAY)
        call_command("seed_load", orders=100, stdout=io.StringIO())
    assert between.number.startswith("20261118-")
    assert Order.objects.values("number").distinct().count() == Order.objects.count() == 301


def test_the_same_seed_gives_the_same_orders() -> None:
    people.build(WEDNESDAY)
    cast = find_cast(shanghai_day(WEDNESDAY))
    written = []
    for _turn in range(2):
        bulk = Bulk(cast, first=WEDNESDAY - timedelta(days=60), now=WEDNESDAY, seed=3)
        lines = Lines()
        for pk, moment in enumerate(bulk.moments(50), start=1):
            bulk.write(lines, pk, f"N{pk}", moment)
        written.append(lines.of)
    assert written[0] == written[1]
