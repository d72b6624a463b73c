"""A station with one customer in arrears, and its people; a case walked through the door to a state."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from customers.models import Customer, ImportantUser, SensitiveUser
from customers.services import create_customer
from outage.disconnection.models import Disconnection
from outage.disconnection.services import propose
from outage.disconnection.vocabulary import Delivery, State, Told
from outage.flow.door import perform
from people.roles import Role
from tests.factories import MONDAY, dept, person

EXECUTE_AT = MONDAY + timedelta(days=6)
DELIVERED_AT = EXECUTE_AT - timedelta(days=5)
TOLD_AT = EXECUTE_AT - timedelta(minutes=45)
HOUR = timedelta(hours=1)


class Station:
    """One person per seat of the story."""

    def __init__(self, *, important: bool = False, sensitive: bool = False) -> None:
        self.clerk = person(Role.HANDLER, "station_jiangwan")
        self.checker = person(Role.GRID_WORKER, "station_jiangwan")
        self.head = person(Role.STATION_HEAD, "station_jiangwan")
        self.leader = person(Role.DEPUTY_LEADER, "leadership")
        self.agent = person(Role.HOTLINE_AGENT)
        self.stranger = person(Role.STATION_HEAD, "station_binhai")
        self.customer = self.new_customer("6100975513")
        if important:
            ImportantUser.objects.create(customer=self.customer, load_class="first", recorded_at=MONDAY)
        if sensitive:
            SensitiveUser.objects.create(customer=self.customer, reason="制氧机", recorded_at=MONDAY)

    def new_customer(self, account_no: str) -> Customer:
        return create_customer(
            by=None, now=MONDAY, account_no=account_no, station=dept("station_jiangwan"), name="李承洲"
        )

    def case(self, customer: Customer | None = None) -> Disconnection:
        return propose(
            customer or self.customer,
            arrears_yuan=Decimal("1286.40"),
            arrears_months="2026 年 6 至 8 月",
            text="两次电话、一次上门",
            by=self.clerk,
            now=MONDAY,
        )

    def taken_to(self, state: str, case: Disconnection | None = None) -> Disconnection:
        """Through the door up to ``state``, gates of the marks included."""
        case = case or self.case()
        for name, by, now, details in self.steps(case):
            if case.state == state:
                break
            case = perform(case, name, by=by, now=now, **details)
        return case

    def steps(self, case: Disconnection) -> list[tuple[str, Any, datetime, dict[str, Any]]]:
        found: list[tuple[str, Any, datetime, dict[str, Any]]] = [
            ("precheck", self.checker, MONDAY + HOUR, {"risks": [], "risk_note": "", "text": "已核实"}),
        ]
        if case.sensitive:
            found.append(("plan", self.head, MONDAY + 2 * HOUR, PLAN))
        found.append(("approve", self.head, MONDAY + 3 * HOUR, {}))
        found.append(("deliver", self.clerk, DELIVERED_AT + HOUR, delivery()))
        if case.important:
            reported = {"reported_at": DELIVERED_AT, "report_ref": "江电报〔2026〕7 号"}
            found.append(("report", self.clerk, DELIVERED_AT + HOUR, reported))
        return [
            *found,
            ("tell_again", self.clerk, TOLD_AT, {"told_at": TOLD_AT, "means": Told.PHONE}),
            ("execute", self.clerk, EXECUTE_AT, {"unpaid": True}),
            ("pay", self.agent, EXECUTE_AT + HOUR, {"paid_at": EXECUTE_AT + HOUR}),
            ("reconnect", self.clerk, EXECUTE_AT + 5 * HOUR, {"reconnected_at": EXECUTE_AT + 5 * HOUR}),
        ]

    def told_again(self) -> Disconnection:
        """Every gate open but the time."""
        case = self.taken_to(State.NOTIFIED)
        for name, by, now, details in self.steps(case):
            if name in {"report", "tell_again"}:
                case = perform(case, name, by=by, now=now, **details)
        return case


PLAN: dict[str, Any] = {"government": "街道到场", "timing": "避开夜间", "soothing": "先送应急电源"}


def delivery(**changes: Any) -> dict[str, Any]:
    return {
        "execute_at": EXECUTE_AT,
        "delivered_at": DELIVERED_AT,
        "delivery": Delivery.IN_PERSON,
        "received_by": "李承洲",
        **changes,
    }
