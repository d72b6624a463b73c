"""The outbox: a message is written in the business transaction, its deliveries and attempts by the sender."""

from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from complaints.models import Order
from notifications.vocabulary import INBOX, TROUBLE, DeliveryState, Outcome, Stream, ToKind
from outage.models import Disconnection, Outage, OutagePlan
from people.models import User


class Message(models.Model):
    """One thing to tell: references only, no text (invariant 21). ``code`` is a row of ``messages.TABLE``.

    ``key`` says what must not be told twice: code and event. ``expanded_at`` is when it became deliveries.
    """

    code = models.CharField(max_length=48)
    key = models.CharField(max_length=120, unique=True)
    stream = models.CharField(max_length=8, choices=Stream.choices, default=Stream.ORDER)
    order = models.ForeignKey("complaints.Order", null=True, on_delete=models.PROTECT, related_name="+")
    event = models.ForeignKey(
        "complaints.OrderEvent", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    outage = models.ForeignKey("outage.Outage", null=True, on_delete=models.PROTECT, related_name="+")
    outage_event = models.ForeignKey(
        "outage.OutageEvent", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    plan = models.ForeignKey("outage.OutagePlan", null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    plan_event = models.ForeignKey(
        "outage.PlanEvent", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    cut = models.ForeignKey(
        "outage.Disconnection", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    cut_event = models.ForeignKey(
        "outage.DisconnectionEvent", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    data = models.JSONField(default=dict, help_text="small facts for the text where no event row holds them")
    urgent = models.BooleanField(_("紧急"), default=False)
    created_at = models.DateTimeField(_("产生时间"))
    due_at = models.DateTimeField(_("应发时间"))
    expanded_at = models.DateTimeField(null=True)
    cancelled_at = models.DateTimeField(null=True)
    problem = models.CharField(max_length=200, blank=True)

    class Meta:
        verbose_name = _("消息")
        indexes = [
            models.Index(
                fields=["-urgent", "due_at"],
                condition=Q(expanded_at__isnull=True, cancelled_at__isnull=True),
                name="message_to_expand",
            )
        ]

    def __str__(self) -> str:
        return self.key


# What a message may be about: column -> model. Whoever may not see it is not told of it.
SUBJECTS: dict[str, Any] = {"order": Order, "outage": Outage, "plan": OutagePlan, "cut": Disconnection}


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    def inbox_of(self, user: User) -> "DeliveryQuerySet":
        return self.filter(recipient=user, channel=INBOX)

    def visible_to(self, user: User, *, now: datetime) -> "DeliveryQuerySet":
        """Rows whose order, outage, plan or disconnection, if there is one, this person may see at this moment
        (invariants 22, 24)."""
        rows = self
        for name, model in SUBJECTS.items():
            seen = model.objects.visible_to(user, now=now).filter(pk=OuterRef(f"message__{name}_id"))
            rows = rows.filter(Q(**{f"message__{name}__isnull": True}) | Exists(seen))
        return rows

    def in_trouble(self) -> "DeliveryQuerySet":
        return self.filter(state__in=TROUBLE)


class Delivery(models.Model):
    """A message on its way to one person, group or customer over one channel (key: message, recipient, channel).

    A carrier of a digest has no message; the rows it carries point at it. ``reference`` is our own id: it goes out with
    every attempt, so that the other side can tell a repetition (F5, F26).
    """

    message = models.ForeignKey(Message, null=True, on_delete=models.PROTECT, related_name="deliveries", db_index=False)
    to = models.CharField(max_length=10, choices=ToKind.choices)
    channel = models.CharField(_("通道"), max_length=16)
    recipient = models.ForeignKey(
        "people.User", verbose_name=_("收件人"), null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    endpoint = models.ForeignKey(
        "notifications.Endpoint", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    posting = models.ForeignKey("outage.Posting", null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    target = models.CharField(max_length=64, blank=True, help_text="keyed hash of a customer's number")
    reference = models.CharField(_("编号"), max_length=32, unique=True)
    state = models.CharField(_("状态"), max_length=10, choices=DeliveryState.choices, default=DeliveryState.PENDING)
    urgent = models.BooleanField(_("紧急"), default=False)
    digest = models.BooleanField(default=False, help_text="waits for the daily digest of its recipient")
    subject = models.CharField(_("标题"), max_length=200)
    text = models.TextField(_("内容"))
    version = models.PositiveIntegerField(default=0, help_text="of the text; 0 is the built-in one")
    created_at = models.DateTimeField(_("产生时间"))
    due_at = models.DateTimeField(_("应发时间"))
    queued_at = models.DateTimeField(help_text="when due_at was set: after the present means the clock was set back")
    lease_until = models.DateTimeField(null=True)
    claimed_by = models.CharField(max_length=40, blank=True)
    attempts = models.PositiveSmallIntegerField(_("尝试次数"), default=0)
    sent_at = models.DateTimeField(_("送出时间"), null=True)
    provider_ref = models.CharField(max_length=80, blank=True)
    reason = models.CharField(_("原因"), max_length=200, blank=True)
    carrier = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="carried")
    fallback_of = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    ack_required = models.BooleanField(_("须确认"), default=False)
    read_at = models.DateTimeField(_("阅读时间"), null=True)
    acknowledged_at = models.DateTimeField(_("确认时间"), null=True)
    closed_by = models.ForeignKey("people.User", null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    closed_at = models.DateTimeField(null=True)
    note = models.CharField(_("办理说明"), max_length=200, blank=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name = _("投递")
        constraints = [
            models.UniqueConstraint(
                fields=["message", "recipient", "channel"],
                condition=Q(recipient__isnull=False),
                name="told_once_per_person_and_channel",
            ),
            models.UniqueConstraint(
                fields=["message", "endpoint"],
                condition=Q(to=ToKind.GROUP, endpoint__isnull=False),
                name="told_once_per_group",
            ),
            models.UniqueConstraint(
                fields=["message", "channel"], condition=Q(to=ToKind.CUSTOMER), name="told_once_per_customer"
            ),
            models.UniqueConstraint(
                fields=["posting"], condition=Q(posting__isnull=False), name="one_delivery_per_posting"
            ),
            models.CheckConstraint(condition=Q(state__in=DeliveryState.values), name="delivery_state_known"),
            models.CheckConstraint(
                condition=~Q(state=DeliveryState.SENT) | Q(sent_at__isnull=False), name="delivery_sent_has_time"
            ),
        ]
        indexes = [
            models.Index(
                fields=["endpoint", "-urgent", "due_at", "id"],
                condition=Q(state=DeliveryState.PENDING),
                name="delivery_to_claim",
            ),
            models.Index(fields=["lease_until"], condition=Q(state=DeliveryState.SENDING), name="delivery_leased"),
            models.Index(fields=["recipient", "-id"], condition=Q(channel=INBOX), name="delivery_inbox"),
            models.Index(
                fields=["recipient", "-id"], condition=Q(channel=INBOX, read_at__isnull=True), name="delivery_unread"
            ),
            models.Index(
                fields=["-id"],
                condition=Q(state__in=[*TROUBLE, DeliveryState.WAITING]),
                name="delivery_trouble",
            ),
            models.Index(fields=["target", "-created_at"], condition=~Q(target=""), name="delivery_by_number"),
        ]

    def __str__(self) -> str:
        return f"{self.reference} {self.channel} {self.state}"


class Attempt(models.Model):
    """One try, written and committed before anything goes out (invariant 21). Never deleted."""

    delivery = models.ForeignKey(Delivery, on_delete=models.PROTECT, related_name="tries", db_index=False)
    number = models.PositiveSmallIntegerField()
    started_at = models.DateTimeField(_("开始"))
    ended_at = models.DateTimeField(_("结束"), null=True)
    outcome = models.CharField(_("结果"), max_length=10, choices=Outcome.choices, blank=True)
    detail = models.CharField(_("说明"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("发送尝试")
        ordering = ["delivery", "number"]
        constraints = [models.UniqueConstraint(fields=["delivery", "number"], name="attempt_number_once")]

    def __str__(self) -> str:
        return f"{self.delivery_id}#{self.number} {self.outcome}"
