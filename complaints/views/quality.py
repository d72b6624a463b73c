"""``/quality/``: sampled calls, their card, and what each agent's month came to (S4-R53)."""

from datetime import date, datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from complaints.errors import NotAllowed, Refused
from complaints.forms.fields import TidyField
from complaints.models import CallScore, Order
from complaints.models.quality import BEST, MARKS, SCORERS, WORST
from complaints.services.quality import (
    LONGEST_REMARK,
    SAMPLES,
    draw_calls,
    figures,
    month_after,
    month_before,
    month_of,
    score_call,
)
from complaints.views.access import user_of
from people import audit
from people.idempotency import once_per_key
from people.models import User
from people.roles import HOTLINE
from people.standing import Standing, standing

SHOWN = 200


class ScoreForm(forms.Form):
    """The card: four marks from 1 to 5, and a remark."""

    remark = TidyField(label=gettext_lazy("评语"), max_length=LONGEST_REMARK, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, label, hint in MARKS:
            self.fields[name] = forms.TypedChoiceField(
                label=label,
                help_text=hint,
                choices=[(value, str(value)) for value in range(BEST, WORST - 1, -1)],
                coerce=int,
                widget=forms.RadioSelect,
                error_messages={"required": _("请评 1 到 5 分"), "invalid_choice": _("请评 1 到 5 分")},
            )
        self.order_fields([*(name for name, _label, _hint in MARKS), "remark"])


def _hotline(user: User, now: datetime) -> Standing:
    who = standing(user, timezone.localdate(now))
    if not who.has(*HOTLINE):
        raise PermissionDenied(_("通话质检只对热线开放。"))
    return who


def _month(request: HttpRequest, now: datetime) -> date:
    """The month of the address, or this one; raises BadRequest for anything that is none."""
    this = month_of(timezone.localdate(now))
    if unknown := set(request.GET) - {"month"}:
        raise BadRequest(_("不认识的参数：%(name)s") % {"name": min(unknown)[:40]})
    text = request.GET.get("month", "")
    if not text:
        return this
    try:
        month = date.fromisoformat(f"{text}-01")
    except ValueError as error:
        raise BadRequest(_("月份写作 2026-09")) from error
    if not date(2000, 1, 1) <= month <= this:
        raise BadRequest(_("月份超出范围"))
    return month


@login_required
@require_safe
def scores(request: HttpRequest) -> HttpResponse:
    """For those who judge: everybody's month and what is to be listened to. For an agent: the own calls judged."""
    now = timezone.now()
    user = user_of(request)
    who = _hotline(user, now)
    month = _month(request, now)
    judges = who.has(*SCORERS)
    rows = CallScore.objects.visible_to(user, now=now).filter(month=month)
    rows = rows.select_related("agent", "scored_by", "call").order_by("scored_at", "agent__agent_no", "place")
    table = figures(month, month_after(month))
    context = {
        "judges": judges,
        "month": month,
        "before": f"{month_before(month):%Y-%m}",
        "after": f"{month_after(month):%Y-%m}" if month < month_of(timezone.localdate(now)) else "",
        "marks": [label for _name, label, _hint in MARKS],
        "figures": [_shown(row) for row in table if judges or row.agent_id == user.pk],
        "to_judge": [row for row in rows if row.scored_at is None and row.agent_id != user.pk][:SHOWN],
        "judged": [row for row in rows if row.scored_at is not None][:SHOWN],
        "samples": SAMPLES,
    }
    return render(request, "complaints/quality.html", context)


def _shown(row: Any) -> dict[str, Any]:
    return {"row": row, "means": [row.means[name] for name, _label, _hint in MARKS]}


@login_required
@require_POST
@once_per_key
def draw(request: HttpRequest) -> HttpResponse:
    try:
        drawn = draw_calls(now=timezone.now(), by=user_of(request))
    except NotAllowed as error:
        raise PermissionDenied(error.message) from error
    text = _("已抽取 %(n)d 次通话") % {"n": drawn} if drawn else _("每位坐席的样本都已抽满")
    messages.success(request, text)
    return redirect("quality")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@once_per_key
def score(request: HttpRequest, score_id: int) -> HttpResponse:
    """One call and its card. Looking at a call not one's own is on record."""
    now = timezone.now()
    user = user_of(request)
    who = standing(user, timezone.localdate(now))
    rows = CallScore.objects.visible_to(user, now=now).select_related("call__order", "agent", "scored_by")
    found = rows.filter(pk=score_id).first()
    if found is None:
        raise Http404(_("没有这个样本，或不在您的查看范围内。"))
    if request.method != "POST":
        if found.agent_id != user.pk:
            audit.record(actor=user, action="call.listen", subject=found, now=now, request=request)
        return _card(request, found, who, ScoreForm())
    form = ScoreForm(request.POST)
    if not who.has(*SCORERS) or found.agent_id == user.pk:
        raise PermissionDenied(_("评分由值长、主管或热线主任进行，且不能评定自己的通话。"))
    if not form.is_valid():
        return _card(request, found, who, form, status=400)
    marks = {name: form.cleaned_data[name] for name, _label, _hint in MARKS}
    try:
        score_call(found, marks, form.cleaned_data["remark"], by=user, now=now)
    except Refused as error:
        form.add_error(error.field if error.field in form.fields else None, error.message)
        return _card(request, found, who, form, status=error.status)
    messages.success(request, _("已评定 %(who)s 的通话") % {"who": found.agent.name})
    return redirect("quality")


def _card(request: HttpRequest, found: CallScore, who: Standing, form: ScoreForm, status: int = 200) -> HttpResponse:
    order = found.call.order
    user = user_of(request)
    seen = order is not None and Order.objects.visible_to(user, now=timezone.now()).filter(pk=order.pk).exists()
    context = {
        "score": found,
        "call": found.call,
        "order": order if seen else None,
        "hidden": order is not None and not seen,
        "form": form,
        "may_judge": who.has(*SCORERS) and found.agent_id != user.pk and found.scored_at is None,
    }
    return render(request, "complaints/quality_score.html", context, status=status)
