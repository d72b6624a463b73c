"""Who may do what with an export (B19): the requester fetches it, a second person approves a large one."""

from datetime import datetime

from django.utils.translation import gettext as _

from exports.models import Export, Status
from people.models import User
from people.navigation import CAP
from people.roles import Role
from people.standing import Standing, standing
from policy.limits import shanghai_day


def approves(who: Standing) -> bool:
    """The export approver of B19 is the manager, who signs in with a second factor (``people.roles``)."""
    return who.has(Role.MANAGER)


def may_decide(export: Export, who: Standing) -> bool:
    return approves(who) and export.requested_by_id != who.user_id


def why_not_decide(export: Export, who: Standing) -> str:
    """The reason for somebody who reads the request and may not decide it; empty for whoever may."""
    if export.requested_by_id == who.user_id:
        return _("自己申请的导出须由另一位管理人员审批")
    return "" if approves(who) else _("导出由管理人员审批")


def may_fetch(export: Export, user: User) -> bool:
    return export.requested_by_id == user.pk


def is_fetchable(export: Export) -> bool:
    return export.status == Status.READY


def waiting_count(user: User, now: datetime) -> int:
    """How many exports wait for this person's word, looked at no further than the rail shows (B20)."""
    if not approves(standing(user, shanghai_day(now))):
        return 0
    rows = Export.objects.filter(status=Status.APPROVAL).exclude(requested_by=user)
    return len(rows.values_list("pk", flat=True)[: CAP + 1])
