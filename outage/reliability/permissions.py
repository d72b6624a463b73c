"""Who reads reliability: whoever works on outages; a station its own line and the company's."""

from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.utils import timezone
from django.utils.translation import gettext as _

from outage.permissions import sees_every_outage
from outage.planning.permissions import READERS
from people.models import User
from people.standing import Standing, standing


def expect_reader(user: User, now: datetime) -> Standing:
    held = standing(user, timezone.localdate(now))
    if not held.has(*READERS):
        raise PermissionDenied(_("可靠性指标不在您的职责内。"))
    return held


def stations_of(held: Standing) -> frozenset[int] | None:
    """None: every station."""
    return None if sees_every_outage(held) else held.departments() | held.subtree_ids
