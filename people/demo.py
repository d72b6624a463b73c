"""The demo company's people: one account per role to try out, staff, contacts and backups for every department,
dated headcount, and this week's duty roster. Built once; a second call changes nothing."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import cycle
from typing import Any

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils import timezone

from people import services
from people.company import DEPARTMENTS, ensure_departments
from people.models import RESPONSIBLE_KINDS, Department, DepartmentHeadcount, DepartmentKind, DutyShift, User
from people.roles import Role

DEMO_PASSWORD = "Gongdan-2026"  # noqa: S105 - the whole point of a demo account
STAFF_SINCE = date(2025, 1, 1)
SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎"
GIVEN = ("建国", "晓燕", "海涛", "丽娟", "志明", "雪梅", "文斌", "秀英", "永强", "思琪", "国栋", "佳慧", "立新", "春霞")
SHIFT_BEGINS = (time(0), time(8), time(16))
SHIFT_LENGTH = timedelta(hours=8)


@dataclass(frozen=True)
class Account:
    """A demo account named after its role."""

    username: str
    name: str
    role: Role
    department: str
    agent_no: str = ""


ACCOUNTS = (
    Account("agent", "林晓雯", Role.HOTLINE_AGENT, "hotline", "1207"),
    Account("leader", "周海燕", Role.SHIFT_LEADER, "hotline", "1102"),
    Account("supervisor", "吴志刚", Role.SUPERVISOR, "hotline", "1101"),
    Account("director", "郑丽华", Role.HOTLINE_DIRECTOR, "hotline", "1001"),
    Account("contact", "何美玲", Role.TICKET_CONTACT, "customer_service_centre"),
    Account("handler", "孙伟民", Role.HANDLER, "customer_service_centre"),
    Account("station_head", "高建军", Role.STATION_HEAD, "station_jiangwan"),
    Account("deputy_station_head", "马永福", Role.DEPUTY_STATION_HEAD, "station_jiangwan"),
    Account("head", "徐静", Role.DEPARTMENT_HEAD, "customer_service_centre"),
    Account("grid_worker", "罗小勇", Role.GRID_WORKER, "station_jiangwan"),
    Account("duty_officer", "梁志强", Role.DUTY_OFFICER, "repair_centre"),
    Account("centre_department", "宋文华", Role.CENTRE_DEPARTMENT, "power_supply_dept"),
    Account("deputy_leader", "谢东升", Role.DEPUTY_LEADER, "leadership"),
    Account("main_leader", "韩国平", Role.MAIN_LEADER, "leadership"),
    Account("adjudicator", "唐慧敏", Role.ADJUDICATOR, "party_admin_office"),
    Account("manager", "冯雅琴", Role.MANAGER, "party_admin_office"),
    Account("auditor", "董清", Role.AUDITOR, "company"),
    Account("admin", "程立", Role.SYSTEM_ADMIN, "company"),
    Account("api_client", "市民热线接口", Role.API_CLIENT, "company"),
)
MORE_HOTLINE = (
    Account("agent2", "陈思远", Role.HOTLINE_AGENT, "hotline", "1208"),
    Account("agent3", "赵文静", Role.HOTLINE_AGENT, "hotline", "1209"),
    Account("agent4", "曹雨桐", Role.HOTLINE_AGENT, "hotline", "1210"),
    Account("leader2", "袁红", Role.SHIFT_LEADER, "hotline", "1103"),
    Account("leader3", "邓子豪", Role.SHIFT_LEADER, "hotline", "1104"),
    Account("supervisor2", "许国良", Role.SUPERVISOR, "hotline", "1105"),
)
HEADCOUNTS = {
    DepartmentKind.OFFICE: 12,
    DepartmentKind.SECTION: 6,
    DepartmentKind.STATION: 18,
    DepartmentKind.CENTRE: 26,
    DepartmentKind.UNIT: 9,
    DepartmentKind.CENTRE_DEPARTMENT: 8,
    DepartmentKind.HOTLINE: 21,
    DepartmentKind.LEADERSHIP: 5,
}


def demo_accounts() -> list[tuple[str, str, str]]:
    """User name, name and role of the accounts to sign in with; all share ``DEMO_PASSWORD``."""
    return [(account.username, account.name, str(account.role.label)) for account in ACCOUNTS]


@transaction.atomic
def build(now: datetime) -> dict[str, Any]:
    """``{"departments": {code: Department}, "users": {username: User}, "password": str}``."""
    ensure_departments(Department)
    departments = {row.code: row for row in Department.objects.all()}
    if not User.objects.filter(username=ACCOUNTS[0].username).exists():
        users = _staff(departments, now)
        _headcounts(departments, now)
        _roster(departments["hotline"], users, now)
    return {
        "departments": departments,
        "users": {user.username: user for user in User.objects.all()},
        "password": DEMO_PASSWORD,
    }


def _staff(departments: dict[str, Department], now: datetime) -> dict[str, User]:
    names = _names()
    # One hash for all: the same password hashed a hundred times would take the demo twenty seconds.
    encoded = make_password(DEMO_PASSWORD)
    users: dict[str, User] = {}

    def employ(account: Account, *, backup: bool = False) -> None:
        user = users.get(account.username) or User.objects.create(
            username=account.username,
            name=account.name,
            agent_no=account.agent_no or None,
            password=encoded,
            password_changed_at=now,
        )
        users[user.username] = user
        services.assign(
            user,
            by=None,
            now=now,
            role=account.role,
            department=departments[account.department],
            valid_from=STAFF_SINCE,
            is_backup=backup,
        )

    for account in (*ACCOUNTS, *MORE_HOTLINE):
        employ(account)
    for department in departments.values():
        if department.kind in RESPONSIBLE_KINDS:
            for account, backup in _crew(department, names):
                employ(account, backup=backup)
    return users


def _crew(department: Department, names: Iterator[str]) -> Iterator[tuple[Account, bool]]:
    """A head, a contact and a handler who is the backup, as far as the named accounts do not fill the place."""
    code, filled = department.code, {(a.role, a.department): a for a in ACCOUNTS}
    head = Role.STATION_HEAD if department.kind == DepartmentKind.STATION else Role.DEPARTMENT_HEAD
    for role, prefix in ((head, "head"), (Role.TICKET_CONTACT, "contact"), (Role.HANDLER, "handler")):
        named = filled.get((role, code))
        account = named or Account(f"{prefix}_{code}", next(names), role, code)
        if named is None:
            yield account, False
        if role is Role.HANDLER:
            yield Account(account.username, account.name, Role.TICKET_CONTACT, code), True
    if department.kind == DepartmentKind.STATION:
        for number in (1, 2):
            yield Account(f"grid{number}_{code}", next(names), Role.GRID_WORKER, code), False


def _names() -> Iterator[str]:
    given = cycle(GIVEN)
    for surname in cycle(SURNAMES):
        yield surname + next(given)


def _headcounts(departments: dict[str, Department], now: datetime) -> None:
    own = {entry.code for entry in DEPARTMENTS}
    for department in departments.values():
        count = HEADCOUNTS.get(DepartmentKind(department.kind))
        known = DepartmentHeadcount.objects.filter(department=department).exists()
        if count and department.code in own and not known:
            services.set_headcount(department, by=None, now=now, valid_from=STAFF_SINCE, count=count)


def _roster(hotline: Department, users: dict[str, User], now: datetime) -> None:
    """Three shifts a day, this week and the next, without a gap."""
    agents = cycle([users[name] for name in ("agent", "agent2", "agent3", "agent4")])
    leaders = cycle([users[name] for name in ("leader", "leader2", "leader3")])
    supervisors = cycle([users[name] for name in ("supervisor", "supervisor2")])
    today = timezone.localdate(now)
    monday = today - timedelta(days=today.weekday())
    for day in range(14):
        for begin in SHIFT_BEGINS:
            starts_at = datetime.combine(monday + timedelta(days=day), begin, timezone.get_current_timezone())
            if DutyShift.objects.filter(department=hotline, starts_at=starts_at).exists():
                continue
            services.plan_shift(
                hotline,
                by=None,
                now=now,
                starts_at=starts_at,
                ends_at=starts_at + SHIFT_LENGTH,
                shift_leader=next(leaders),
                supervisor=next(supervisors),
                members=[next(agents), next(agents)],
            )
