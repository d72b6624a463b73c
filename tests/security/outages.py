"""The outage the security tests look at, with a row of everything that hangs on one."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from complaints.services import log_call
from complaints.services.opening import CallFacts
from complaints.vocabulary import Disposition
from customers.models import Customer, Grid, GridGroup, SensitiveUser, TransformerArea
from outage.models import Suggestion
from outage.services import Facts, open_outage
from outage.services.callers import link_calls
from outage.services.posting import publish
from policy.vocabulary import Category, Kind
from tests.factories import dept, matter

if TYPE_CHECKING:
    from tests.security.people_and_orders import World

STATION, ABSENT = "station_jiangwan", "00000000-0000-4000-8000-000000000007"


def add_outage(world: "World", *, now: datetime) -> None:
    users, station = world.users, dept(STATION)
    grid = Grid.objects.create(station=station, name="江湾试验网格", worker=users["grid_worker"])
    GridGroup.objects.create(grid=grid, name="江湾试验网格群")
    places = [
        TransformerArea.objects.create(code=f"SEC-{n}", name=name, station=station, grid=grid, households=1200)
        for n, name in enumerate(("试验新村", "试验二村"))
    ]
    Customer.objects.filter(pk=world.customer.pk).update(area=places[0])
    SensitiveUser.objects.create(customer=world.customer, reason="制氧机", recorded_at=now)
    facts = Facts(title="试验新村停电", station=station, areas=places[:1])
    outage = open_outage(by=users["duty_officer"], now=now - timedelta(minutes=4), facts=facts)
    posting = publish(outage, 1, text="试验新村停电，正在抢修。", by=users["grid_worker"], now=now)[0]
    about = matter(kind=Kind.FAULT_REPORT, category=Category.FAULT_REPAIR, call=CallFacts(phone="13900550000"))
    ref = outage.number
    log_call(by=users["agent"], now=now, matter=about, disposition=Disposition.LINKED_OUTAGE, linked_ref=ref)
    link_calls(now=now)
    hint = Suggestion.objects.create(area=places[1], first_at=now, last_at=now, calls=3, made_at=now)
    world.ids |= {
        "outage": outage.number,
        "posting": posting.pk,
        "attendance": outage.attendances.order_by("pk")[0].pk,
        "outage_call": outage.calls.get().pk,
        "suggestion": hint.pk,
    }


def blanks(world: "World") -> dict[str, dict[str, Any]]:
    """route -> what its address is filled with."""
    number = {"number": world.ids["outage"]}
    plain = ("", "_clocks", "_publish", "_photos", "_check_in", "_measure", "_announce", "_answer", "_link_order")
    return {f"outage{name}": number for name in plain} | {
        "outage_dismiss": {"pk": world.ids["suggestion"]},
        "outage_act": number | {"name": "correct_times"},
        "outage_posted": number | {"pk": world.ids["posting"]},
        "outage_photo": number | {"uid": ABSENT},
        "outage_acknowledge": number | {"level": 1},
        "outage_attendance": number | {"pk": world.ids["attendance"], "what": "urge"},
        "outage_sensitive": number | {"account_no": world.customer.account_no},
        "outage_call_back": number | {"pk": world.ids["outage_call"]},
    }
