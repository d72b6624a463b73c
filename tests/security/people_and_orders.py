"""The company the security tests look at: everybody who could stand before a page, and every kind of order.

Whatever belongs to a caller is unmistakable (``Secrets``), and stands in every free text too, so that one search of a
page tells whether it leaked.
"""

import uuid
from dataclasses import dataclass, field
from datetime import date, timedelta
from importlib import import_module
from typing import Any

from django.test import Client
from django_otp.plugins.otp_totp.models import TOTPDevice

from complaints.models import BulkRun, Call, CallScore, Order, OrderDepartment, SavedView, SubAssignment
from complaints.services import open_order, perform
from complaints.services.opening import CallFacts
from complaints.vocabulary import Part, Satisfaction
from customers.models import Customer, CustomerPhone
from escalation.models import Appeal, Ruling
from escalation.services.extensions import request_extension
from escalation.vocabulary import Ground
from exports.models import Export, Status
from exports.services import request_export
from people.models import Assignment, DutyShift, User
from people.roles import SECOND_FACTOR, Role
from policy.vocabulary import Category, Kind
from tests.factories import MONDAY, contact, dept, feedback, findings, matter, person, post
from tests.security import expected_around, expected_desk, expected_reports
from tests.security.rows_notifications import notification_rows

NOW = MONDAY + timedelta(hours=6)
YESTERDAY, TODAY, TOMORROW = (MONDAY.date() + timedelta(days=n) for n in (-1, 0, 1))
LEAD = "production_tech_dept"

# Who there is, by the posts held today.
POSTS: dict[str, list[tuple[Role, str]]] = {
    "agent": [(Role.HOTLINE_AGENT, "hotline")],
    "shift_leader": [(Role.SHIFT_LEADER, "hotline")],
    "supervisor": [(Role.SUPERVISOR, "hotline")],
    "director": [(Role.HOTLINE_DIRECTOR, "hotline")],
    "contact": [(Role.TICKET_CONTACT, LEAD)],
    "handler": [(Role.HANDLER, LEAD)],
    "head": [(Role.DEPARTMENT_HEAD, LEAD)],
    "marketing": [(Role.TICKET_CONTACT, "marketing_dept")],
    "coop": [(Role.HANDLER, "customer_service_centre")],
    "unit": [(Role.HANDLER, "repair_team_east")],
    "unit_boss": [(Role.DEPARTMENT_HEAD, "repair_centre")],
    "safety": [(Role.HANDLER, "safety_section")],
    "inspector": [(Role.TICKET_CONTACT, "inspection_group")],
    "station_head": [(Role.STATION_HEAD, "station_jiangwan")],
    "deputy_station_head": [(Role.DEPUTY_STATION_HEAD, "station_jiangwan")],
    "grid_worker": [(Role.GRID_WORKER, "station_jiangwan")],
    "duty_officer": [(Role.DUTY_OFFICER, "dispatch_room")],
    "centre": [(Role.CENTRE_DEPARTMENT, "power_supply_dept")],
    "deputy_leader": [(Role.DEPUTY_LEADER, "leadership")],
    "main_leader": [(Role.MAIN_LEADER, "leadership")],
    "adjudicator": [(Role.ADJUDICATOR, "party_admin_office")],
    "manager": [(Role.MANAGER, "company")],
    "auditor": [(Role.AUDITOR, "company")],
    "admin": [(Role.SYSTEM_ADMIN, "company")],
    "api": [(Role.API_CLIENT, "company")],
    "agent_in_lead": [(Role.HOTLINE_AGENT, "hotline"), (Role.HANDLER, LEAD)],
    "admin_in_lead": [(Role.SYSTEM_ADMIN, "company"), (Role.HANDLER, LEAD)],
    "substitute": [],
    "disabled": [(Role.TICKET_CONTACT, LEAD)],
    "ended": [],
    "future": [],
    "nobody": [],
}
ANONYMOUS = "anonymous"
EVERYBODY = [*POSTS, ANONYMOUS]


@dataclass(frozen=True)
class Secrets:
    """What only a logged reveal may show of one caller."""

    name: str
    phone: str
    account_no: str
    address: str

    @property
    def marks(self) -> tuple[str, ...]:
        return (self.name, self.phone, self.account_no, self.address)


def secrets(n: int) -> Secrets:
    return Secrets(
        f"阚霁{chr(0x6843 + n)}", f"1390055{n:04d}", f"33017755{n:04d}", f"海桂路{700 + n}号{n + 1}幢60{n}室"
    )


def says(secret: Secrets) -> str:
    """Words that hold the caller's number, as people write them."""
    return f"晚间电压低，请打 {secret.phone} 联系"


@dataclass
class World:
    users: dict[str, User] = field(default_factory=dict)
    orders: dict[str, Order] = field(default_factory=dict)
    secrets: dict[str, Secrets] = field(default_factory=dict)
    cookies: dict[str, str] = field(default_factory=dict)
    customer: Any = None
    ids: dict[str, Any] = field(default_factory=dict)

    def client(self, who: str, **options: Any) -> Client:
        """A browser of that person; nothing an earlier request did to its cookies is kept."""
        client = Client(raise_request_exception=False, **options)
        if who in self.cookies:
            client.cookies["sessionid"] = self.cookies[who]
        return client


def sign_in(user: User) -> str:
    """A session as after password and, where asked for, second factor; returns its key."""
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    if any(row.role in SECOND_FACTOR for row in user.assignments.all()):
        device = TOTPDevice.objects.create(user=user, name="totp", confirmed=True)
        session = client.session
        session["otp_device_id"] = device.persistent_id
        session.save()
    return client.cookies["sessionid"].value


def people() -> dict[str, User]:
    users: dict[str, User] = {}
    for name, posts in POSTS.items():
        number = f"8{len(users):03d}" if any(department == "hotline" for _role, department in posts) else None
        users[name] = person(None, username=f"u.{name}".replace("_", "-"), name=f"职员{name}", agent_no=number)
        for role, department in posts:
            post(users[name], role, department)
    User.objects.filter(pk=users["disabled"].pk).update(is_active=False)
    post(users["ended"], Role.TICKET_CONTACT, LEAD, valid_to=YESTERDAY)
    post(users["future"], Role.TICKET_CONTACT, LEAD, valid_from=TOMORROW)
    stood_in = Assignment.objects.get(user=users["contact"])
    dates = {"valid_from": TODAY, "valid_to": TODAY}
    post(users["substitute"], Role.TICKET_CONTACT, LEAD, substitute_for=stood_in, **dates)
    person(Role.TICKET_CONTACT, "safety_section")
    person(Role.TICKET_CONTACT, "repair_centre")
    return users


def add_part(order: Order, department: str, part: Part) -> None:
    """A department beside the lead, as the rules of routing would have put it."""
    row = dept(department)
    OrderDepartment.objects.update_or_create(order=order, department=row, defaults={"part": part})
    Order.objects.filter(pk=order.pk).update(audience=sorted({*order.audience, row.pk}))
    order.refresh_from_db()


def build() -> World:
    world = World(users=people())
    users = world.users

    def opened(name: str, by: str = "agent", **fields: Any) -> Order:
        secret = world.secrets[name] = secrets(len(world.secrets))
        caller = {} if fields.get("anonymous") else {"caller_name": secret.name, "caller_phone": secret.phone}
        if caller:
            caller["account_no"] = secret.account_no
        facts: dict[str, Any] = {"address": secret.address, "content": says(secret), "demands": [says(secret)]}
        facts["callback_when"] = f"晚上打{secret.phone}"
        facts["call"] = CallFacts(ring_count=2, read_back=True)
        world.orders[name] = open_order(by=users[by], now=MONDAY, matter=matter(**caller, **facts, **fields))
        return world.orders[name]

    report: dict[str, Any] = {"kind": Kind.REPORT_MISCONDUCT, "category": Category.THEFT_TARIFF}
    world.orders["own"] = _worked_on(opened("own"), world)
    opened("other", category=Category.FACILITY_SAFETY)
    opened("station", category=Category.FAULT_REPAIR)
    _lead(world.orders["station"], "station_jiangwan")
    opened("about_lead", reported_department=dept(LEAD), **report)
    opened("about_handler", reported_person=users["handler"], **report)
    opened("about_hotline", by="api", reported_department=dept("hotline"), **report)
    opened("anonymous", anonymous=True, **report)
    for name in ("about_lead", "about_handler", "anonymous"):
        add_part(world.orders[name], LEAD, Part.COOPERATING)
    opened("hidden", hide_caller=True)
    world.orders["ruling"] = _refused_twice(opened("ruling"), users)
    opened("api", by="api", category=Category.FACILITY_SAFETY)
    world.orders["archived"] = _archived(opened("archived"), world)
    for name in world.orders:
        world.orders[name].refresh_from_db()
    world.cookies = {name: sign_in(user) for name, user in users.items()}
    _other_rows(world)
    import_module("tests.security.outages").add_outage(world, now=NOW)
    return world


def _lead(order: Order, department: str) -> None:
    row = dept(department)
    Order.objects.filter(pk=order.pk).update(lead_department=row, station=row, audience=[row.pk])


def _worked_on(order: Order, world: World) -> Order:
    """Accepted, copied to one department, one cooperating, one with a part of its own; every text names the phone."""
    users, words, now = world.users, says(world.secrets["own"]), MONDAY + timedelta(hours=1)
    order = perform(order, "accept", by=users["contact"], now=now, handler=users["handler"])
    add_part(order, "marketing_dept", Part.CC)
    add_part(order, "customer_service_centre", Part.COOPERATING)
    day = order.due_on or date.max
    details: dict[str, Any] = {"department": dept("repair_team_east"), "task": words, "due_on": day}
    order = perform(order, "sub_assign", by=users["handler"], now=now, **details)
    Order.objects.filter(pk=order.pk).update(audience=sorted({*order.audience, dept("repair_team_east").pk}))
    order.refresh_from_db()
    perform(order, "contact_customer", by=users["handler"], now=now, at=now, **contact(note=words))
    perform(order, "add_fact", by=users["handler"], now=now, text=words)
    return order


def _refused_twice(order: Order, users: dict[str, User]) -> Order:
    now = MONDAY + timedelta(hours=1)
    order = perform(order, "reject_dispatch", by=users["contact"], now=now, reason="应由调度承办")
    person(Role.TICKET_CONTACT, "dispatch_room")
    details: dict[str, Any] = {
        "kind": order.kind,
        "category": order.category,
        "lead_department": dept("dispatch_room"),
        "reason": "改派",
    }
    order = perform(order, "classify", by=users["agent"], now=now, **details)
    refuser = Assignment.objects.get(role=Role.TICKET_CONTACT, department=dept("dispatch_room")).user
    return perform(order, "reject_dispatch", by=refuser, now=now, reason="应由生产承办")


def _archived(order: Order, world: World) -> Order:
    users, words, now = world.users, says(world.secrets["archived"]), MONDAY + timedelta(hours=1)
    order = perform(order, "accept", by=users["contact"], now=now, handler=users["handler"])
    subs: dict[str, Any] = {"department": dept("repair_team_east"), "task": words, "due_on": order.due_on}
    order = perform(order, "sub_assign", by=users["handler"], now=now, **subs)
    done: dict[str, Any] = {"sub": SubAssignment.objects.get(order=order), "result_text": words}
    order = perform(order, "finish_sub_assignment", by=users["handler"], now=now, **done)
    site = {"site_visit": {"at": now.isoformat(), "people": words, "findings": words}}
    found = findings(
        plan=words, findings=words, cause=words, sections=site, evidence=[{"code": "meter", "note": words}]
    )
    order = perform(order, "investigate", by=users["handler"], now=now, **found)
    order = perform(order, "contact_customer", by=users["handler"], now=now, at=now, **contact(note=words))
    answers = {demand.pk: words for demand in order.demands.all()}
    told = feedback(order, measures=words, basis=words, answers=answers)
    order = perform(order, "resolve", by=users["handler"], now=now, **told)
    order = perform(order, "accept_feedback", by=users["director"], now=now, text=words)
    rated = contact(note=words, answered=True, satisfaction=Satisfaction.SATISFIED, suggestion=words)
    order = perform(order, "attempt_callback", by=users["agent"], now=now, at=now, **rated)
    order = perform(order, "archive", by=users["agent"], now=now)
    # The unit had its part; only the lead is left in view, so that "archived" stays the lead department's.
    Order.objects.filter(pk=order.pk).update(audience=[dept(LEAD).pk])
    return order


def _other_rows(world: World) -> None:
    """A customer of a station and the rows the settings pages name."""
    world.secrets["customer"] = secret = secrets(len(world.secrets))
    station = dept("station_jiangwan")
    world.customer = Customer.objects.create(
        account_no=secret.account_no,
        name=secret.name,
        address=secret.address,
        station=station,
        created_at=MONDAY,
        updated_at=MONDAY,
    )
    phone = CustomerPhone.objects.create(customer=world.customer, number=secret.phone)
    shift = DutyShift.objects.create(
        department=dept("hotline"),
        starts_at=NOW + timedelta(days=3),
        ends_at=NOW + timedelta(days=3, hours=8),
        shift_leader=world.users["shift_leader"],
        supervisor=world.users["supervisor"],
    )
    post_row = Assignment.objects.get(user=world.users["contact"])
    world.ids = {"phone": phone.pk, "shift": shift.pk, "post": post_row.pk, "export": _export(world)}
    world.ids |= _lists(world)
    world.ids |= expected_reports.build(world.users)
    world.ids |= expected_desk.build(world.users)
    expected_around.plant(world.users, world.customer, world.ids)
    world.ids |= notification_rows(world.users["admin"], world.orders["own"], NOW)
    _case(world)


def _case(world: World) -> None:
    """The handler's request for more time, which waits for the head."""
    case = request_extension(
        world.orders["own"],
        by=world.users["handler"],
        now=MONDAY + timedelta(hours=2),
        limit_days=15,
        ground=Ground.OUTSIDE_EVIDENCE,
        text=says(world.secrets["own"]),
    )
    world.ids["case"] = case.pk
    world.orders["own"].refresh_from_db()
    world.ids |= _money_rows(world)


def _lists(world: World) -> dict[str, Any]:
    """A view the contact shares with the lead department, a batch of the contact's, a drawn call of the agent's."""
    contact = world.users["contact"]
    view = SavedView.objects.create(
        owner=contact, department=dept(LEAD), name="本部投诉", query="queue=all", created_at=NOW
    )
    own = world.orders["own"].number
    run = BulkRun.objects.create(
        act="take", by=contact, at=NOW, results=[{"number": own, "seq": None, "error": "已接单"}]
    )
    call = Call.objects.filter(agent=world.users["agent"])[0]
    first = MONDAY.date().replace(day=1)
    score = CallScore.objects.create(call=call, agent=call.agent, month=first, place=1, drawn_at=NOW)
    return {"view": view.pk, "bulk": run.uid, "score": score.pk}


def _export(world: World) -> uuid.UUID:
    """A list of orders that the handler asked for and an approver has not decided about."""
    asked: dict[str, Any] = {"params": {"query": "queue=all"}, "title": "工单", "told": "", "reason": "月度核对"}
    export = request_export("orders", by=world.users["handler"], now=NOW, **asked)
    Export.objects.filter(pk=export.pk).update(status=Status.APPROVAL, total=9_000)
    return export.uid


def _money_rows(world: World) -> dict[str, int]:
    """A ruling and a question about the rules that wait, both about the archived order's department."""
    shared: dict[str, Any] = {"order": world.orders["archived"], "department": dept(LEAD)}
    ruling = Ruling.objects.create(
        **shared, kind="unqualified", ground="inaccurate", proposed_by=world.users["director"], proposed_at=NOW
    )
    appeal = Appeal.objects.create(
        **shared, kind="dispute", text="一天如何计算", filed_by=world.users["head"], filed_at=NOW
    )
    return {"ruling": ruling.pk, "appeal": appeal.pk}
