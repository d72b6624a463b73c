"""``/drafts/<form>/``: what is being typed, kept on the server so that a crash loses nothing."""

import re
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.decorators import login_required
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from complaints.models import Draft
from complaints.views.access import expect_desk, find_order, user_of
from people.models import User

INTAKE = "intake"
MOST_CHARACTERS = 60_000
NOT_KEPT = {
    *("csrfmiddlewaretoken", "request_key", "version", "then", "link_to", "link_outage", "no_order", "hand_to"),
    *("seen", "draft", "warned"),
}
MOST_OTHERS = 4
_SUFFIX = re.compile(r"[^A-Za-z0-9_.:-]")


@login_required
@require_POST
def draft(request: HttpRequest, form: str) -> HttpResponse:
    """Saves the posted fields under ``intake``, ``intake/<call>`` or ``<number>/<step>``; the answer carries nothing
    back. One draft per person: nobody else ever reads it."""
    now = timezone.now()
    user = user_of(request)
    if form == INTAKE or form.startswith(f"{INTAKE}/"):
        expect_desk(user, now=now)
    else:
        find_order(request, form.partition("/")[0], now=now)
    data = typed_fields(request.POST)
    if sum(len(value) for values in data.values() for value in values) > MOST_CHARACTERS:
        return JsonResponse({"errors": {"draft": [_("草稿过长，请先提交一部分。")]}}, status=413)
    Draft.objects.update_or_create(user=user, form=form[:80], defaults={"data": data, "saved_at": now})
    return HttpResponse(status=204)


def draft_of(user: User, form: str) -> tuple[QueryDict | None, datetime | None]:
    """The kept fields as form data, and when they were kept."""
    kept = Draft.objects.filter(user=user, form=form).first()
    if kept is None or not any(value for values in kept.data.values() for value in values):
        return None, None
    fields = QueryDict(mutable=True)
    for name, values in kept.data.items():
        fields.setlist(name, values)
    return fields, kept.saved_at


def forget_draft(user: User, form: str) -> None:
    with connection.cursor() as cursor:  # as plain as can be: every step and every intake ends here
        cursor.execute("DELETE FROM complaints_draft WHERE user_id = %s AND form = %s", [user.pk, form])


def typed_fields(post: QueryDict) -> dict[str, list[str]]:
    """What was typed, without the page's own fields and buttons."""
    return {name: [str(value) for value in post.getlist(name)] for name in post if name not in NOT_KEPT}


def draft_key(suffix: str) -> str:
    """``intake`` or ``intake/<suffix>``; whatever cannot stand in an address is left out."""
    clean = _SUFFIX.sub("", suffix)[:60].strip(INTAKE_SELF)
    return f"{INTAKE}/{clean}" if clean else INTAKE


def suffix_of(key: str) -> str:
    return key.partition("/")[2]


def fingerprint(text: str) -> str:
    """Stands for a telephone number where the number itself must not (addresses are logged)."""
    return salted_hmac("complaints.draft", text).hexdigest()[:16]


@dataclass(frozen=True)
class Kept:
    """Another call of this person that was not finished."""

    phone: str
    content: str
    saved_at: datetime
    url: str


def other_drafts(user: User, key: str) -> list[Kept]:
    """Calls begun and neither submitted nor cleared, newest first, without the one being shown."""
    rows = Draft.objects.filter(user=user, form__startswith=INTAKE).exclude(form=key).order_by("-saved_at")
    found = []
    for row in rows[: MOST_OTHERS * 2]:
        phone, content = (next(iter(row.data.get(name, [])), "") for name in ("caller_phone", "content"))
        if phone or content:
            suffix = suffix_of(row.form)
            found.append(Kept(phone, content[:40], row.saved_at, f"{reverse('intake')}?draft={suffix or INTAKE_SELF}"))
    return found[:MOST_OTHERS]


INTAKE_SELF = "-"  # names the draft that has no call of its own
