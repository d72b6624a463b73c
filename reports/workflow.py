"""From figures to a published report, declared once (S4-R39): generated → checked by departments → signed → published.

Buttons, permission tests and the door (``reports.publishing``) read the steps from here. A step's method sets fields
of the publication and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_fsm import transition

from complaints.fields import StateField
from escalation.models import PenaltyMonth
from people.models import User
from people.roles import Role
from people.standing import Standing
from policy.limits import shanghai_day

if TYPE_CHECKING:
    from reports.models import Publication


class Stage(models.TextChoices):
    CHECKING = "checking", gettext_lazy("部门核对")
    SIGNED = "signed", gettext_lazy("已签发")
    PUBLISHED = "published", gettext_lazy("已公布")


@dataclass(frozen=True)
class Attempt:
    """A step about to be taken: what its guards look at. ``unchecked`` are names of departments yet to answer."""

    publication: Publication
    by: User
    now: datetime
    unchecked: tuple[str, ...] = ()


Guard = Callable[[Attempt], str | None]


def month_is_over(attempt: Attempt) -> str | None:
    return None if attempt.now >= attempt.publication.month_value.end else _("当月还没有结束，不能签发。")


def objections_answered(attempt: Attempt) -> str | None:
    waiting = [check for check in attempt.publication.checks.select_related("department") if check.is_open]
    if not waiting:
        return None
    names = "、".join(check.department.name for check in waiting)
    return _("%(names)s的异议还没有答复，请先在“部门核对”中答复。") % {"names": names}


def checked_or_due(attempt: Attempt) -> str | None:
    """Every department has answered, or has had its time."""
    publication = attempt.publication
    if not attempt.unchecked or shanghai_day(attempt.now) > publication.check_by:
        return None
    names = "、".join(attempt.unchecked)
    return _("%(names)s还没有核对，核对期限为 %(day)s。") % {"names": names, "day": publication.check_by}


def ledger_confirmed(attempt: Attempt) -> str | None:
    """B8: the report is signed after the ledger's month is confirmed."""
    if PenaltyMonth.objects.filter(month=attempt.publication.month).exists():
        return None
    return _("本月扣罚还没有确认，请党政办裁定人先确认，再签发月报。")


@dataclass(frozen=True)
class PublicationStep:
    name: str
    label: str | Promise
    past: str | Promise
    icon: str
    roles: frozenset[Role]
    guards: tuple[Guard, ...] = ()

    def may(self, who: Standing) -> bool:
        return who.has(*self.roles)


DIRECTOR = frozenset({Role.HOTLINE_DIRECTOR})
STEPS = {
    step.name: step
    for step in (
        PublicationStep(
            "sign",
            gettext_lazy("签发"),
            gettext_lazy("签发月报"),
            "stamp",
            DIRECTOR,
            (month_is_over, checked_or_due, objections_answered, ledger_confirmed),
        ),
        PublicationStep("publish", gettext_lazy("公布"), gettext_lazy("公布月报"), "send", DIRECTOR),
        PublicationStep("supplement", gettext_lazy("发补充"), gettext_lazy("发补充"), "plus", DIRECTOR),
    )
}


class PublicationFlow(models.Model):
    """Stage and transitions of ``Publication``; abstract, so that the table lives with the model."""

    if TYPE_CHECKING:  # columns of Publication that the methods below set
        signed_at: Any
        signed_by: Any
        published_at: Any
        published_by: Any

    stage = StateField(gettext_lazy("阶段"), max_length=12, choices=Stage.choices, default=Stage.CHECKING)

    class Meta:
        abstract = True

    @transition(field=stage, source=Stage.CHECKING, target=Stage.SIGNED)
    def sign(self: Publication, attempt: Attempt) -> None:
        """The hotline director answers for the figures; they are frozen with this step."""
        self.signed_by, self.signed_at = attempt.by, attempt.now

    @transition(field=stage, source=Stage.SIGNED, target=Stage.PUBLISHED)
    def publish(self: Publication, attempt: Attempt) -> None:
        """Released to everybody; late when the last day has passed (A21)."""
        self.published_by, self.published_at = attempt.by, attempt.now
        self.late = shanghai_day(attempt.now) > self.publish_by

    @transition(field=stage, source=Stage.PUBLISHED, target=None)
    def supplement(self: Publication, attempt: Attempt) -> None:
        """Later changes never touch what was published: a numbered supplement says what differs (S4-R39)."""
