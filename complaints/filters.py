"""What a list was asked for: queue, filters and words, read from an address once and written back into one.

The same value is a list's address, a saved view, and what an export writes about its rows.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q
from django.http import QueryDict
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from complaints.lists import BadKey, Queue, Reader, midnight, queues_for
from complaints.models import Order, OrderQuerySet
from complaints.queries import search
from complaints.vocabulary import State
from people.models import RESPONSIBLE_KINDS, DepartmentKind
from people.roles import HOTLINE
from people.standing import DepartmentTree, Standing, department_tree
from policy.vocabulary import Category, Channel, Kind, Priority

Choices = list[tuple[str, str]]


@dataclass(frozen=True)
class Narrowing:
    """One filter of the address: its parameter, label, choices and column. Several values are any of them."""

    name: str
    label: str | Promise
    choices: Callable[[DepartmentTree], Choices]
    column: str


def _departments(tree: DepartmentTree, kinds: Collection[DepartmentKind]) -> Choices:
    return [(node.code, node.name) for node in tree.nodes.values() if node.is_active and node.kind in kinds]


def _words(choices: Any) -> Callable[[DepartmentTree], Choices]:
    return lambda tree: [(str(value), str(label)) for value, label in choices.choices]


def _stations(tree: DepartmentTree) -> Choices:
    return _departments(tree, [DepartmentKind.STATION])


def _leads(tree: DepartmentTree) -> Choices:
    return _departments(tree, RESPONSIBLE_KINDS)


# The first four stand in the row, the others behind "条件" until one of them is used.
NARROWINGS = (
    Narrowing("kind", gettext_lazy("类型"), _words(Kind), "kind"),
    Narrowing("category", gettext_lazy("分类"), _words(Category), "category"),
    Narrowing("station", gettext_lazy("供电所"), _stations, "station__code"),
    Narrowing("state", gettext_lazy("状态"), _words(State), "state"),
    Narrowing("lead", gettext_lazy("责任部门"), _leads, "lead_department__code"),
    Narrowing("channel", gettext_lazy("渠道"), _words(Channel), "channel"),
    Narrowing("priority", gettext_lazy("优先级"), _words(Priority), "priority"),
)
ALWAYS_SHOWN = 4
BY_NAME = {one.name: one for one in NARROWINGS}
SINCE, UNTIL = "since", "until"  # days of registration, both included
VIEW = "view"  # the saved view an address came from: which tab is lit, nothing else
PARAMETERS = {"queue", "q", "after", "before", VIEW, SINCE, UNTIL, *BY_NAME}
LONGEST_SEARCH = 60
LONGEST_KEY = 18
EARLIEST, LATEST = date(2000, 1, 1), date(2199, 12, 31)
EVERYTHING = "all"


@dataclass
class Asked:
    """``filters``: parameter → values chosen; ``days``: since and until, where given."""

    queue: Queue
    filters: dict[str, list[str]] = field(default_factory=dict)
    days: dict[str, date] = field(default_factory=dict)
    q: str = ""
    after: str = ""
    before: str = ""
    view: str = ""
    options: dict[str, Choices] = field(default_factory=dict, repr=False)

    def query(self, **changes: str | Sequence[str]) -> str:
        """The address' query with some values changed; an empty value drops its parameter. Pages are left out."""
        days = {name: day.isoformat() for name, day in self.days.items()}
        wanted: dict[str, Any] = {"queue": self.queue.name, "q": self.q, **self.filters, **days, **changes}
        return urlencode({name: value for name, value in wanted.items() if value}, doseq=True)

    def url(self, **changes: str | Sequence[str]) -> str:
        return f"{reverse('orders')}?{self.query(**changes)}"

    @property
    def is_narrowed(self) -> bool:
        return bool(self.q or self.filters or self.days)

    @property
    def unnarrowed(self) -> str:
        return f"{reverse('orders')}?{urlencode({'queue': self.queue.name})}"

    def where(self) -> Q:
        """The filters as a condition on orders."""
        found = Q()
        for name, values in self.filters.items():
            found &= Q(**{f"{BY_NAME[name].column}__in": values})
        if SINCE in self.days:
            found &= Q(registered_at__gte=midnight(self.days[SINCE]))
        if UNTIL in self.days:
            found &= Q(registered_at__lt=midnight(self.days[UNTIL] + timedelta(days=1)))
        return found

    def told(self) -> str:
        """In words, for people who were not there."""
        parts = [str(self.queue.label)] if not self.q else [_("搜索“%(q)s”") % {"q": self.q}]
        for name, values in self.filters.items():
            known = dict(self.options[name])
            parts.append(f"{BY_NAME[name].label}：{'、'.join(known.get(value, value) for value in values)}")
        if self.days:
            parts.append(_("登记日期：%(days)s") % {"days": self.days_told()})
        return "；".join(parts)

    def days_told(self) -> str:
        since, until = (self.days[name].isoformat() if name in self.days else "" for name in (SINCE, UNTIL))
        if since and until:
            return _("%(since)s 至 %(until)s") % {"since": since, "until": until}
        return _("%(since)s 起") % {"since": since} if since else _("至 %(until)s") % {"until": until}

    def orders(self, reader: Reader) -> OrderQuerySet:
        """All of them as one query, for exports and prints; pages are read by ``lists``."""
        seen = Order.objects.visible_to(reader.user, now=reader.now).filter(self.where())
        if self.q:
            return search(seen, self.q, knows_callers=reader.who.has(*HOTLINE))
        return self.queue.narrow(seen, reader)


def read(given: QueryDict, who: Standing) -> Asked:
    """Raises BadKey for a parameter or value no link of ours has."""
    if unknown := set(given) - PARAMETERS:
        raise BadKey(", ".join(sorted(unknown)))
    q = given.get("q", "").strip()[:LONGEST_SEARCH]
    tabs = queues_for(who)
    fallback = EVERYTHING if q and any(tab.name == EVERYTHING for tab in tabs) else tabs[0].name if tabs else ""
    name = given.get("queue") or fallback
    queue = next((tab for tab in tabs if tab.name == name), None)
    if queue is None:
        raise BadKey(name)
    asked = Asked(queue, q=q, after=given.get("after", ""), before=given.get("before", ""))
    asked.view = _view(given.get(VIEW, ""))
    tree = department_tree()
    for narrowing in NARROWINGS:
        asked.options[narrowing.name] = narrowing.choices(tree)
        known = dict(asked.options[narrowing.name])
        chosen = [value for value in dict.fromkeys(given.getlist(narrowing.name)) if value]
        if bad := [value for value in chosen if value not in known]:
            raise BadKey(bad[0])
        if chosen:
            asked.filters[narrowing.name] = [value for value in known if value in chosen]
    for name in (SINCE, UNTIL):
        if text := given.get(name, ""):
            asked.days[name] = _day(text)
    return asked


def _view(text: str) -> str:
    if text and not (text.isascii() and text.isdigit() and len(text) <= LONGEST_KEY):
        raise BadKey(text)
    return text


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise BadKey(text) from error
    if not EARLIEST <= day <= LATEST:
        raise BadKey(text)
    return day
