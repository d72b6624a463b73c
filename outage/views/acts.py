"""What is done to an outage: steps of the workflow, notices, chain, attendance, measures. Every POST either leads back
to the page or shows it again with the reason and what was typed."""

from collections.abc import Callable
from datetime import datetime

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from complaints.errors import NotAllowed, NotNow, Refused, Stale
from complaints.models import Order
from complaints.views.access import user_of
from customers.models import Customer
from outage.forms import (
    FORMS,
    AnnounceForm,
    AnswerForm,
    CallBackForm,
    CheckInForm,
    LinkOrderForm,
    MeasureForm,
    PostedForm,
    PublishForm,
    SensitiveForm,
)
from outage.models import Outage, Posting
from outage.permissions import desk, hotline
from outage.services import attempt_for, callers, perform, presence
from outage.services.chain import acknowledge
from outage.services.posting import post_by_hand, publish
from outage.step import Step
from outage.steps import STEPS, is_open_in
from outage.views.access import find_outage, find_to_work
from outage.views.page import show
from people.idempotency import once_per_key

Act = Callable[[], object]


def _errors(form: forms.Form) -> str:
    return " ".join(str(text) for texts in form.errors.values() for text in texts)


def _done(request: HttpRequest, outage: Outage, text: str, *, place: str = "") -> HttpResponse:
    """Back to the page; a request by htmx is told to go there."""
    messages.success(request, text)
    url = reverse("outage", args=[outage.number])
    if getattr(request, "htmx", False):
        return HttpResponse(
            headers={"HX-Redirect": url}
        )  # without a fragment: with one the page would not be loaded anew
    return redirect(url + place)


def _do(
    request: HttpRequest,
    outage: Outage,
    form: forms.Form | None,
    act: Act,
    *,
    done: str,
    place: str = "",
    part: str = "",
    now: datetime,
) -> HttpResponse:
    """Runs the act of a small form; what is refused is told on the page and keeps what was typed."""
    typed = dict(request.POST.items())
    if form is not None and not form.is_valid():
        return show(request, outage, now=now, status=400, refusal=_errors(form), typed=typed, part=part)
    try:
        act()
    except NotAllowed as error:
        raise PermissionDenied(error.message) from None
    except Refused as error:
        return show(request, outage, now=now, status=error.status, refusal=error.message, typed=typed, part=part)
    return _done(request, outage, done, place=place)


# --- steps of the workflow --------------------------------------------------------------------------------------------


@login_required
@once_per_key
@require_http_methods(["GET", "HEAD", "POST"])
def act(request: HttpRequest, number: str, name: str) -> HttpResponse:
    """GET shows the form, POST takes the step; refusals keep what was typed."""
    now, user = timezone.now(), user_of(request)
    step = STEPS.get(name)
    if step is None:
        raise Http404(_("没有这个操作。"))
    outage = find_outage(request, number, now=now)
    attempt = attempt_for(outage, step, by=user, now=now)
    if attempt.post is None:
        raise PermissionDenied(_("“%(step)s”不由您办理。") % {"step": step.label})
    if request.method != "POST":
        form = FORMS[name](outage=outage, by=user, now=now)
        refusal = "" if is_open_in(name, outage.state) else _closed(outage, step)
        return _form(request, outage, name, step, form, refusal=refusal)
    form = FORMS[name](request.POST, outage=outage, by=user, now=now)
    if not form.is_valid():
        return _form(request, outage, name, step, form, status=400)
    try:
        done = perform(outage, name, by=user, now=now, version=form.cleaned_data.get("version"), **form.details())
    except NotAllowed as error:
        raise PermissionDenied(error.message) from None
    except Refused as error:
        return _form(request, outage, name, step, form, error=error, status=error.status)
    messages.success(request, _("%(number)s 已%(what)s") % {"number": done.number, "what": step.past})
    target = done.master if done.master is not None else done
    return redirect(reverse("outage", args=[target.number]))


def _closed(outage: Outage, step: Step) -> str:
    text = _("停电现为“%(state)s”，不能“%(step)s”。")
    return text % {"state": outage.get_state_display(), "step": step.label}


def _form(
    request: HttpRequest,
    outage: Outage,
    name: str,
    step: Step,
    form: forms.Form,
    *,
    error: Refused | None = None,
    refusal: str = "",
    status: int = 200,
) -> HttpResponse:
    context = {
        "outage": outage,
        "name": name,
        "step": step,
        "form": form,
        "version": Outage.objects.values_list("version", flat=True).get(pk=outage.pk),
        "refusal": error.message if error else refusal,
        "changes": error.changes if error else [],
        "conflict": isinstance(error, (Stale, NotNow)),
        "back_url": reverse("outage", args=[outage.number]),
    }
    return render(request, "outage/act.html", context, status=status)


# --- notices ----------------------------------------------------------------------------------------------------------


@login_required
@require_POST
@once_per_key
def publish_notice(request: HttpRequest, number: str) -> HttpResponse:
    now, user = timezone.now(), user_of(request)
    outage = find_to_work(request, number, now=now)
    form = PublishForm(request.POST)

    def run() -> None:
        data = form.cleaned_data
        publish(outage, data["slot"], text=data["text"], photos=data["photos"], again=data["again"], by=user, now=now)

    text = _("已写好通知，请逐群确认发出")
    return _do(request, outage, form, run, done=text, place="#notice", part="outage/_notice.html", now=now)


@login_required
@require_POST
@once_per_key
def posted(request: HttpRequest, number: str, pk: int) -> HttpResponse:
    """Put into the group by hand, with proof."""
    now, user = timezone.now(), user_of(request)
    outage = find_to_work(request, number, now=now)
    posting = Posting.objects.filter(pk=pk, notice__outage=outage).select_related("notice__group").first()
    if posting is None:
        raise Http404(_("没有这条通知。"))
    form = PostedForm(request.POST)

    def run() -> None:
        data = form.cleaned_data
        post_by_hand(posting, proof=data["proof"], proof_photo=data["proof_photo"], by=user, now=now)

    done = _("%s 已确认发出") % posting.notice.group.name
    return _do(request, outage, form, run, done=done, place="#notice", now=now)


@login_required
@require_POST
@once_per_key
def announce(request: HttpRequest, number: str) -> HttpResponse:
    """The hotline's recorded text, or the public page's (S0-R31)."""
    now, user = timezone.now(), user_of(request)
    outage = find_to_work(request, number, now=now, right=desk)
    form = AnnounceForm(request.POST)

    def run() -> None:
        data = form.cleaned_data
        presence.announce_publicly(outage, data["medium"], text=data["text"], by=user, now=now)

    return _do(request, outage, form, run, done=_("已发布公告"), place="#public", now=now)


# --- chain, attendance, measures --------------------------------------------------------------------------------------


@login_required
@require_POST
@once_per_key
def acknowledge_level(request: HttpRequest, number: str, level: int) -> HttpResponse:
    now, user = timezone.now(), user_of(request)
    outage = find_outage(request, number, now=now)
    done = _("已知悉并上报")
    act = lambda: acknowledge(outage, level, by=user, now=now)  # noqa: E731
    return _do(request, outage, None, act, done=done, place="#chain", now=now)


@login_required
@require_POST
@once_per_key
def check_in(request: HttpRequest, number: str) -> HttpResponse:
    """ "I am here"."""
    now, user = timezone.now(), user_of(request)
    outage = find_to_work(request, number, now=now)
    form = CheckInForm(request.POST)

    def run() -> None:
        data = form.cleaned_data
        presence.check_in(
            outage,
            by=user,
            now=now,
            latitude=data["latitude"],
            longitude=data["longitude"],
            photo=data["photo"],
            note=data["note"],
        )

    return _do(request, outage, form, run, done=_("已登记到岗"), place="#attend", now=now)


@login_required
@require_POST
@once_per_key
def attendance(request: HttpRequest, number: str, pk: int, what: str) -> HttpResponse:
    """The desk notes an arrival told by telephone, or that somebody missing was called."""
    now, user = timezone.now(), user_of(request)
    outage = find_to_work(request, number, now=now)
    row = outage.attendances.select_related("outage", "person").filter(pk=pk).first()
    acts = {"arrived": presence.record_arrival, "urge": presence.urge}
    if row is None or what not in acts:
        raise Http404(_("到岗名单里没有这一行。"))
    words = {"arrived": _("已登记 %s 到岗"), "urge": _("已记下催 %s")}
    act = lambda: acts[what](row, by=user, now=now)  # noqa: E731
    return _do(request, outage, None, act, done=words[what] % row.person.name, place="#attend", now=now)


@login_required
@require_POST
@once_per_key
def measure(request: HttpRequest, number: str) -> HttpResponse:
    now, user = timezone.now(), user_of(request)
    outage = find_to_work(request, number, now=now)
    form = MeasureForm(request.POST)

    def run() -> None:
        data = form.cleaned_data
        presence.log_measure(outage, data["kind"], text=data["text"], by=user, now=now)

    return _do(request, outage, form, run, done=_("已记录"), place="#todo", now=now)


@login_required
@require_POST
@once_per_key
def sensitive(request: HttpRequest, number: str, account_no: str) -> HttpResponse:
    now, user = timezone.now(), user_of(request)
    outage = find_to_work(request, number, now=now)
    customer = Customer.objects.visible_to(user, now=now).filter(account_no=account_no).first()
    if customer is None or not presence.reaches_marks(outage, by=user, now=now):
        raise Http404(_("没有这位用户，或不在您的查看范围内。"))
    form = SensitiveForm(request.POST)

    def run() -> None:
        data = form.cleaned_data
        presence.contact_sensitive(outage, customer, result=data["result"], note=data["note"], by=user, now=now)

    return _do(request, outage, form, run, done=_("已记录联系结果"), place="#todo", now=now)


# --- callers ----------------------------------------------------------------------------------------------------------


@login_required
@require_POST
@once_per_key
def answer(request: HttpRequest, number: str) -> HttpResponse:
    """All linked orders get the answer and go to call-back (B10)."""
    now, user = timezone.now(), user_of(request)
    outage = find_outage(request, number, now=now)
    if not callers.may_answer(user, now=now):
        raise PermissionDenied(_("由值班人员或热线值长以上统一答复。"))
    form = AnswerForm(request.POST)
    done: list[Order] = []
    act = lambda: done.extend(  # noqa: E731
        callers.answer_orders(outage, text=form.cleaned_data["text"], by=user, now=now)
    )
    response = _do(request, outage, form, act, done=_("已统一答复，工单转回访"), place="#callers", now=now)
    return response


@login_required
@require_POST
@once_per_key
def link_order(request: HttpRequest, number: str) -> HttpResponse:
    now, user = timezone.now(), user_of(request)
    outage = find_to_work(request, number, now=now)
    form = LinkOrderForm(request.POST)

    def run() -> None:
        found = Order.objects.visible_to(user, now=now).filter(number=form.cleaned_data["number"]).first()
        if found is None:
            raise Refused(_("找不到编号为“%s”的工单。") % form.cleaned_data["number"], field="number")
        callers.link_by_hand(outage, found, by=user, now=now)

    return _do(request, outage, form, run, done=_("已挂接工单"), place="#callers", now=now)


@login_required
@require_POST
@once_per_key
def call_back(request: HttpRequest, number: str, pk: int) -> HttpResponse:
    """A caller without an order has been told that supply is back (B10)."""
    now, user = timezone.now(), user_of(request)
    outage = find_to_work(request, number, now=now, right=hotline)
    link = outage.calls.filter(pk=pk).first()
    if link is None:
        raise Http404(_("没有这个来电。"))
    form = CallBackForm(request.POST)
    act = lambda: callers.call_back(link, result=form.cleaned_data["result"], by=user, now=now)  # noqa: E731
    return _do(request, outage, form, act, done=_("已记录回电"), place="#callers", now=now)
