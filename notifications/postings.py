"""The notices of an outage, posted into their grid groups by a robot (S0-R02 to R05; decision 20).

1. ``working_robots`` tells ``outage`` which groups have one; ``publish`` then writes postings for the robot.
2. ``hand_over`` writes one delivery per posting, in the transaction that publishes.
3. A lane sends it like any delivery, alone, never in a digest.
4. ``settle`` tells ``outage`` what became of it, outside the delivery's transaction and with the outage locked first.
   A crash between POST and record sends it again; a crash between record and settling settles later: one proof.
"""

import io
import logging
from collections.abc import Collection
from datetime import datetime

from django.db.models import Q
from django.utils.translation import gettext as _
from PIL import Image

from complaints.services import file_store
from notifications.channels import CHANNELS
from notifications.expand import ROBOTS, new_delivery
from notifications.models import Delivery, Endpoint
from notifications.vocabulary import DeliveryState, ToKind
from notifications.wake import wake_on_commit
from outage.models import Posting
from outage.services.posting import record_failed, record_posted
from outage.vocabulary import Means, Slot

log = logging.getLogger(__name__)
OPEN = Q(posted_at__isnull=True, failed_at__isnull=True)
# States a delivery does not leave by itself.
OVER = (DeliveryState.SENT, DeliveryState.DEAD, DeliveryState.HELD, DeliveryState.UNSENT, DeliveryState.CANCELLED)
MOST_PICTURE_BYTES, LONGEST_SIDE, QUALITY = 2_000_000, 1600, 80  # of the public form of the robots


def working_robots(group_ids: Collection[int], *, pictures: bool, now: datetime) -> set[int]:
    """Those of the groups that have an enabled robot that is not failing just now; with pictures only one that carries
    them, since the second notice without its photo is none (S0-R03)."""
    return set(_robots(group_ids, pictures=pictures, now=now))


def _robots(group_ids: Collection[int], *, pictures: bool, now: datetime) -> dict[int, Endpoint]:
    """Group -> its robot; of several the oldest."""
    awake = Q(rest_until__isnull=True) | Q(rest_until__lte=now)
    wanted = [code for code in ROBOTS if CHANNELS[code].pictures or not pictures]
    rows = Endpoint.objects.filter(awake, enabled=True, channel__in=wanted, grid_group__in=list(group_ids))
    return {row.grid_group_id: row for row in rows.order_by("-id") if row.grid_group_id is not None}


def hand_over(outage_ids: Collection[int], now: datetime) -> None:
    """Deliveries for the postings of these outages that wait for a robot and have none yet."""
    rows = list(
        Posting.objects.filter(OPEN, notice__outage__in=outage_ids, means=Means.ROBOT)
        .exclude(pk__in=Delivery.objects.filter(posting__notice__outage__in=outage_ids).values("posting"))
        .select_related("notice")
        .order_by("pk")
    )
    if not rows:
        return
    plain, carrying = ([one for one in rows if bool(one.photo_count) is pictured] for pictured in (False, True))
    robots = {
        pictured: _robots({one.notice.group_id for one in some}, pictures=pictured, now=now)
        for pictured, some in ((False, plain), (True, carrying))
    }
    found = [_delivery(one, robots[bool(one.photo_count)].get(one.notice.group_id), now) for one in rows]
    Delivery.objects.bulk_create(found, ignore_conflicts=True)
    wake_on_commit()


def _delivery(posting: Posting, robot: Endpoint | None, now: datetime) -> Delivery:
    channel = robot.channel if robot else ROBOTS[0]
    one = new_delivery(None, channel, str(Slot(posting.notice.slot).label), posting.text, now=now)
    one.to, one.endpoint, one.posting, one.urgent = ToKind.GROUP, robot, posting, True
    if robot is None:
        one.state, one.reason = DeliveryState.DEAD, _("这个群的机器人刚刚停用")
    return one


def settle(now: datetime) -> int:
    """What should be known by ``now`` of postings a robot was given: posted, or left to a hand. Each in a transaction
    of its own that locks the outage first; run twice or by two at once it says the same once. Returns how many."""
    rows = Delivery.objects.filter(
        posting__means=Means.ROBOT, posting__posted_at__isnull=True, posting__failed_at__isnull=True, state__in=OVER
    )
    done = 0
    for row in list(rows.select_related("endpoint").order_by("pk")):
        if row.posting_id is None:
            continue
        try:
            done += _record(row, row.posting_id, now)
        except Exception:
            # One that cannot be recorded is tried again with the next look; the others are not kept back.
            log.exception("the fate of posting %s was not recorded", row.posting_id)
    return done


def _record(row: Delivery, posting_id: int, now: datetime) -> bool:
    if row.state == DeliveryState.SENT and row.sent_at is not None:
        name = row.endpoint.name if row.endpoint else ""
        proof = _("机器人“%(name)s”已发，编号 %(ref)s") % {"name": name, "ref": row.provider_ref or row.reference}
        return record_posted(posting_id, at=row.sent_at, proof=proof, now=now)
    return record_failed(posting_id, reason=row.reason or _("机器人没有发出"), now=now)


def why_not(posting: Posting) -> str:
    """Why a robot should not post this any more, empty when it should: a hand was quicker, or it is no longer true."""
    if posting.void_at is not None or posting.failed_at is not None:
        return _("这条通知已作废")
    if posting.posted_at is not None:
        return _("已由人工发到群里")
    return _("已转人工发布") if posting.means != Means.ROBOT else ""


def picture_of(posting: Posting) -> bytes:
    """The first photo of the posting, small enough for a robot; empty where it has none. Raises OSError when the file
    cannot be read."""
    photo = posting.photos.order_by("pk").first()
    if photo is None:
        return b""
    with file_store.open_stored(photo.uid) as stream:
        content = stream.read()
    if len(content) <= MOST_PICTURE_BYTES:
        return content
    image = Image.open(io.BytesIO(content))
    image.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    out = io.BytesIO()
    image.convert("RGB").save(out, "JPEG", quality=QUALITY)
    return out.getvalue()
