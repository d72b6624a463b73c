"""The variables a text of a message may use, and what each is filled with.

Free words of people are masked before they are filled in (invariant 22); nothing that is not listed here can be told.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from complaints.models import OrderEvent
from complaints.vocabulary import Satisfaction
from notifications.audience import Happened
from notifications.links import path_of
from notifications.reminding import lines_of
from notifications.vocabulary import Stream
from outage.vocabulary import Slot
from people.masking import mask_name, mask_text
from people.standing import DepartmentTree
from policy.models import Policy

LONGEST_QUOTE = 160
LINK = "{link}"  # filled in for each attempt, never stored (keys.link_token)
QUERY_CODE = "{query_code}"  # the customer's alone: filled in for each attempt, shown in no log


@dataclass(frozen=True)
class Scene:
    """Everything a variable may look at."""

    it: Happened
    today: date
    policy: Policy
    tree: DepartmentTree


@dataclass(frozen=True)
class Variable:
    """``sample`` is what the preview shows: nobody's real data."""

    label: str | Promise
    sample: str | Promise
    value: Callable[[Scene], str]


def _day(day: date | None) -> str:
    return _("%(month)d 月 %(day)d 日") % {"month": day.month, "day": day.day} if day else ""


def _due_text(scene: Scene) -> str:
    order = scene.it.order
    if order is None or order.due_on is None:
        return _("无办理时限")
    if order.due_on == scene.today:
        return _("今天到期")
    if order.due_on < scene.today:
        return _("已于 %(day)s到期") % {"day": _day(order.due_on)}
    return _("%(day)s到期") % {"day": _day(order.due_on)}


def _promise(scene: Scene) -> str:
    order = scene.it.order
    if order is None or order.due_on is None:
        return _("我们会尽快与您联系")
    return _("将于 %(day)s前答复您") % {"day": _day(order.due_on)}


def _department(scene: Scene) -> str:
    node = scene.tree.nodes.get(scene.it.lead or 0)
    return node.name if node else _("待定部门")


def _from_department(scene: Scene) -> str:
    event = scene.it.event
    node = scene.tree.nodes.get((event.from_department_id if isinstance(event, OrderEvent) else None) or 0)
    return node.name if node else _("原部门")


def _who(scene: Scene) -> str:
    event = scene.it.event
    if event is not None and event.by is not None:
        return event.by.name
    return str(scene.it.data.get("who") or _("系统"))


def _text(scene: Scene) -> str:
    said = (scene.it.event.text if scene.it.event else "") or str(scene.it.data.get("text") or "")
    said = mask_text(" ".join(said.split()))
    return (said if len(said) <= LONGEST_QUOTE else said[: LONGEST_QUOTE - 1] + "…").rstrip("。；") or _("未填说明")


def _satisfaction(scene: Scene) -> str:
    order = scene.it.order
    return str(Satisfaction(order.satisfaction).label) if order and order.satisfaction else _("未评价")


def _at(scene: Scene) -> str:
    moment = scene.it.event.at if scene.it.event else None
    return f"{timezone.localtime(moment):%m-%d %H:%M}" if moment else str(scene.it.data.get("at") or "")


def _number(scene: Scene) -> str:
    subject = scene.it.order or scene.it.outage or scene.it.case
    return subject.number if subject else ""


def _title(scene: Scene) -> str:
    subject = scene.it.order or scene.it.outage or scene.it.plan
    return mask_text(subject.title) if subject else ""


def _kind(scene: Scene) -> str:
    subject = scene.it.order or scene.it.outage or scene.it.plan
    return str(subject.get_kind_display()) if subject else ""


def _of_outage(name: str) -> Callable[[Scene], str]:
    """Times as 09-18 20:16, all else as it is written."""

    def value(scene: Scene) -> str:
        found = getattr(scene.it.outage or scene.it.plan, name, None)
        if isinstance(found, datetime):
            return f"{timezone.localtime(found):%m-%d %H:%M}"
        return str(found or _("待定"))

    return value


def _of_case(name: str) -> Callable[[Scene], str]:
    """Times of a planned outage or of a disconnection."""

    def value(scene: Scene) -> str:
        found = getattr(scene.it.case, name, None)
        return f"{timezone.localtime(found):%m-%d %H:%M}" if isinstance(found, datetime) else _("待定")

    return value


def _notices(scene: Scene) -> str:
    """停电告知（江湾群、滨江群）: what a clock's event names."""
    found = scene.it.fact("notices")
    rows: list[dict[str, Any]] = found if isinstance(found, list) else [scene.it.event.data if scene.it.event else {}]
    groups: dict[int, list[str]] = {}
    for row in rows:
        if row.get("slot") in Slot.values:
            groups.setdefault(row["slot"], []).append(str(row.get("group") or ""))
    return "，".join(f"{Slot(slot).label}（{'、'.join(names)}）" for slot, names in sorted(groups.items()))


def _count(scene: Scene) -> str:
    return str(scene.it.data.get("count") or len(scene.it.reminders))


VARIABLES: dict[str, Variable] = {
    "number": Variable(_l("编号"), "20260918-0012", _number),
    "title": Variable(_l("标题"), _l("每晚七点到十点电压偏低"), _title),
    "kind": Variable(_l("类型"), _l("投诉"), _kind),
    "category": Variable(
        _l("分类"), _l("供电质量"), lambda scene: str(scene.it.order.get_category_display()) if scene.it.order else ""
    ),
    "department": Variable(_l("责任部门"), _l("生技部"), _department),
    "from_department": Variable(_l("原责任部门"), _l("营销部"), _from_department),
    "handler": Variable(
        _l("经办人"),
        _l("孙伟民"),
        lambda scene: scene.it.order.handler.name if scene.it.order and scene.it.order.handler else _("未指派"),
    ),
    "caller": Variable(
        _l("来电人（掩码）"),
        "王××",
        lambda scene: (
            mask_name(scene.it.order.caller_name)
            if scene.it.order and not scene.it.order.conceals_caller
            else _("客户")
        ),
    ),
    "due": Variable(
        _l("到期日"), _l("10 月 9 日"), lambda scene: _day(scene.it.order.due_on if scene.it.order else None)
    ),
    "due_text": Variable(_l("到期说明"), _l("10 月 9 日到期"), _due_text),
    "promise": Variable(_l("对客户的承诺"), _l("将于 10 月 9 日前答复您"), _promise),
    "internal_due": Variable(
        _l("重办期限"),
        _l("9 月 28 日"),
        lambda scene: _day(scene.it.order.internal_due_on if scene.it.order else None),
    ),
    "who": Variable(_l("操作人"), _l("郑丽华"), _who),
    "text": Variable(_l("说明"), _l("不属本部门管辖"), _text),
    "at": Variable(_l("时间"), "09-18 20:16", _at),
    "satisfaction": Variable(_l("客户评价"), _l("满意"), _satisfaction),
    "place": Variable(_l("停电范围"), _l("江湾路 1–60 号"), _of_outage("place")),
    "households": Variable(_l("停电户数"), "1240", _of_outage("households")),
    "cause": Variable(_l("停电原因"), _l("电缆分支箱故障"), _of_outage("cause_text")),
    "expected": Variable(_l("预计送电"), "09-18 22:30", _of_outage("expected_at")),
    "restored": Variable(_l("送电时间"), "09-18 22:10", _of_outage("restored_at")),
    "notices": Variable(_l("哪条信息、哪个群"), _l("停电告知（江湾群）"), _notices),
    "starts": Variable(_l("计划停电时间"), "09-25 08:00", _of_case("starts_at")),
    "ends": Variable(_l("计划送电时间"), "09-25 17:00", _of_case("ends_at")),
    "execute_at": Variable(_l("通知的停电时间"), "09-25 09:00", _of_case("execute_at")),
    "reconnect_due": Variable(_l("复电期限"), "09-26 09:00", _of_case("reconnect_due_at")),
    "reminders": Variable(
        _l("要留意的工单"), _l("20260918-0012 今天到期"), lambda scene: "\n".join(lines_of(scene.it.reminders))
    ),
    "count": Variable(_l("条数"), "3", _count),
    "query_code": Variable(_l("查询码（仅客户短信）"), "K7QM2X9RTB4W", lambda scene: QUERY_CODE),
    "link": Variable(_l("一次性链接（仅客户短信）"), "https://…/r/…/", lambda scene: LINK),
    "url": Variable(_l("页面链接"), "https://…/orders/…/", lambda scene: settings.SITE_URL + path_of(scene.it)),
    "company": Variable(_l("单位名称"), _l("供电公司"), lambda scene: scene.policy.company_name),
    "hotline": Variable(_l("热线号码"), "86865598", lambda scene: scene.policy.hotline_number),
}
FOR_CUSTOMERS_ONLY = frozenset({"query_code", "link", "promise"})
EVERYWHERE = frozenset({"number", "title", "kind", "department", "who", "text", "at", "url", "company", "hotline"})
OF_OUTAGES = frozenset({"place", "households", "cause", "expected", "restored", "notices"})
# Stream -> what else its messages may say; those of an order may say all that is of no other stream.
OF_STREAM: dict[str, frozenset[str]] = {
    Stream.OUTAGE: OF_OUTAGES,
    Stream.PLAN: frozenset({"starts", "ends", "households"}),
    Stream.CUT: frozenset({"execute_at", "reconnect_due"}),
    Stream.CALL: frozenset(),
    Stream.SYSTEM: frozenset({"count", "reminders"}),
}
OF_OTHERS = frozenset().union(*OF_STREAM.values())


def variables_of(stream: str, *, customer: bool) -> dict[str, Variable]:
    """What a message of this stream may say; what only the customer may know is in no other message."""
    if stream == Stream.ORDER:
        left_out = OF_OTHERS if customer else OF_OTHERS | FOR_CUSTOMERS_ONLY
        return {name: one for name, one in VARIABLES.items() if name not in left_out}
    wanted = EVERYWHERE | OF_STREAM[stream]
    return {name: one for name, one in VARIABLES.items() if name in wanted}
