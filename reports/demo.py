"""The demo company's reports: last month drawn up and half checked, one objection open, a few of the house's forms."""

from datetime import datetime, timedelta
from typing import Any

from people.models import Department, User
from people.roles import HEADS, Role
from people.standing import holders
from policy.limits import shanghai_day
from reports.models import Publication, Record
from reports.publishing import check, settle, unchecked
from reports.records import file_record
from reports.rollup import roll_up

OBJECTION = "受理件数少 1 件：上月 28 日登记的那张已改由本部门牵头，请核对"
FORMS: tuple[tuple[str, str, int, dict[str, Any]], ...] = (
    (
        "drill",
        "station_jiangwan",
        20,
        {
            "held_on": "",
            "form": "live",
            "participants": "站长、副站长、网格员 8 人",
            "steps": "模拟 10 kV 支线故障：告知、到岗、发电车接入、送电告知",
            "problems": "第二条告知用时 17 分钟，超过 15 分钟",
            "evaluation": "流程熟悉，告知环节需专人负责",
            "revision": "预案增加一名告知岗",
        },
    ),
    (
        "visits",
        "station_chengdong",
        12,
        {
            "held_on": "",
            "way": "forum",
            "whom": "学府社区居民座谈会",
            "matter": "希望停电信息提前一天发到群里",
            "handling": "已在网格群固定时间发布",
            "orders": "",
        },
    ),
    (
        "survey",
        "station_jiangwan",
        6,
        {
            "period": "上季度",
            "sent": 120,
            "returned": 96,
            "satisfied": 91,
            "dissatisfied": 2,
            "opinions": "停电恢复时间告知不够准；取号机排队久",
            "follow_up": "由站长回访两户，问清原因",
        },
    ),
    (
        "supervisor_opinion",
        "customer_service_centre",
        9,
        {
            "supervisor": "行风监督员（商会）",
            "appointed": "本年度",
            "received_on": "",
            "opinion": "营业厅午间只开一个窗口，排队较长",
            "department_asked": "客户服务中心",
        },
    ),
)


def build(now: datetime) -> int:
    """Safe to run again; returns how many reports there are."""
    roll_up(now)
    settle(now)
    for row in Publication.objects.filter(checks__isnull=True):
        _check(row, now)
    if not Record.objects.exists():
        _file(now)
    return Publication.objects.count()


def _check(row: Publication, now: datetime) -> None:
    """Every other department has answered; the last of them objects."""
    answered = unchecked(row, now=now)[::2]
    for place in answered:
        head = _head(place, now)
        if head is not None:
            objection = OBJECTION if place == answered[-1] and len(answered) > 1 else ""
            check(row, place, objection=objection, by=head, now=now)


def _head(place: Department, now: datetime) -> User | None:
    return holders(*HEADS, Role.TICKET_CONTACT, on=shanghai_day(now), department_ids=[place.pk]).first()


def _file(now: datetime) -> None:
    for kind, code, ago, data in FORMS:
        place = Department.objects.filter(code=code).first()
        by = _head(place, now) if place else None
        if place is None or by is None:
            continue
        moment = now - timedelta(days=ago)
        day = shanghai_day(moment)
        filled = {name: value or (str(day) if name.endswith("_on") else "") for name, value in data.items()}
        file_record(kind, department=place, filed_on=day, data=filled, by=by, now=moment)
