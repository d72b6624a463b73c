"""The fewest fields a test needs: people in their posts, and orders taken to a state through the one door."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

from complaints.models import Order
from complaints.services import open_order, perform
from complaints.services.opening import CallFacts, Matter
from complaints.vocabulary import CauseParty, ContactResult, Means, Satisfaction
from people.models import Assignment, Department, User
from people.roles import HOTLINE, Role
from policy.vocabulary import Category, Channel, Kind

SHANGHAI = ZoneInfo("Asia/Shanghai")
MONDAY = datetime(2026, 9, 7, 9, 30, tzinfo=SHANGHAI)  # an ordinary working week follows
LONG_AGO = date(2020, 1, 1)
PASSWORD = "Mima-123456-gongdan"
_serial = count(1)


def at(text: str) -> datetime:
    """``at("2026-09-18 20:16")``: that Shanghai moment."""
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def dept(code: str) -> Department:
    return Department.objects.get(code=code)


def person(role: Role | str | None = None, department: str = "hotline", **fields: Any) -> User:
    """A user with one post; ``role`` None gives a user without any."""
    n = next(_serial)
    fields.setdefault("username", f"user{n}")
    fields.setdefault("name", f"员工{n}")
    if role in HOTLINE:
        fields.setdefault("agent_no", f"{7000 + n}")
    user = User(**fields)
    user.set_password(PASSWORD)
    user.save()
    if role is not None:
        post(user, role, department)
    return user


def post(user: User, role: Role | str, department: str, **fields: Any) -> Assignment:
    fields.setdefault("valid_from", LONG_AGO)
    return Assignment.objects.create(user=user, role=role, department=dept(department), **fields)


def matter(**fields: Any) -> Matter:
    fields.setdefault("kind", Kind.COMPLAINT)
    fields.setdefault("category", Category.POWER_QUALITY)
    fields.setdefault("content", "每晚七点到十点电压只有一百八十伏，空调无法启动。")
    fields.setdefault("demands", ["查明原因", "限期整改"])
    fields.setdefault("caller_name", "王小明")
    fields.setdefault("caller_phone", "13800001234")
    fields.setdefault("channel", Channel.HOTLINE)
    if fields.get("anonymous"):
        fields |= {"caller_name": "", "caller_phone": ""}
    fields.setdefault("call", CallFacts(ring_count=2, read_back=True))
    return Matter(**fields)


class Company:
    """One person per seat of the usual story: Production-Tech leads power quality."""

    def __init__(self, lead: str = "production_tech_dept") -> None:
        self.lead = lead
        self.agent = person(Role.HOTLINE_AGENT)
        self.director = person(Role.HOTLINE_DIRECTOR)
        self.contact = person(Role.TICKET_CONTACT, lead)
        self.handler = person(Role.HANDLER, lead)
        self.head = person(Role.DEPARTMENT_HEAD, lead)
        self.outsider = person(Role.HANDLER, "safety_section")
        person(Role.TICKET_CONTACT, "safety_section")

    def order(self, now: datetime = MONDAY, **fields: Any) -> Order:
        return open_order(by=self.agent, now=now, matter=matter(**fields))

    def taken_to(
        self, state: str, *, now: datetime = MONDAY, step: timedelta = timedelta(hours=1), **fields: Any
    ) -> Order:
        """An order walked through the door up to ``state``; each step one hour after the last."""
        order = self.order(now, **fields)
        for name, by, details in self.steps(order):
            if order.state == state and not (state == "classified" and name == "accept"):
                break
            now += step
            details = details() if callable(details) else details
            order = perform(order, name, by=by, now=now, **({"at": now} | details if "means" in details else details))
        return order

    def steps(self, order: Order) -> list[tuple[str, User, dict[str, Any] | Callable[[], dict[str, Any]]]]:
        return [
            ("accept", self.contact, {"handler": self.handler}),
            ("investigate", self.handler, findings()),
            ("contact_customer", self.handler, contact()),
            ("resolve", self.handler, lambda: feedback(order)),
            ("accept_feedback", self.director, {}),
            ("attempt_callback", self.agent, contact(answered=True, satisfaction=Satisfaction.SATISFIED)),
            ("archive", self.agent, {}),
        ]


def findings(**fields: Any) -> dict[str, Any]:
    return {
        "plan": "晚高峰现场测量",
        "findings": "实测一百七十八到一百八十六伏",
        "verified": False,
        "cause_party": CauseParty.THIRD_PARTY,
        "cause": "配电房未移交",
        **fields,
    }


def contact(**fields: Any) -> dict[str, Any]:
    return {"means": Means.PHONE, "result": ContactResult.REACHED, "note": "已说明处理情况", **fields}


def feedback(order: Order, **fields: Any) -> dict[str, Any]:
    answers = {demand.pk: f"已处理：{demand.text}" for demand in order.demands.all()}
    return {"measures": "临时调荷并督促移交", "basis": "供电营业规则", "answers": answers, **fields}
