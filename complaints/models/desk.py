"""What people keep of their lists: saved views, the one a list opens with, and what was done to many orders at once."""

import uuid
from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from people.models import User
from people.standing import standing


class SavedViewQuerySet(models.QuerySet["SavedView"]):
    def visible_to(self, user: User, *, now: datetime) -> "SavedViewQuerySet":
        """One's own, and those shared with a department one has a post in."""
        mine = standing(user, now.astimezone().date()).departments()
        return self.filter(Q(owner=user) | Q(department_id__in=mine), removed_at__isnull=True)


class SavedView(models.Model):
    """A list's address under a name. ``query`` is what ``filters.Asked.query()`` gives; what it finds is decided by
    the rights of whoever opens it. A removed view stays as a row, so that removing can be taken back."""

    owner = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+", db_index=False)
    department = models.ForeignKey(
        "people.Department",
        verbose_name=_("共享给部门"),
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    name = models.CharField(_("名称"), max_length=20)
    query = models.CharField(max_length=1000)
    created_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)

    objects = SavedViewQuerySet.as_manager()

    class Meta:
        verbose_name = _("视图")
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "name"], condition=Q(removed_at__isnull=True), name="view_name_once_per_owner"
            )
        ]
        indexes = [
            models.Index(
                fields=["department"],
                condition=Q(removed_at__isnull=True, department__isnull=False),
                name="view_shared_with",
            )
        ]

    def __str__(self) -> str:
        return self.name


class DefaultView(models.Model):
    """The view a person's list opens with. Gone with the view; without a row the list opens with its first tab."""

    user = models.OneToOneField("people.User", on_delete=models.CASCADE, related_name="+")
    view = models.ForeignKey(SavedView, on_delete=models.CASCADE, related_name="+")

    def __str__(self) -> str:
        return f"{self.user_id} {self.view_id}"


class BulkRun(models.Model):
    """One act on many orders: what became of each, and whether it was taken back. ``results`` is a list of
    ``{"number", "seq", "error"}``: ``seq`` names the event the act wrote, ``error`` says why there is none."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    act = models.CharField(max_length=20)
    by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField()
    back = models.CharField(max_length=1000, blank=True, help_text="query of the list it was done from")
    results = models.JSONField(default=list)
    undone_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.act} {self.uid.hex[:8]}"

    @property
    def done(self) -> list[dict[str, object]]:
        return [row for row in self.results if not row["error"]]

    @property
    def refused(self) -> list[dict[str, object]]:
        return [row for row in self.results if row["error"]]
