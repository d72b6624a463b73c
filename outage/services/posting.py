"""Publishing a notice to its groups, and the proof that it stood there (S0-R02 to R05).

1. ``publish`` writes one open posting per group: handed to the robot, or waiting for a person's hand.
2. ``record_posted`` (robot) or ``post_by_hand`` (person, with proof) says when it stood in the group; the notice takes
   its earliest posting that counts.
Two people publishing at once: the outage's row lock lets one through, the other is told who was quicker; a unique key
carries the same promise.
"""

import uuid
from collections.abc import Collection, Mapping
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from complaints.errors import Invalid, NotAllowed, NotNow
from outage import clocks
from outage.models import Notice, Outage, OutagePhoto, Posting
from outage.permissions import crew
from outage.robots import with_robot
from outage.services.door import lock
from outage.services.events import announce, write_event
from outage.texts import filled, personal_data_in, places_of
from outage.vocabulary import Means, PhotoPurpose, Slot
from people import audit
from people.models import User
from people.standing import Standing, standing

LONGEST_TEXT = 1000


def publish(
    outage: Outage,
    slot: int,
    *,
    text: str,
    photos: Collection[uuid.UUID] = (),
    by: User,
    now: datetime,
    again: bool = False,
) -> list[Posting]:
    """One posting per group whose notice of this slot is owed. ``photos`` are keys given by the phone; the second
    notice needs one. ``again``: a further word (progress, later time) although the notice has been posted. Raises
    NotAllowed, NotNow, Invalid."""
    with transaction.atomic():
        outage, _none = lock(outage)
        post = crew(outage, _expect_crew(outage, by, now))
        notices = _open_notices(outage, slot, again)
        pictures = _pictures(outage, slot, photos)
        _check_text(text, outage)
        places = places_of(outage)
        robots = with_robot([notice.group_id for notice in notices], pictures=bool(pictures), now=now)
        postings = [
            Posting(
                notice=notice,
                text=filled(text, places.get(notice.group_id, outage.place)),
                means=Means.ROBOT if notice.group_id in robots else Means.HAND,
                photo_count=len(pictures),
                written_at=now,
                written_by=by,
            )
            for notice in notices
        ]
        Posting.objects.bulk_create(postings)
        through = Posting.photos.through
        through._default_manager.bulk_create(
            through(posting_id=posting.pk, outagephoto_id=picture.pk) for posting in postings for picture in pictures
        )
        data = {"slot": slot, "postings": [one.pk for one in postings], "photos": len(pictures), "again": again}
        label = Slot(slot).label
        write_event(outage, "publish", by=by, now=now, post=post, text=_("发布%s") % label, data=data)
        audit.record(actor=by, action="outage.publish", subject=outage, now=now, detail=data)
        _saved(outage, "publish", now)
    return postings


def _expect_crew(outage: Outage, by: User, now: datetime) -> Standing:
    who = standing(by, timezone.localdate(now))
    if not Outage.objects.visible_to(by, now=now).filter(pk=outage.pk).exists() or crew(outage, who) is None:
        raise NotAllowed(_("由参与抢修和值班的人员发布。"))
    return who


def _open_notices(outage: Outage, slot: int, again: bool) -> list[Notice]:
    """The notices of the slot still to be posted; with ``again`` all of them, unless one is on its way."""
    rows = list(outage.notices.filter(slot=slot, void_at__isnull=True).select_related("group").order_by("group_id"))
    if not rows:
        raise NotNow(_("“%(what)s”还没有起算，现在不用发。") % {"what": Slot(slot).label}, field="slot")
    waiting = {
        one.notice_id: one
        for one in Posting.objects.filter(notice__in=rows, posted_at__isnull=True, failed_at__isnull=True)
        .select_related("written_by")
        .order_by("pk")
    }
    open_rows = [row for row in rows if row.pk not in waiting and (again or row.posted_at is None)]
    if open_rows:
        return open_rows
    last = next(iter(waiting.values()), None) or _last_of(rows)
    who = last.written_by.name if last is not None and last.written_by is not None else _("系统")
    at = timezone.localtime(last.written_at).strftime("%H:%M") if last is not None else ""
    raise NotNow(_("“%(what)s”已由 %(who)s 于 %(at)s 发布。") % {"what": Slot(slot).label, "who": who, "at": at})


def _last_of(rows: list[Notice]) -> Posting | None:
    return Posting.objects.filter(notice__in=rows).select_related("written_by").order_by("-pk").first()


def _pictures(outage: Outage, slot: int, keys: Collection[uuid.UUID]) -> list[OutagePhoto]:
    found = list(outage.photos.filter(key__in=list(keys), purpose=PhotoPurpose.SCENE))
    if len(found) != len(set(keys)):
        raise Invalid(_("有照片还没有传完，请等照片旁出现“已上传”再发布。"), field="photos")
    if slot == Slot.REPAIR and not found:
        raise Invalid(_("抢修告知须附至少一张现场照片，请先拍照。"), field="photos")
    return found


def _check_text(text: str, outage: Outage) -> None:
    if not text.strip():
        raise Invalid(_("请填写通知正文。"), field="text")
    if len(text) > LONGEST_TEXT:
        raise Invalid(_("正文超过 %(n)d 字，请写短些。") % {"n": LONGEST_TEXT}, field="text")
    if problem := personal_data_in(text, outage):
        raise Invalid(problem, field="text")


def _saved(outage: Outage, kind: str, now: datetime) -> None:
    outage.updated_at = max(now, outage.updated_at)
    outage.save()
    announce([outage.pk], kind, now=now)


# --- it stands in the group -----------------------------------------------------------------------------------------


def post_by_hand(
    posting: Posting, *, proof: str, proof_photo: uuid.UUID | None, by: User, now: datetime, at: datetime | None = None
) -> Posting:
    """A person put it into the group and says so, with words or a picture of the screen as proof (S0-R05).

    ``at`` may lie a little back, never before it was written nor after now."""
    with transaction.atomic():
        outage, row = _locked(posting)
        _expect_crew(outage, by, now)
        if row.posted_at is not None:
            raise NotNow(_("这个群已确认发布。"))
        if row.void_at is not None:
            raise NotNow(_("送电已撤回，这条送电告知不用再发。"))
        moment = at or now
        if not row.written_at <= moment <= now:
            raise Invalid(_("发布时间应在写好之后、现在之前。"), field="at")
        picture = outage.photos.filter(key=proof_photo).first() if proof_photo else None
        if not proof.strip() and picture is None:
            raise Invalid(_("请写明谁发到群里，或附群聊截图。"), field="proof")
        row.means, row.failed_at = Means.HAND, None
        _stand(outage, row, at=moment, by=by, proof=proof.strip(), picture=picture, now=now)
    return row


def record_posted(posting_id: int, *, at: datetime, proof: str, now: datetime) -> bool:
    """The robot has posted it (called by ``notifications``). Again it changes nothing; returns whether it did."""
    with transaction.atomic():
        outage, row = _locked(Posting(pk=posting_id))
        if row.posted_at is not None:
            return False
        _stand(outage, row, at=at, by=None, proof=proof, picture=None, now=now)
    return True


def record_failed(posting_id: int, *, reason: str, now: datetime) -> bool:
    """The robot gave up: the group waits for a person's hand, and the outage's stream says so."""
    with transaction.atomic():
        outage, row = _locked(Posting(pk=posting_id))
        if row.posted_at is not None or row.means == Means.HAND:
            return False
        row.means, row.failure = Means.HAND, reason[:200]
        row.save(update_fields=["means", "failure"])
        data = {"posting": row.pk, "slot": row.notice.slot, "group": row.notice.group.name}
        write_event(outage, "notice_failed", by=None, now=now, text=_("机器人未能发出，请人工发布"), data=data)
        _saved(outage, "notice_failed", now)
    return True


def _locked(posting: Posting) -> tuple[Outage, Posting]:
    """Outage first, then what belongs to it: the order of every lock in this app."""
    outage_id = Posting.objects.values_list("notice__outage_id", flat=True).get(pk=posting.pk)
    outage, _none = lock(Outage(pk=outage_id))
    row = Posting.objects.select_for_update(of=("self",)).select_related("notice__group").get(pk=posting.pk)
    return outage, row


def _stand(
    outage: Outage,
    row: Posting,
    *,
    at: datetime,
    by: User | None,
    proof: str,
    picture: OutagePhoto | None,
    now: datetime,
) -> None:
    row.posted_at, row.posted_by, row.proof, row.proof_photo = at, by, proof[:200], picture
    row.save()
    notice = row.notice
    counting = notice.postings.filter(posted_at__isnull=False, void_at__isnull=True)
    posts = [(one.posted_at, one.photo_count) for one in counting if one.posted_at]
    notice.posted_at = clocks.counting_post(notice.slot, posts)
    notice.save(update_fields=["posted_at"])
    result = clocks.result(notice.due_at, notice.posted_at, now)
    data = {
        "posting": row.pk,
        "slot": notice.slot,
        "group": notice.group.name,
        "result": str(result),
        "means": row.means,
    }
    text = _("%(group)s %(what)s已发") % {"group": notice.group.name, "what": Slot(notice.slot).label}
    write_event(outage, "notice_posted", by=by, now=now, text=text, data=data)
    audit.record(actor=by, action="outage.posted", subject=outage, now=now, detail=data)
    _saved(outage, "notice_posted", now)


def waiting_for_robot(outage: Outage) -> list[Posting]:
    """Postings a robot was given and has not reported back of; a hand may be quicker, and says so with its proof."""
    rows = Posting.objects.filter(notice__outage=outage, posted_at__isnull=True, failed_at__isnull=True)
    return list(rows.filter(means=Means.ROBOT).select_related("notice__group").order_by("pk"))


def waiting_for_hand(outage: Outage) -> Mapping[int, list[Posting]]:
    """Slot -> postings a person must put into their groups."""
    found: dict[int, list[Posting]] = {}
    rows = Posting.objects.filter(notice__outage=outage, posted_at__isnull=True, failed_at__isnull=True)
    for row in rows.filter(means=Means.HAND).select_related("notice__group").order_by("pk"):
        found.setdefault(row.notice.slot, []).append(row)
    return found
