"""From message to deliveries: who, over which channel, in which words, from when on.

1. claim due messages (SKIP LOCKED), urgent first;
2. read their orders, events, the posts of the day, wishes, channels and texts, each once for the batch;
3. audience minus the doer, minus the disabled, minus everybody who may not see the order (invariant 22);
4. insert deliveries under their unique keys and mark the messages, in the same transaction.

Running it twice, late or in two processes at once changes nothing.
"""

import logging
import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from complaints.models import OrderEvent
from notifications.audience import CUSTOMER, Happened, Posts, read_posts
from notifications.customers import customer_delivery
from notifications.messages import TABLE, Row
from notifications.models import Delivery, Endpoint, Message
from notifications.sight import Sight, sight
from notifications.survey import invite
from notifications.times import may_be_sent_at
from notifications.variables import LINK, Scene
from notifications.vocabulary import INBOX, DeliveryState, ToKind
from notifications.wishes import Person, endpoints_for_people, read_people
from notifications.wording import Words, fill, filler, newest_versions, words_of
from outage.models import DisconnectionEvent, OutageEvent, PlanEvent
from policy import rulebook
from policy.limits import shanghai_day
from policy.rulebook import Rulebook
from policy.vocabulary import Kind

log = logging.getLogger(__name__)
BATCH = 200
ROBOTS = ("wecom_robot", "dingtalk_robot")
# What was due this long ago is not blasted out after a restore or a long stand-still (F24): people get it as one
# digest, groups and customers only when somebody decides so.
STALE = timedelta(hours=1)


def expand_due(now: datetime) -> int:
    """All messages due by ``now``; returns how many were turned into deliveries."""
    total = 0
    while found := expand_batch(now):
        total += found
        if found < BATCH:
            break
    return total


@transaction.atomic
def expand_batch(now: datetime, limit: int = BATCH) -> int:
    rows = (
        Message.objects.filter(expanded_at__isnull=True, cancelled_at__isnull=True, due_at__lte=now)
        .order_by("-urgent", "due_at")
        .select_for_update(skip_locked=True)
    )
    keys = list(rows.values_list("pk", flat=True)[:limit])
    if not keys:
        return 0
    messages = list(
        Message.objects.filter(pk__in=keys)
        .select_related("order__handler", "order__policy", "event__by", "outage__station", "outage_event__by")
        .select_related("plan", "plan_event__by", "cut__customer", "cut_event__by")
        .prefetch_related("order__parts")
        .order_by("-urgent", "due_at", "pk")
    )
    batch = read_batch(messages, now)
    deliveries: list[Delivery] = []
    for message in messages:
        try:
            deliveries += batch.deliveries_of(message)
        except Exception as error:
            # One message that cannot be worded must not keep the others back; it stays visible with its reason.
            log.exception("message %s was not prepared", message.key)
            message.problem = f"{type(error).__name__}: {error}"[:200]
        message.expanded_at = now
    Delivery.objects.bulk_create(deliveries, ignore_conflicts=True)
    Message.objects.bulk_update(messages, ["expanded_at", "problem"])
    return len(messages)


@dataclass
class Batch:
    """What a batch of messages needs to know, read once."""

    now: datetime
    book: Rulebook
    posts: Posts
    people: dict[int, Person]
    seen: Sight
    wanted: dict[int, set[int]]
    words: dict[str, Words]
    endpoints: dict[str, Endpoint]
    robots: list[Endpoint]
    planned: dict[str, list[datetime]] = field(default_factory=dict)

    def deliveries_of(self, message: Message) -> list[Delivery]:
        row = TABLE.get(message.code)
        words = self.words.get(message.code)
        if row is None or words is None:
            message.problem = _("没有这种消息")
            return []
        it = happened(message, self.now)
        if not words.enabled or (row.only is not None and not row.only(it)):
            return []
        scene = Scene(it, shanghai_day(self.now), self.book.policy_on(shanghai_day(self.now)), self.posts.tree)
        subject, text = (fill(part, filler(scene, row)) for part in (words.subject, words.text))
        short = fill(words.short, filler(scene, row)) or f"{subject}。{text}"
        found: list[Delivery] = []
        for user_id in sorted(self.wanted.get(message.pk, ())):
            if self.seen.covers(user_id, message):
                found += self._to_person(message, row, self.people[user_id], subject, text, short)
        found += self._to_groups(message, row, it, subject, text)
        if CUSTOMER in row.to and it.order is not None:
            if LINK in text:
                invite(message, it.order, now=self.now)
            gateway = self.endpoints.get("sms")
            found.append(customer_delivery(message, it.order, text, gateway, now=self.now, planned=self.planned))
        for one in found:
            one.version = words.version
            if self.now - happened_at(message) > STALE:
                hold_back(one)
        return found

    def _to_person(
        self, message: Message, row: Row, person: Person, subject: str, text: str, short: str
    ) -> list[Delivery]:
        inbox = new_delivery(message, INBOX, subject, text, now=self.now)
        inbox.recipient, inbox.ack_required = person.user, row.ack
        inbox.state, inbox.sent_at = DeliveryState.SENT, self.now
        found = [inbox]
        if person.user.pk in self.posts.substitutes:  # away today: the substitute is told, the telephone left alone
            return found
        at = may_be_sent_at(self.now, person.wish, self.book.calendar, urgent=row.urgent)
        for channel in person.channels(row.topic, urgent=row.urgent):
            one = new_delivery(message, channel, subject, short if channel == "sms" else text, now=self.now)
            one.recipient, one.due_at = person.user, at
            one.digest = person.wish.daily_digest and not row.urgent
            one.endpoint = self.endpoints.get(channel)
            if one.endpoint is None:
                one.state, one.reason = DeliveryState.UNSENT, _("没有启用的通道")
            found.append(one)
        return found

    def _to_groups(self, message: Message, row: Row, it: Happened, subject: str, text: str) -> list[Delivery]:
        """Robots of the lead department and systems that asked for the topic; never a conduct report, since nobody
        knows who reads along (A27)."""
        if it.order is not None and (it.order.kind == Kind.REPORT_MISCONDUCT or it.order.conceals_caller):
            return []
        found = []
        for robot in self.robots:
            if row.topic not in robot.topics or (robot.channel in ROBOTS and not row.chat):
                continue
            if robot.department_id is not None and robot.department_id != it.lead:
                continue
            one = new_delivery(message, robot.channel, subject, text, now=self.now)
            one.to, one.endpoint = ToKind.GROUP, robot
            found.append(one)
        return found


def happened(message: Message, now: datetime | None = None) -> Happened:
    return Happened(message.order, event_of(message), message.data, message.outage, message.plan, message.cut, now=now)


def event_of(message: Message) -> OrderEvent | OutageEvent | PlanEvent | DisconnectionEvent | None:
    return message.event or message.outage_event or message.plan_event or message.cut_event


def happened_at(message: Message) -> datetime:
    """When it came to be told: a message of the future counts from its own time, an imported event from its day."""
    event = event_of(message)
    return max(message.due_at, message.created_at) if event is None else min(event.at, message.due_at)


def hold_back(one: Delivery) -> None:
    if one.state != DeliveryState.PENDING:
        return
    if one.to == ToKind.PERSON:
        one.digest = True
    else:
        one.state, one.reason = DeliveryState.HELD, _("产生后一小时内没有发出，没有自动补发")


def new_delivery(message: Message | None, channel: str, subject: str, text: str, *, now: datetime) -> Delivery:
    return Delivery(
        message=message,
        to=ToKind.PERSON,
        channel=channel,
        reference=uuid.uuid4().hex,
        urgent=bool(message and message.urgent),
        subject=subject[:200],
        text=text,
        created_at=now,
        due_at=now,
        queued_at=now,
    )


def read_batch(messages: list[Message], now: datetime) -> Batch:
    book, posts = rulebook.current(), read_posts(now, shanghai_day(now))
    wanted = {message.pk: recipients(message, posts) for message in messages}
    people = read_people(user for users in wanted.values() for user in users)
    wanted = {pk: {user for user in users if user in people} for pk, users in wanted.items()}
    asked = ((people[user].user, message) for message in messages for user in wanted[message.pk])
    codes = list({message.code for message in messages})
    versions = newest_versions(codes)
    return Batch(
        now=now,
        book=book,
        posts=posts,
        people=people,
        seen=sight(asked, now),
        wanted=wanted,
        words={code: words_of(TABLE[code], versions) for code in codes if code in TABLE},
        endpoints=endpoints_for_people(),
        # A customers' group hears the notices of its outages (``postings``) and nothing else.
        robots=list(
            Endpoint.objects.filter(enabled=True, channel__in=(*ROBOTS, "webhook"), grid_group=None).order_by("id")
        ),
    )


def recipients(message: Message, posts: Posts) -> set[int]:
    """The audience with those who stand in for it, without the doer (convention 5)."""
    row = TABLE.get(message.code)
    if row is None:
        return set()
    it = happened(message)
    found = {user for one in row.to for user in one.find(it, posts)}
    for absent in list(found):
        found |= posts.substitutes.get(absent, set())
    doers = {it.event.by_id, it.event.acting_for_id} if it.event else set()
    return {user for user in found if user not in doers}
