"""A station with two areas, its planners and a leader; a plan walked through the door to a state."""

from datetime import datetime, timedelta
from typing import Any

from customers.models import Grid, GridGroup, TransformerArea
from outage.flow.door import perform
from outage.planning.models import OutagePlan
from outage.planning.services import draw_up
from outage.planning.vocabulary import Medium, PlanKind, State
from people.roles import Role
from tests.factories import MONDAY, dept, person

STARTS_AT = MONDAY + timedelta(days=14)
ENDS_AT = STARTS_AT + timedelta(hours=5)
HOUR = timedelta(hours=1)


class Planners:
    """One person per seat of the story."""

    def __init__(self) -> None:
        self.station = dept("station_jiangwan")
        self.head = person(Role.STATION_HEAD, "station_jiangwan")
        self.duty = person(Role.DUTY_OFFICER, "dispatch_room")
        self.leader = person(Role.DEPUTY_LEADER, "leadership")
        self.agent = person(Role.HOTLINE_AGENT)
        self.manager = person(Role.MANAGER, "company")
        self.stranger = person(Role.STATION_HEAD, "station_binhai")
        grid = Grid.objects.create(station=self.station, name="江湾一网格")
        GridGroup.objects.create(grid=grid, name="江湾一群")
        self.areas = [
            TransformerArea.objects.create(
                code=f"JW-00{n}", name=f"江湾新村 {n} 号变", station=self.station, grid=grid, households=100 * n
            )
            for n in (1, 2)
        ]

    def plan(self, now: datetime = MONDAY, **changes: Any) -> OutagePlan:
        values: dict[str, Any] = {
            "kind": PlanKind.PLANNED,
            "title": "江湾新村 3–8 幢",
            "work": "10 千伏线路检修",
            "public_text": "因线路检修，江湾新村 3–8 幢停电。",
            "station": self.station,
            "areas": self.areas,
            "starts_at": STARTS_AT,
            "ends_at": ENDS_AT,
        }
        return draw_up(by=self.head, now=now, **values | changes)

    def taken_to(self, state: str, plan: OutagePlan | None = None, *, now: datetime = MONDAY) -> OutagePlan:
        plan = plan or self.plan()
        if state in {State.SUBMITTED, State.APPROVED, State.CHANGING}:
            plan = perform(plan, "submit", by=self.head, now=now)
        if state in {State.APPROVED, State.CHANGING}:
            plan = perform(plan, "approve", by=self.leader, now=now)
        if state == State.CHANGING:
            plan = perform(plan, "propose_change", by=self.head, now=now, **self.change())
        return plan

    def change(self, **changes: Any) -> dict[str, Any]:
        return {
            "title": "江湾新村 3–8 幢",
            "work": "10 千伏线路检修",
            "public_text": "检修改期。",
            "areas": self.areas[:1],
            "starts_at": STARTS_AT + timedelta(days=1),
            "ends_at": ENDS_AT + timedelta(days=1),
            "text": "天气",
            **changes,
        }

    def announced(self, plan: OutagePlan, *, now: datetime = MONDAY, media: tuple[str, ...] = (Medium.PORTAL,)) -> Any:
        for medium in media:
            plan = perform(plan, "announce", by=self.agent, now=now, medium=medium, posted_at=now, proof="网站 0907-1")
        return plan
