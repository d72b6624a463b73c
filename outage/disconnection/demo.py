"""The demo company's arrears disconnections: one at every gate, through the same door as real ones."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from customers.models import Customer, ImportantUser, SensitiveUser
from customers.permissions import local_day
from outage.disconnection.models import Disconnection
from outage.disconnection.services import propose
from outage.disconnection.vocabulary import Delivery, Risk, State, Told
from outage.flow.door import perform
from people.models import Department, User
from people.roles import Role
from people.standing import holders

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
STATION = "station_jiangwan"
REACHES = (State.DRAFTED, State.CHECKED, State.APPROVED, State.NOTIFIED, State.EXECUTED, State.PAID, State.RECONNECTED)


def build(now: datetime) -> None:
    """Seven cases of one station, the first marked customer among them; once."""
    if Disconnection.objects.exists():
        return
    station = Department.objects.get(code=STATION)
    clerk = holders(Role.HANDLER, on=local_day(now), department_ids=[station.pk]).first()
    checker = holders(Role.GRID_WORKER, on=local_day(now), department_ids=[station.pk]).first()
    head = holders(Role.STATION_HEAD, on=local_day(now), department_ids=[station.pk]).first()
    if clerk is None or checker is None or head is None:
        return
    people = {"clerk": clerk, "checker": checker, "head": head}
    marked = {*ImportantUser.objects.values_list("customer"), *SensitiveUser.objects.values_list("customer")}
    plain = [row for row in Customer.objects.filter(station=station).order_by("pk")[:40] if (row.pk,) not in marked]
    for n, (reach, customer) in enumerate(zip(REACHES, plain[5:], strict=False)):
        _case(customer, reach, people, now, Decimal(186 + 137 * n))
    special = Customer.objects.filter(station=station, sensitive__isnull=False).first()
    if special is not None:
        _case(special, State.CHECKED, people, now, Decimal("742.60"))


def _case(customer: Customer, reach: str, people: dict[str, User], now: datetime, yuan: Decimal) -> None:
    begun = now - 9 * DAY
    cut = now - 26 * HOUR if reach in {State.EXECUTED, State.PAID, State.RECONNECTED} else now + 4 * DAY
    owed: dict[str, Any] = {"arrears_yuan": yuan, "arrears_months": "近三个月", "text": "短信两次、电话一次、上门一次"}
    case = propose(customer, **owed, by=people["clerk"], now=begun)
    for name, who, at, details in _steps(cut, begun):
        if case.state == reach:
            return
        case = perform(case, name, by=people[who], now=at, **details)


def _steps(cut: datetime, begun: datetime) -> list[tuple[str, str, datetime, dict[str, Any]]]:
    checked = {"risks": [Risk.MOVED], "risk_note": "租户已更换，已请房东到场确认", "text": "上门核实，表计与户名相符"}
    delivered = cut - 5 * DAY
    notice = {"execute_at": cut, "delivered_at": delivered, "delivery": Delivery.IN_PERSON, "received_by": "本人"}
    told = cut - timedelta(minutes=40)
    return [
        ("precheck", "checker", begun + HOUR, checked),
        ("approve", "head", begun + 2 * HOUR, {"text": "程序齐备"}),
        ("deliver", "clerk", delivered, notice),
        ("tell_again", "clerk", told, {"told_at": told, "means": Told.PHONE}),
        ("execute", "clerk", cut, {"unpaid": True}),
        ("pay", "clerk", cut + 20 * HOUR, {"paid_at": cut + 20 * HOUR}),
        ("reconnect", "clerk", cut + 22 * HOUR, {"reconnected_at": cut + 22 * HOUR}),
    ]
