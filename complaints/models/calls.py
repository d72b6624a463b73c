"""The call record, the form not yet submitted, and the day's base of order numbers."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from complaints.vocabulary import Disposition, HungUpBy, Mood, NoOrderReason
from policy.vocabulary import Channel


class Call(models.Model):
    """One contact by a customer, whether or not an order came of it (S0-R11)."""

    received_at = models.DateTimeField(_("来电时间"))
    channel = models.CharField(_("渠道"), max_length=20, choices=Channel.choices)
    external_ref = models.CharField(_("来文编号"), max_length=64, blank=True)
    phone = models.CharField(_("来电号码"), max_length=24, blank=True)
    ring_count = models.PositiveSmallIntegerField(_("响铃声数"), null=True)
    apologised = models.BooleanField(_("已致歉"), null=True, help_text="null: not recorded (imports)")
    delay_apologised = models.BooleanField(_("已为不能当即答复致歉"), null=True, help_text="S4-R12; null: not recorded")
    informed = models.BooleanField(_("已告知停电原因并致歉"), null=True, help_text="S4-R19; null: no outage")
    read_back = models.BooleanField(_("已复述确认"), null=True, help_text="null: not recorded (imports)")
    hung_up_by = models.CharField(_("挂机方"), max_length=8, choices=HungUpBy.choices, blank=True)
    hung_up_reason = models.CharField(_("坐席先挂的原因"), max_length=200, blank=True)
    warned = models.BooleanField(_("已警告"), null=True)
    mood = models.CharField(_("情绪"), max_length=8, choices=Mood.choices, blank=True)
    emotion = models.CharField(_("情绪记录"), max_length=200, blank=True)
    disposition = models.CharField(max_length=16, choices=Disposition.choices)
    no_order_reason = models.CharField(max_length=16, choices=NoOrderReason.choices, blank=True)
    order = models.ForeignKey("complaints.Order", null=True, on_delete=models.PROTECT, related_name="calls")
    linked_ref = models.CharField(max_length=64, blank=True, help_text="outage the call was linked to")
    content = models.TextField(_("内容"), blank=True)
    agent = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+", db_index=False)
    call_id = models.CharField(_("话务编号"), max_length=64, blank=True, help_text="of the telephone system")
    name_note = models.CharField(_("姓名核对用语"), max_length=60, blank=True, help_text="S4-R14")
    source_key = models.CharField(max_length=128, null=True, unique=True, help_text="key of an imported line")

    class Meta:
        verbose_name = _("来电记录")
        indexes = [
            models.Index(fields=["phone", "-received_at"], name="call_by_phone"),
            models.Index(fields=["agent", "-received_at"], name="call_by_agent"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(disposition=Disposition.NO_ORDER) ^ models.Q(no_order_reason=""),
                name="call_without_order_says_why",
            )
        ]

    def __str__(self) -> str:
        return f"{self.received_at:%F %T} {self.disposition}"


class Draft(models.Model):
    """A form being typed, kept on the server so that a crash loses nothing. One per user and form."""

    user = models.ForeignKey("people.User", on_delete=models.CASCADE, related_name="+")
    form = models.CharField(max_length=80, help_text="'intake', 'intake/<call>', or '<order number>/<transition>'")
    data = models.JSONField(default=dict, help_text="field name to list of typed values")
    saved_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "form"], name="one_draft_per_form")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.form}"


class NumberBase(models.Model):
    """Value of the number sequence before a day's first order: number = day + (sequence value - base)."""

    day = models.DateField(primary_key=True)
    base = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.day:%F}"
