"""Who called about an outage: calls without an order, orders, and clusters of calls that look like an outage."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from outage.vocabulary import SuggestionStatus
from policy.vocabulary import Kind


class OutageCall(models.Model):
    """A caller told about the running outage, without an order of their own (S4-R19, B11); called back on the call
    when supply is back (B10)."""

    outage = models.ForeignKey("outage.Outage", on_delete=models.PROTECT, related_name="calls")
    call = models.OneToOneField("complaints.Call", on_delete=models.PROTECT, related_name="outage_link")
    linked_at = models.DateTimeField()
    called_back_at = models.DateTimeField(_("回电时间"), null=True)
    called_back_by = models.ForeignKey("people.User", null=True, on_delete=models.PROTECT, related_name="+")
    result = models.CharField(_("回电结果"), max_length=16, blank=True)

    class Meta:
        verbose_name = _("停电来电")
        ordering = ["outage", "id"]
        indexes = [
            models.Index(fields=["outage"], condition=Q(called_back_at__isnull=True), name="outage_calls_to_return")
        ]

    def __str__(self) -> str:
        return f"{self.outage_id} {self.call_id}"


class OutageOrder(models.Model):
    """An order tied to the outage: by its area while it ran, or by hand. A complaint or comment among them makes head
    and deputy attend (A19). ``order`` is null for a ticket an imported outage only tells of."""

    outage = models.ForeignKey("outage.Outage", on_delete=models.PROTECT, related_name="orders")
    order = models.OneToOneField("complaints.Order", null=True, on_delete=models.PROTECT, related_name="outage_link")
    kind = models.CharField(_("类型"), max_length=20, choices=Kind.choices, blank=True)
    received_at = models.DateTimeField(_("受理时间"))
    linked_at = models.DateTimeField()
    linked_by = models.ForeignKey("people.User", null=True, on_delete=models.PROTECT, related_name="+")
    answered_at = models.DateTimeField(_("答复转回访"), null=True)

    class Meta:
        verbose_name = _("停电工单")
        ordering = ["outage", "id"]

    def __str__(self) -> str:
        return f"{self.outage_id} {self.order_id}"


class Suggestion(models.Model):
    """Several calls from one area within a short time: probably an outage (S0-R30)."""

    area = models.ForeignKey("customers.TransformerArea", on_delete=models.PROTECT, related_name="+")
    status = models.CharField(max_length=12, choices=SuggestionStatus.choices, default=SuggestionStatus.OPEN)
    first_at = models.DateTimeField(_("首次来电"))
    last_at = models.DateTimeField(_("最近来电"))
    calls = models.PositiveIntegerField(_("来电数"))
    made_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)
    settled_by = models.ForeignKey("people.User", null=True, on_delete=models.PROTECT, related_name="+")
    outage = models.ForeignKey("outage.Outage", null=True, on_delete=models.PROTECT, related_name="suggestions")

    class Meta:
        verbose_name = _("疑似停电")
        ordering = ["-last_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["area"], condition=Q(status=SuggestionStatus.OPEN), name="one_open_suggestion_per_area"
            )
        ]

    def __str__(self) -> str:
        return f"{self.area_id} {self.calls}"
