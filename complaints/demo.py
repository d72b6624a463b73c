"""The demo company's orders: some five weeks of calls up to now, played through the one door in the order of time.

Everything follows from ``now``: there are always orders overdue, due next, waiting, called back and archived. Built
once; a second call changes nothing. People and customers must exist.
"""

import json
import random
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, time, timedelta
from functools import partial
from heapq import merge
from itertools import count, cycle
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone

from complaints.demo_plot import DONE, PLOTS, ROOM, Beat, Scene, Story, day_of, moments
from complaints.models import Call, Order
from complaints.services import log_call, open_order, perform
from complaints.services.matter import FaultFacts
from complaints.services.opening import CallFacts, Matter
from complaints.vocabulary import Disposition, FaultScope, NoOrderReason, Ownership
from customers.marks import needs_care
from customers.models import Customer
from customers.vocabulary import Segment
from people.models import Assignment, Department, User
from people.roles import Role
from people.standing import contacts, holders, valid_on
from policy import rulebook
from policy.vocabulary import Channel, Kind, Urgency
from policy.workdays import Calendar

CALLS = Path(__file__).parent / "demo_calls.jsonl"
KEY = "demo:"
SEED = 20260918
NEIGHBOURS = "6101"  # account numbers of people who ring in no sample call: importing the samples meets no demo order
TICKS = (time(0, 1), time(10), time(15))
BARE_CALLS = {"wrong_number", "harassment", "urge"}

Tick = Callable[[datetime], object]
Deed = partial[Any]


@transaction.atomic
def build(now: datetime, *, tick: Tick = lambda moment: None) -> int:
    """Plays all stories; ``tick`` is called several times a day, as the sweep would be. Returns how many orders."""
    if Call.objects.filter(source_key__startswith=KEY).exists():
        return 0
    stage = Stage(now)
    serial = count()
    deeds = sorted((moment, next(serial), deed) for moment, deed in stage.deeds())
    sweeps: Iterator[tuple[datetime, int, Deed]] = (
        (moment, next(serial), partial(tick, moment)) for moment in _ticks(deeds[0][0], now)
    )
    for moment, _number, deed in merge(deeds, sweeps):
        if deed.args[2:] and getattr(deed.args[2], "step", "") == DONE.step:
            tick(moment)  # whatever keeps the archive closed has been seen to
        deed()
    return len(stage.orders)


def _ticks(first: datetime, now: datetime) -> Iterator[datetime]:
    """Several a day from the first moment on, the last one now."""
    day = timezone.localdate(first)
    while True:
        for clock in TICKS:
            moment = datetime.combine(day, clock, timezone.get_current_timezone())
            if moment >= now:
                yield now
                return
            yield moment
        day += timedelta(days=1)


class Stage:
    """Cast and stories of one building of the demo company."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.today = timezone.localdate(now)
        self.chance = random.Random(SEED)  # noqa: S311 - the same demo every time, no secret
        self.calendar: Calendar = rulebook.current().calendar
        self.orders: dict[int, Order] = {}
        self.agents = cycle(holders(Role.HOTLINE_AGENT, on=self.today).exclude(agent_no="IMPORT"))
        self.director = holders(Role.HOTLINE_DIRECTOR, on=self.today)[0]
        self.referee = holders(Role.ADJUDICATOR, on=self.today)[0]
        self.departments = {row.code: row for row in Department.objects.all()}
        self._cast()
        self.customers = {row.account_no: row for row in Customer.objects.with_place().order_by("account_no")}
        self.free = [row for number, row in self.customers.items() if number.startswith(NEIGHBOURS)]
        self.chance.shuffle(self.free)

    # --- planning ---------------------------------------------------------------------------------------------------

    def deeds(self) -> Iterator[tuple[datetime, Deed]]:
        """Everything that happens, with its moment; looked up in the database only when it happens."""
        lines = [json.loads(line) for line in CALLS.read_text(encoding="utf-8").splitlines()]
        named = {line["account"] for line in lines if line.get("account")}
        self.free = [row for row in self.free if row.account_no not in named]
        for number, story in enumerate(lines):
            start = self._start(story)
            if story["ends"] in BARE_CALLS:
                yield start, partial(self._bare_call, number, story, start)
                continue
            yield start, partial(self._open, number, story, start)
            beats = PLOTS[story["ends"]]
            nonstop = story["kind"] == Kind.FAULT_REPORT
            pace = story.get("pace", 0.3 if nonstop else 1) * self.chance.uniform(0.8, 1.3)
            waits = [max(2, round(beat.wait * pace)) for beat in beats]
            times = moments(start, waits, now=self.now, calendar=self.calendar, nonstop=nonstop)
            for at, beat in zip(times, beats, strict=True):
                yield at, partial(self._beat, number, story, beat, at)

    def _start(self, story: Story) -> datetime:
        day = day_of(self.today, story["ago"], self.calendar)
        clock = time.fromisoformat(story["at"]).replace(second=self.chance.randrange(60))
        start = datetime.combine(day, clock, timezone.get_current_timezone())
        latest = self.now - ROOM - timedelta(minutes=20 * (1 + len(PLOTS.get(story["ends"], ()))))
        return min(start, latest - timedelta(minutes=self.chance.randrange(240)) if start > latest else start)

    # --- playing ----------------------------------------------------------------------------------------------------

    def _open(self, number: int, story: Story, at: datetime) -> None:
        matter = self._matter(number, story, at)
        answer = story.get("answer", "")
        rating = story["rating"] if answer else ""
        self.orders[number] = open_order(
            by=next(self.agents), now=at, matter=matter, answer=answer, satisfaction=rating
        )

    def _beat(self, number: int, story: Story, beat: Beat, at: datetime) -> None:
        order = Order.objects.get(pk=self.orders[number].pk)
        unit = self.departments.get(story.get("unit", ""))
        scene = Scene(order, story, at, self._handler(order), unit)
        self.orders[number] = perform(order, beat.step, by=self._seat(beat.seat, scene), now=at, **beat.details(scene))

    def _bare_call(self, number: int, story: Story, at: datetime) -> None:
        matter = Matter(
            content=story["content"],
            caller_phone=f"1370001{number:04d}",
            call=CallFacts(
                ring_count=2,
                emotion=story.get("emotion", ""),
                warned=story["ends"] == NoOrderReason.HARASSMENT or None,
                source_key=f"{KEY}{number}",
            ),
        )
        if story["ends"] != "urge":
            log_call(
                by=next(self.agents), now=at, matter=matter, disposition=Disposition.NO_ORDER, reason=story["ends"]
            )
            return
        order = Order.objects.open().filter(content__contains=story["urges"]).order_by("-pk")[0]
        matter = replace(matter, caller_phone=order.caller_phone, caller_name=order.caller_name)
        log_call(by=next(self.agents), now=at, matter=matter, disposition=Disposition.LINKED_ORDER, order=order)

    # --- who --------------------------------------------------------------------------------------------------------

    def _seat(self, seat: str, scene: Scene) -> User:
        if seat == "agent":
            return next(self.agents)
        if seat in ("director", "referee"):
            return self.director if seat == "director" else self.referee
        order = scene.order
        if seat == "handler":
            return self.people[order.handler_id] if order.handler_id else scene.handler
        return self.desk[scene.unit.pk if seat == "unit" and scene.unit else order.lead_department_id or 0]

    def _handler(self, order: Order) -> User:
        crew = self.crew.get(order.lead_department_id or 0)
        return crew[order.pk % len(crew)] if crew else self.director

    def _cast(self) -> None:
        """Everybody once, as one object each: standings are kept on them."""
        ids = [row.pk for row in self.departments.values()]
        self.people = {user.pk: user for user in User.objects.filter(is_active=True)}
        self.desk = {
            department: self.people[users[0].pk] for department, users in contacts(ids, self.today).items() if users
        }
        posts = Assignment.objects.filter(valid_on(self.today), role__in=(Role.HANDLER, Role.GRID_WORKER))
        self.crew: dict[int, list[User]] = defaultdict(list)
        for department, user in posts.order_by("pk").values_list("department_id", "user_id"):
            self.crew[department].append(self.people[user])

    def _matter(self, number: int, story: Story, at: datetime) -> Matter:
        channel = story.get("channel", Channel.HOTLINE)
        rings = self.chance.choice((1, 2, 2, 3, 3, 4, 5)) if channel == Channel.HOTLINE else None
        asked = rulebook.policy_on(self.today).ring_apology_over
        call = CallFacts(
            ring_count=rings,
            apologised=None if rings is None else rings > asked,
            read_back=True if channel == Channel.HOTLINE else None,
            source_key=f"{KEY}{number}",
        )
        reported = story.get("reported_department")
        return Matter(
            channel=channel,
            kind=story["kind"],
            category=story["category"],
            content=story["content"],
            demands=story["demands"],
            external_ref=story.get("external_ref", "").format(day=f"{at:%Y%m%d}"),
            urgency=story.get("urgency", Urgency.NORMAL),
            anonymous=story.get("anonymous", False),
            hide_caller=story.get("hide_caller", False),
            reported_department=self.departments[reported] if reported else None,
            fault=self._fault(story, at),
            call=call,
            **self._caller(story),
        )

    def _fault(self, story: Story, at: datetime) -> FaultFacts | None:
        """What the agent asked first; nothing of the customer's own, which the desk's demo has an order for."""
        if story["kind"] != Kind.FAULT_REPORT:
            return None
        return FaultFacts(
            ownership=Ownership.UTILITY,
            symptom=story["content"].partition("，")[0],
            began_at=at - timedelta(minutes=20),
            scope=FaultScope.NEIGHBOURS,
        )

    def _caller(self, story: Story) -> dict[str, Any]:
        """Nobody, a stranger named by the story, or a customer: the one it names, or the next one living there."""
        place = {"station": self.departments[story["station"]] if story["station"] else None}
        if story.get("anonymous"):
            return place
        if "who" in story:
            return place | dict(zip(("caller_name", "caller_phone", "address"), story["who"], strict=True))
        row = self.customers[story["account"]] if "account" in story else self._next_customer(story)
        phone = row.phones.first()
        return {
            "customer": row,
            "caller_name": row.name,
            "caller_phone": phone.number if phone else "",
            "account_no": row.account_no,
            "address": row.address,
            "station": row.station,
            "needs_care": needs_care(row),
        }

    def _next_customer(self, story: Story) -> Customer:
        wanted = story.get("segment", Segment.RESIDENTIAL)
        where = self.departments[story["station"]].pk
        fits = (row for row in self.free if row.station_id == where and row.segment == wanted)
        row = next(fits)
        self.free.remove(row)
        return row
