"""``…/<pk>/do/<step>/``: the form of one step, the same page for every small workflow."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from complaints.errors import NotAllowed, NotNow, Refused, Stale
from complaints.views.access import user_of
from outage.flow.door import attempt_for, changes_since, perform
from outage.flow.forms import Forms, StepForm
from outage.flow.step import Attempt, Step, sources_of, steps_of

VERSION_DIGITS = 9


@dataclass(frozen=True)
class Flow:
    """Where a workflow's pages are and which form each step has."""

    detail: str
    act: str
    forms: Forms
    aside: str
    take: Callable[..., Any] = perform


def take_step(request: HttpRequest, case: Any, name: str, *, flow: Flow, now: datetime) -> HttpResponse:
    """GET shows the form, POST takes the step; refusals keep what was typed."""
    user = user_of(request)
    step = steps_of(type(case)).get(name)
    if step is None:
        raise Http404(_("没有这个操作。"))
    page = _Page(request, case, name, step, flow)
    attempt = attempt_for(case, step, by=user, now=now)
    form_class = flow.forms[name]
    if attempt.post is None:
        return page.overtaken(form_class, now)
    if request.method != "POST":
        return page.show(form_class(case=case, by=user, now=now), refusal=_refusal(case, name, attempt))
    form = form_class(request.POST, case=case, by=user, now=now)
    if not form.is_valid():
        return page.show(form, status=400)
    try:
        done = flow.take(case, name, by=user, now=now, version=form.cleaned_data.get("version"), **form.details())
    except Refused as error:
        return page.show(form, error=error, status=error.status)
    messages.success(request, _("%(number)s 已%(what)s") % {"number": done.number, "what": step.past})
    return redirect(reverse(flow.detail, args=[done.pk]))


def _refusal(case: Any, name: str, attempt: Attempt) -> Refused | None:
    """Why the step would be refused as things stand; shown before anything is typed."""
    step = steps_of(type(case))[name]
    if case.state not in sources_of(type(case))[name]:
        text = _("现为“%(state)s”，不能“%(step)s”。")
        return NotNow(text % {"state": case.get_state_display(), "step": step.label})
    reason = next(filter(None, (guard(attempt) for guard in step.guards)), None)
    return Refused(reason) if reason else None


class _Page:
    """One request's answer: the same template with whatever there is to say."""

    def __init__(self, request: HttpRequest, case: Any, name: str, step: Step, flow: Flow) -> None:
        self.request, self.case, self.name, self.step, self.flow = request, case, name, step, flow

    def overtaken(self, form_class: type[StepForm], now: datetime) -> HttpResponse:
        """Not this person's step (any more). Who had it when the form was opened keeps what was typed and reads what
        happened; everybody else is simply refused."""
        version = self.request.POST.get("version", "")
        known = int(version) if version.isdecimal() and version.isascii() and len(version) < VERSION_DIGITS else None
        changes = changes_since(self.case, known)
        if not changes:
            raise PermissionDenied(_("“%(step)s”不由您办理。") % {"step": self.step.label})
        form = form_class(self.request.POST, case=self.case, by=user_of(self.request), now=now)
        form.is_valid()
        error = Stale(_("这一步现在不由您办理，您的内容没有提交，仍保留在下方。"), changes=changes)
        return self.show(form, error=error, status=error.status)

    def show(
        self, form: StepForm, *, refusal: Refused | None = None, error: Refused | None = None, status: int = 200
    ) -> HttpResponse:
        found = error or refusal
        if isinstance(error, NotAllowed):
            raise PermissionDenied(error.message)
        model: Any = type(self.case)
        context = {
            "case": self.case,
            "version": model.objects.values_list("version", flat=True).get(pk=self.case.pk),
            "step": self.step,
            "form": form,
            "refusal": found.message if found else "",
            "changes": found.changes if found else [],
            "conflict": isinstance(error, (Stale, NotNow)),
            "back_url": reverse(self.flow.detail, args=[self.case.pk]),
            "action_url": reverse(self.flow.act, args=[self.case.pk, self.name]),
            "aside": self.flow.aside,
        }
        return render(self.request, "outage/flow_act.html", context, status=status)
