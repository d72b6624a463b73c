"""A template's versions with their items, and the ticks of an outage."""

from __future__ import annotations

from datetime import date

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from people.models import User


class Applies(models.TextChoices):
    """Which outages a checklist is for."""

    EVERY = "every", _("每起故障停电")
    LARGE = "large", _("达到到岗户数的停电")
    CUSTOMER_OWNED = "customer_owned", _("客户产权线路故障")


class ChecklistTemplate(models.Model):
    """One version of a checklist, from a day on; never edited, only followed by the next version. An outage keeps the
    version in force when it was registered."""

    code = models.SlugField(max_length=40)
    version = models.PositiveSmallIntegerField(_("版本"))
    title = models.CharField(_("清单"), max_length=60)
    applies = models.CharField(_("适用"), max_length=16, choices=Applies.choices)
    basis = models.CharField(_("依据"), max_length=120, blank=True)
    effective_from = models.DateField(_("生效日期"))
    recorded_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)
    recorded_at = models.DateTimeField()

    class Meta:
        verbose_name = _("清单模板")
        ordering = ["code", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["code", "version"], name="one_checklist_version"),
            models.UniqueConstraint(fields=["code", "effective_from"], name="one_checklist_version_per_day"),
        ]

    def __str__(self) -> str:
        return f"{self.code} v{self.version}"


class ChecklistItem(models.Model):
    template = models.ForeignKey(ChecklistTemplate, models.PROTECT, related_name="items")
    position = models.PositiveSmallIntegerField()
    text = models.CharField(_("事项"), max_length=120)

    class Meta:
        ordering = ["template", "position"]
        constraints = [models.UniqueConstraint(fields=["template", "position"], name="one_item_per_position")]

    def __str__(self) -> str:
        return self.text


class Tick(models.Model):
    """Done, by whom and when; taken back by whom and when. One live tick per outage and item."""

    outage = models.ForeignKey("outage.Outage", models.PROTECT, related_name="ticks")
    item = models.ForeignKey(ChecklistItem, models.PROTECT, related_name="+")
    at = models.DateTimeField(_("时间"))
    by = models.ForeignKey(User, models.PROTECT, related_name="+", db_index=False)
    undone_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)

    class Meta:
        verbose_name = _("清单勾选")
        constraints = [
            models.UniqueConstraint(fields=["outage", "item"], condition=Q(undone_at=None), name="one_live_tick")
        ]

    def __str__(self) -> str:
        return f"{self.outage_id} {self.item_id}"


def in_force(on: date) -> list[ChecklistTemplate]:
    """The newest version of each checklist not after the day, with its items."""
    rows = ChecklistTemplate.objects.filter(effective_from__lte=on).prefetch_related("items")
    newest: dict[str, ChecklistTemplate] = {}
    for row in rows.order_by("code", "effective_from", "version"):
        newest[row.code] = row
    return list(newest.values())
