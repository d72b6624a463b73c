"""What every case of a small workflow has, and the row each of its changes leaves."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, ClassVar, Self, TypeVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from people.models import User


class FlowCase(models.Model):
    """A case changes only through ``outage.flow.door``. ``version`` counts steps, ``event_seq`` the rows of its stream.

    A model adds ``state``, a manager with ``visible_to(user, now=…)``, its transitions, and ``CODE`` (first part of its
    audit actions and of its number).
    """

    CODE: ClassVar[str]
    PREFIX: ClassVar[str]

    version = models.PositiveIntegerField(default=1, editable=False)
    event_seq = models.PositiveIntegerField(default=0, editable=False)
    created_by = models.ForeignKey(User, models.PROTECT, related_name="+", db_index=False, verbose_name=_("提出人"))
    created_at = models.DateTimeField(_("提出时间"))
    updated_at = models.DateTimeField()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """What people say on the telephone: TD-000012."""
        return f"{self.PREFIX}-{self.pk:06d}"

    def refresh_from_db(
        self, using: str | None = None, fields: Iterable[str] | None = None, from_queryset: Any = None
    ) -> None:
        """Reloads this instance only; the state stays protected on every other one."""
        self.__dict__["_reloading"] = True
        try:
            super().refresh_from_db(using=using, fields=list(fields) if fields else None, from_queryset=from_queryset)
        finally:
            del self.__dict__["_reloading"]


class FlowEvent(models.Model):
    """One change or remark. Never updated, never deleted: a database trigger refuses both. The model adds ``case``."""

    seq = models.PositiveIntegerField()
    at = models.DateTimeField(_("时间"))
    name = models.CharField(max_length=32, help_text="step, or kind of note")
    from_state = models.CharField(max_length=16, blank=True)
    to_state = models.CharField(max_length=16, blank=True)
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)
    acting_for = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)
    text = models.TextField(blank=True)
    data = models.JSONField(default=dict)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"#{self.seq} {self.name}"


Case = TypeVar("Case", bound=FlowCase)


class FlowQuerySet(models.QuerySet[Case]):
    """The only way to cases for pages, search and counts is ``visible_to``."""

    def visible_to(self, user: User, *, now: datetime) -> Self:
        raise NotImplementedError
