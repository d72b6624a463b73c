"""``/boxes/``: the opening log of the complaint boxes (S0-R12)."""

from datetime import datetime

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from complaints.errors import Refused
from complaints.forms.boxes import LetterForm, OpeningForm
from complaints.models import BoxOpening, Order
from complaints.services.boxes import (
    may_open,
    may_see_boxes,
    may_settle,
    record_opening,
    settle_letter,
    visible_openings,
)
from complaints.views.access import user_of
from people.idempotency import once_per_key
from people.models import User
from people.standing import Standing, standing

SHOWN = 100


def _reader(request: HttpRequest, now: datetime) -> tuple[User, Standing]:
    user = user_of(request)
    return user, standing(user, timezone.localdate(now))


@login_required
@require_safe
def box_openings(request: HttpRequest) -> HttpResponse:
    """The newest openings, and how many letters still wait."""
    _user, who = _reader(request, timezone.now())
    if not may_see_boxes(who):
        raise PermissionDenied(_("您的岗位不查看开箱记录。"))
    context = {"rows": visible_openings(who)[:SHOWN], "may_open": may_open(who)}
    return render(request, "complaints/box_openings.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@once_per_key
def box_opening_new(request: HttpRequest) -> HttpResponse:
    """Records an opening by two people."""
    now = timezone.now()
    user, who = _reader(request, now)
    if not may_open(who):
        raise PermissionDenied(_("意见箱由热线或箱子所在单位的人开启。"))
    form = OpeningForm(request.POST or None, who=who, user=user, now=now, initial={"opened_at": now})
    status = 400 if request.method == "POST" else 200
    if request.method == "POST" and form.is_valid():
        try:
            row = record_opening(**form.cleaned_data, by=user, now=now)
        except Refused as error:
            form.add_error(error.field or None, error.message)
            status = error.status
        else:
            messages.success(request, _("开箱已登记"))
            return redirect("box_opening", pk=row.pk)
    return render(request, "complaints/box_opening_new.html", {"form": form}, status=status)


@login_required
@require_safe
def box_opening(request: HttpRequest, pk: int) -> HttpResponse:
    """One opening and its letters."""
    return _page(request, pk)


def _find(who: Standing, pk: int) -> BoxOpening:
    found = visible_openings(who).filter(pk=pk).first() if may_see_boxes(who) else None
    if found is None:
        raise Http404(_("没有这份开箱记录，或不在您的查看范围内。"))
    return found


def _page(
    request: HttpRequest, pk: int, form: LetterForm | None = None, seq: int = 0, status: int = 200
) -> HttpResponse:
    now = timezone.now()
    user, who = _reader(request, now)
    opening = _find(who, pk)
    letters = list(opening.found.select_related("order", "settled_by"))
    ids = [letter.order_id for letter in letters if letter.order_id]
    seen = set(Order.objects.visible_to(user, now=now).filter(pk__in=ids).values_list("pk", flat=True))
    rows = [
        {
            "letter": letter,
            "order": letter.order if letter.order_id in seen else None,
            "form": form if form is not None and letter.seq == seq else LetterForm(),
        }
        for letter in letters
    ]
    context = {"opening": opening, "rows": rows, "may_settle": may_settle(who), "errors": form.errors if form else None}
    return render(request, "complaints/box_opening.html", context, status=status)


@login_required
@require_POST
@once_per_key
def box_letter_settle(request: HttpRequest, pk: int, seq: int) -> HttpResponse:
    """Links a letter to its order, or says why there is none."""
    now = timezone.now()
    user, who = _reader(request, now)
    letter = _find(who, pk).found.filter(seq=seq).first()
    if letter is None:
        raise Http404(_("没有这封信。"))
    if not may_settle(who):
        raise PermissionDenied(_("信件由热线登记成工单。"))
    form = LetterForm(request.POST)
    status = 400
    if form.is_valid():
        try:
            settle_letter(letter, **form.cleaned_data, by=user, now=now)
        except Refused as error:
            form.add_error(error.field if error.field in form.fields else None, error.message)
            status = error.status
        else:
            messages.success(request, _("第 %(n)d 封信已处理") % {"n": seq})
            return redirect("box_opening", pk=pk)
    return _page(request, pk, form, seq, status)
