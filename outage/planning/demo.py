"""The demo company's planned outages: one of every kind of state around today, and the days to spare."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django.utils import timezone

from customers.models import TransformerArea
from outage.flow.door import perform
from outage.planning.models import OutagePlan, SensitiveDay
from outage.planning.publictext import proposed
from outage.planning.services import draw_up
from outage.planning.vocabulary import DayKind, Medium, PlanKind
from people.models import Department, User
from policy.rulebook import policy_on

DAY = timedelta(days=1)
# days from today, hour, hours long, station, kind, work, how far it has got
STORIES = (
    (12, 8, 9, "station_jiangwan", PlanKind.PLANNED, "10 千伏线路检修", "announced"),
    (16, 7, 10, "station_chengdong", PlanKind.PLANNED, "更换老旧变压器", "changed"),
    (20, 9, 6, "station_binhai", PlanKind.PLANNED, "线路迁改", "submitted"),
    (9, 13, 4, "station_shanqian", PlanKind.PLANNED, "树障清理", "approved"),
    (3, 14, 3, "station_chengdong", PlanKind.TEMPORARY, "消除接头发热缺陷", "announced"),
    (24, 8, 8, "station_jiangwan", PlanKind.PLANNED, "开关站检修", "drafted"),
    (14, 8, 5, "station_binhai", PlanKind.PLANNED, "电缆试验", "cancelled"),
)


def build(now: datetime) -> None:
    """Built through the same door as real plans; once."""
    if OutagePlan.objects.exists():
        return
    users = {
        user.username: user for user in User.objects.filter(username__in=["deputy_leader", "duty_officer", "agent"])
    }
    _days(now)
    for story in STORIES:
        _plan(story, users, now)


def _days(now: datetime) -> None:
    year = timezone.localdate(now).year
    for name, kind, first, last in (
        ("高考", DayKind.EXAM, date(year + 1, 6, 7), date(year + 1, 6, 9)),
        ("中考", DayKind.EXAM, date(year + 1, 6, 20), date(year + 1, 6, 21)),
        ("滨海开渔节", DayKind.FESTIVAL, timezone.localdate(now) + 19 * DAY, timezone.localdate(now) + 21 * DAY),
    ):
        SensitiveDay.objects.get_or_create(
            name=name, first_on=first, defaults={"kind": kind, "last_on": last, "recorded_at": now}
        )


def _plan(story: tuple[int, int, int, str, str, str, str], users: dict[str, User], now: datetime) -> None:
    days, hour, hours, code, kind, work, reach = story
    station = Department.objects.get(code=code)
    areas = list(TransformerArea.objects.filter(station=station).order_by("pk")[days % 3 : days % 3 + 2])
    if not areas:
        return
    day = timezone.localdate(now) + days * DAY
    begin = datetime.combine(day, time(hour), timezone.get_current_timezone())
    end = begin + timedelta(hours=hours)
    title = "、".join(area.name for area in areas)
    hotline = policy_on(timezone.localdate(now)).hotline_number
    text = proposed(title=title, work=work, starts_at=begin, ends_at=end, hotline=hotline)
    duty, leader, agent = users["duty_officer"], users["deputy_leader"], users["agent"]
    values = {"kind": kind, "title": title, "work": work, "public_text": text, "station": station}
    plan = draw_up(by=duty, now=now, areas=areas, starts_at=begin, ends_at=end, **values)
    if reach == "drafted":
        return
    plan = perform(plan, "submit", by=duty, now=now)
    if reach == "submitted":
        return
    plan = perform(plan, "approve", by=leader, now=now, conflict_note="隐患须尽快消除")
    if reach == "approved":
        return
    for medium in (Medium.PORTAL, Medium.WECHAT):
        plan = perform(plan, "announce", by=agent, now=now, medium=medium, posted_at=now, proof="公告系统自动编号")
    if reach == "changed":
        moved: dict[str, Any] = {"title": title, "work": work, "starts_at": begin + DAY, "ends_at": end + DAY}
        moved["public_text"] = proposed(hotline=hotline, **moved)
        perform(plan, "propose_change", by=duty, now=now, areas=areas, text="材料推迟到货", **moved)
    elif reach == "cancelled":
        perform(plan, "cancel", by=duty, now=now, text="改为带电作业")
