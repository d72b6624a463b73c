"""The fewest fields a test of outages needs: places with grid workers, people of a station, an outage."""

from datetime import datetime
from itertools import count
from typing import Any

from customers.models import Customer, Grid, GridGroup, TransformerArea
from outage.models import Outage
from outage.services import Facts, open_outage
from people.models import User
from people.roles import Role
from tests.factories import MONDAY, dept, person

STATION = "station_jiangwan"
_serial = count(1)


def area(
    name: str = "", *, station: str = STATION, households: int = 100, worker: User | None = None, groups: int = 1
) -> TransformerArea:
    """An area in a grid of its own with that many groups."""
    n = next(_serial)
    name = name or f"第{n}台区"
    grid = Grid.objects.create(station=dept(station), name=f"{name}网格", worker=worker)
    for number in range(groups):
        GridGroup.objects.create(grid=grid, name=f"{name}{number + 1}群")
    return TransformerArea.objects.create(
        code=f"T{n:04d}", name=name, station=dept(station), grid=grid, households=households
    )


def customer(place: TransformerArea, account_no: str = "", **fields: Any) -> Customer:
    n = next(_serial)
    return Customer.objects.create(
        account_no=account_no or f"61009{n:05d}",
        name=fields.pop("name", f"用户{n}"),
        address=fields.pop("address", f"江湾街道{place.name} {n} 号"),
        station=place.station,
        area=place,
        created_at=MONDAY,
        updated_at=MONDAY,
        **fields,
    )


class Crew:
    """One person per seat of an outage of the Jiangwan station."""

    def __init__(self) -> None:
        self.duty = person(Role.DUTY_OFFICER, "dispatch_room")
        self.head = person(Role.STATION_HEAD, STATION)
        self.deputy = person(Role.DEPUTY_STATION_HEAD, STATION)
        self.worker = person(Role.GRID_WORKER, STATION)
        self.other_worker = person(Role.GRID_WORKER, STATION)
        self.centre = person(Role.CENTRE_DEPARTMENT, "distribution_dept")
        self.leader = person(Role.DEPUTY_LEADER, "leadership")
        self.main_leader = person(Role.MAIN_LEADER, "leadership")
        self.agent = person(Role.HOTLINE_AGENT)
        self.shift_leader = person(Role.SHIFT_LEADER)
        self.area = area("江湾新村", worker=self.worker, groups=2)

    def outage(self, now: datetime = MONDAY, **fields: Any) -> Outage:
        fields.setdefault("title", "江湾新村停电")
        fields.setdefault("station", dept(STATION))
        fields.setdefault("areas", [self.area])
        return open_outage(by=fields.pop("by", self.duty), now=now, facts=Facts(**fields))
