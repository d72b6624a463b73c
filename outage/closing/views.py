"""``/outages/<number>/closing/``: the timeline made by itself, ledger, feedback, gaps, actions."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from complaints.errors import NotAllowed, Refused, Stale
from complaints.views.access import user_of
from outage.closing import services
from outage.closing.forms import ActionForm, DoneForm, FeedbackForm, GapForm, LedgerForm, ReviewForm
from outage.closing.gaps import gaps_of
from outage.closing.guards import missing_of
from outage.closing.models import ReviewAction
from outage.flow.reading import Line
from outage.models import Outage
from outage.reliability.services import minutes_of
from outage.services import attempt_for
from outage.steps import STEPS
from people.idempotency import once_per_key
from people.models import User
from policy.rulebook import policy_on

Form = Any
# What is no step has its words here where the event itself brings none.
NOTES = {"open": gettext_lazy("登记停电"), "called_back": gettext_lazy("来电回访")}


def find(request: HttpRequest, number: str, now: datetime) -> Outage:
    """The outage as far as this person may see it; out of view is 404."""
    rows = Outage.objects.all().visible_to(user_of(request), now=now).select_related("station", "ledger", "review")
    found = rows.filter(number=number[:32]).first()
    if found is None:
        raise Http404(_("没有这起停电，或不在您的查看范围内。"))
    return found


@login_required
@require_GET
def closing(request: HttpRequest, number: str) -> HttpResponse:
    now = timezone.now()
    return page(request, find(request, number, now), now)


def page(
    request: HttpRequest, outage: Outage, now: datetime, *, shown: dict[str, Form] | None = None, status: int = 200
) -> HttpResponse:
    """The whole page; ``shown`` replaces a fresh form by one that was refused."""
    user = user_of(request)
    policy = policy_on(timezone.localdate(now))
    given: dict[str, Any] = {"outage": outage, "now": now}
    forms: dict[str, Form] = {
        "ledger": LedgerForm(**given),
        "feedback": FeedbackForm(**given, prefix="feedback"),
        "review": ReviewForm(**given, prefix="review"),
        "action": ActionForm(**given, prefix="action"),
        **(shown or {}),
    }
    explained = {row.key: row for row in outage.gap_explanations.select_related("by")}
    gaps = [(gap, explained.get(gap.key)) for gap in gaps_of(outage, now=now, policy=policy)]
    context = {
        "outage": outage,
        "forms": forms,
        "refused": next((form for form in (shown or {}).values()), None),
        "gaps": gaps,
        "feedback": outage.feedback.select_related("by"),
        "actions": outage.review_actions.select_related("owner", "done_by"),
        "missing": missing_of(attempt_for(outage, STEPS["close"], by=user, now=now)),
        "may_keep": services.may_keep(outage, user, now=now) and outage.state in services.KEPT_WHILE,
        "may_finish": services.may_keep(outage, user, now=now),
        "me": user.pk,
        "timeline": timeline_of(outage),
        "minutes": minutes_of(outage, now=now),
        "now": now,
    }
    return render(request, "outage/closing/page.html", context, status=status)


def timeline_of(outage: Outage) -> list[Line]:
    """The whole stream, oldest first, as the review needs it (S0-R10)."""
    found = []
    for event in outage.events.select_related("by", "acting_for").order_by("seq"):
        step = STEPS.get(event.name)
        what = step.past if step else NOTES.get(event.name) or event.text or event.name
        found.append(
            Line(
                at=event.at,
                who=event.by.name if event.by else str(_("系统")),
                acting_for=event.acting_for.name if event.acting_for else "",
                what=str(what),
                text=event.text if step or event.name in NOTES else "",
                mark="key" if step else "",
            )
        )
    return found


def _posted(
    request: HttpRequest,
    number: str,
    name: str,
    form_class: Any,
    act: Callable[[Outage, Form, User, datetime], Any],
    done: str,
) -> HttpResponse:
    """One form of the page: refused ones come back filled in, with the reason."""
    now = timezone.now()
    outage = find(request, number, now)
    user = user_of(request)
    if not services.may_keep(outage, user, now=now):
        raise PermissionDenied(_("台账和复盘由参与抢修和值班的人员填写。"))
    prefix = None if name == "ledger" else name
    form = form_class(request.POST, outage=outage, now=now, prefix=prefix)
    if not form.is_valid():
        return page(request, outage, now, shown={name: form}, status=400)
    try:
        act(outage, form, user, now)
    except NotAllowed as error:
        raise PermissionDenied(error.message) from error
    except Refused as error:
        form.add_error(None, error.message)
        if isinstance(error, Stale):
            kept = getattr(Outage.objects.select_related(name).get(pk=outage.pk), name, None)
            form.data = {**form.data.dict(), form.add_prefix("version"): kept.version if kept else 0}
        return page(request, outage, now, shown={name: form}, status=error.status)
    messages.success(request, done)
    return redirect("outage_closing", outage.number)


@login_required
@require_POST
@once_per_key
def ledger(request: HttpRequest, number: str) -> HttpResponse:
    def act(outage: Outage, form: Form, by: User, now: datetime) -> None:
        version = form.cleaned_data["version"]
        services.keep_ledger(outage, values=form.values(), version=version, by=by, now=now)

    return _posted(request, number, "ledger", LedgerForm, act, _("台账已保存"))


@login_required
@require_POST
@once_per_key
def review(request: HttpRequest, number: str) -> HttpResponse:
    def act(outage: Outage, form: Form, by: User, now: datetime) -> None:
        version = form.cleaned_data["version"]
        services.keep_review(outage, values=form.values(), version=version, by=by, now=now)

    return _posted(request, number, "review", ReviewForm, act, _("复盘已保存"))


@login_required
@require_POST
@once_per_key
def feedback(request: HttpRequest, number: str) -> HttpResponse:
    def act(outage: Outage, form: Form, by: User, now: datetime) -> None:
        services.add_feedback(outage, **form.cleaned_data, by=by, now=now)

    return _posted(request, number, "feedback", FeedbackForm, act, _("已登记客户意见"))


@login_required
@require_POST
@once_per_key
def explain(request: HttpRequest, number: str) -> HttpResponse:
    def act(outage: Outage, form: Form, by: User, now: datetime) -> None:
        services.explain_gap(outage, **form.cleaned_data, by=by, now=now)

    return _posted(request, number, "gap", GapForm, act, _("已说明差距"))


@login_required
@require_POST
@once_per_key
def action(request: HttpRequest, number: str) -> HttpResponse:
    def act(outage: Outage, form: Form, by: User, now: datetime) -> None:
        services.add_action(outage, **form.cleaned_data, by=by, now=now)

    return _posted(request, number, "action", ActionForm, act, _("已定改进措施"))


@login_required
@require_POST
@once_per_key
def action_done(request: HttpRequest, number: str, pk: int) -> HttpResponse:
    """By its owner also when the outage is out of his keeping."""
    now = timezone.now()
    outage = find(request, number, now)
    row = ReviewAction.objects.filter(outage=outage, pk=pk).first()
    if row is None:
        raise Http404(_("没有这项措施。"))
    if row.owner_id != user_of(request).pk and not services.may_keep(outage, user_of(request), now=now):
        raise PermissionDenied(_("改进措施由责任人或参与抢修和值班的人员登记完成。"))
    form = DoneForm(request.POST, outage=outage, now=now)
    if not form.is_valid():
        messages.error(request, _("请写明完成情况。"))
        return page(request, outage, now, status=400)
    try:
        services.finish_action(row, result=form.cleaned_data["result"], by=user_of(request), now=now)
    except NotAllowed as error:
        raise PermissionDenied(error.message) from error
    except Refused as error:
        messages.error(request, error.message)
        return page(request, outage, now, status=error.status)
    messages.success(request, _("已登记完成"))
    return redirect("outage_closing", outage.number)
