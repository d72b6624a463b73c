"""Call quality (S4-R53): which calls were drawn for listening, and how they were judged."""

from datetime import datetime
from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from people.models import User
from people.roles import Role
from people.standing import standing

WORST, BEST = 1, 5
# The four marks of S4-R53, in the order of the card.
MARKS: tuple[tuple[str, Any, Any], ...] = (  # name, label, hint
    ("tone", _("语言亲切"), _("称呼、语气、用词礼貌，不生硬")),
    ("pace", _("语速适中"), _("吐字清楚，快慢随客户")),
    ("listening", _("认真倾听"), _("听完再答，复述要点")),
    ("no_interruption", _("不打断客户"), _("不抢话，客户停顿后再说")),
)
SCORERS = frozenset({Role.SHIFT_LEADER, Role.SUPERVISOR, Role.HOTLINE_DIRECTOR})


def _mark(label: Any) -> "models.PositiveSmallIntegerField[int | None, int | None]":
    return models.PositiveSmallIntegerField(
        label, null=True, validators=[MinValueValidator(WORST), MaxValueValidator(BEST)]
    )


class CallScoreQuerySet(models.QuerySet["CallScore"]):
    def visible_to(self, user: User, *, now: datetime) -> "CallScoreQuerySet":
        """Those who score see all; an agent sees what was judged of the own calls."""
        if standing(user, now.astimezone().date()).has(*SCORERS):
            return self
        return self.filter(agent=user, scored_at__isnull=False)


class CallScore(models.Model):
    """One drawn call and, once listened to, its marks from 1 to 5. ``place`` numbers an agent's samples of a month."""

    call = models.OneToOneField("complaints.Call", on_delete=models.PROTECT, related_name="score")
    agent = models.ForeignKey(
        "people.User", verbose_name=_("坐席"), on_delete=models.PROTECT, related_name="+", db_index=False
    )
    month = models.DateField(_("月份"), help_text="its first day")
    place = models.PositiveSmallIntegerField()
    drawn_at = models.DateTimeField(_("抽取时间"))

    tone = _mark(_("语言亲切"))
    pace = _mark(_("语速适中"))
    listening = _mark(_("认真倾听"))
    no_interruption = _mark(_("不打断客户"))
    remark = models.CharField(_("评语"), max_length=300, blank=True)
    scored_by = models.ForeignKey(
        "people.User", verbose_name=_("评分人"), null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    scored_at = models.DateTimeField(_("评分时间"), null=True)

    objects = CallScoreQuerySet.as_manager()

    class Meta:
        verbose_name = _("通话评分")
        constraints = [
            models.UniqueConstraint(fields=["agent", "month", "place"], name="call_sample_place_once"),
            models.CheckConstraint(
                condition=Q(scored_at__isnull=True, scored_by__isnull=True)
                | Q(
                    scored_at__isnull=False,
                    scored_by__isnull=False,
                    # A comparison with NULL is neither true nor false, and a CHECK lets it pass.
                    **{f"{name}__isnull": False for name, _label, _hint in MARKS},
                    **{f"{name}__range": (WORST, BEST) for name, _label, _hint in MARKS},
                ),
                name="call_score_complete",
            ),
            models.CheckConstraint(
                condition=Q(scored_by__isnull=True) | ~Q(scored_by=models.F("agent")), name="call_score_by_another"
            ),
        ]
        indexes = [models.Index(fields=["month", "agent"], name="call_score_by_month")]

    def __str__(self) -> str:
        return f"{self.agent_id} {self.month:%Y-%m} {self.place}"

    @property
    def marks(self) -> list[tuple[Any, int | None]]:
        return [(label, getattr(self, name)) for name, label, _hint in MARKS]

    @property
    def average(self) -> float | None:
        values = [value for _label, value in self.marks if value is not None]
        return sum(values) / len(values) if values else None
