"""``/approvals/``: one case opened, the rest listed; made for the phone, the same page on the desk."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from complaints.errors import NotAllowed, NotNow, Refused
from complaints.services.files import readable_files
from complaints.views.access import user_of
from escalation.chain import chain_of
from escalation.forms import DecisionForm
from escalation.kinds import ApprovalKind
from escalation.models import Approval
from escalation.queries import decided_by, has_a_rung, is_turn_of, kind_of, requested_by, waiting_for
from escalation.services.authority import ABOVE, Authority
from escalation.services.cases import decide, open_step, withdraw
from escalation.views.access import expect_part, find_case
from escalation.vocabulary import ApprovalStatus, Decision, Rung
from people.idempotency import once_per_key
from people.models import User
from policy.limits import shanghai_day

VIEWS = {
    "waiting": (gettext_lazy("待我批"), waiting_for),
    "decided": (gettext_lazy("我批过的"), decided_by),
    "requested": (gettext_lazy("我发起的"), requested_by),
}
CHIPS = {
    ApprovalStatus.PENDING: ("hourglass", "wait"),
    ApprovalStatus.APPROVED: ("check", "done"),
    ApprovalStatus.REJECTED: ("x", "over"),
    ApprovalStatus.TAKEN_BACK: ("undo", ""),
    ApprovalStatus.LAPSED: ("x", ""),
}
DONE = {
    Decision.APPROVED: gettext_lazy("同意"),
    Decision.REJECTED: gettext_lazy("驳回"),
    Decision.PASSED_UP: gettext_lazy("转交上级"),
}


@dataclass(frozen=True)
class Row:
    """One case of the list."""

    case: Approval
    kind: ApprovalKind
    summary: str
    glyph: str
    style: str


def row_of(case: Approval) -> Row:
    kind = kind_of(case)
    glyph, style = (kind.icon, kind.style) if case.status == ApprovalStatus.PENDING else CHIPS[_status(case)]
    return Row(case, kind, kind.summary(case), glyph, style)


def _status(case: Approval) -> ApprovalStatus:
    return ApprovalStatus(case.status)


@login_required
@require_safe
def approvals(request: HttpRequest) -> HttpResponse:
    """The first case that waits opened, the others below; or what one decided or asked for."""
    now, user = timezone.now(), user_of(request)
    expect_part(user, now=now)
    view = request.GET.get("view", "waiting")
    page = _Page(request, user, now, view if view in VIEWS else "waiting")
    return page.show(page.rows[0] if page.rows and page.view == "waiting" else None)


@login_required
@once_per_key
@require_http_methods(["GET", "HEAD", "POST"])
def approval(request: HttpRequest, pk: int) -> HttpResponse:
    """GET opens a case; POST is the word of whoever's turn it is. What was typed stays when it is refused."""
    now, user = timezone.now(), user_of(request)
    case = find_case(user, pk, now=now)
    page = _Page(request, user, now, "waiting")
    if request.method != "POST":
        return page.show(case)
    if not has_a_rung(user, case, page.authority):
        raise PermissionDenied(_("这件审批不由您决定。"))
    form = DecisionForm(request.POST)
    if not form.is_valid():
        return page.show(case, form=form, status=400)
    try:
        decide(case, kind_of(case), by=user, now=now, **_words(form))
    except NotAllowed as error:
        raise PermissionDenied(error.message) from error
    except Refused as error:
        return page.show(find_case(user, pk, now=now), form=form, error=error, status=error.status)
    what = DONE[Decision(form.cleaned_data["decision"])]
    text = _("%(number)s %(kind)s 已%(what)s")
    messages.success(request, text % {"number": case.order.number, "kind": kind_of(case).label, "what": what})
    return redirect("approvals")


def _words(form: DecisionForm) -> dict[str, Any]:
    data = form.cleaned_data
    return {"decision": Decision(data["decision"]), "position": data["position"], "opinion": data["opinion"]}


@login_required
@once_per_key
@require_POST
def take_back(request: HttpRequest, pk: int) -> HttpResponse:
    """The requester withdraws an undecided case."""
    now, user = timezone.now(), user_of(request)
    case = find_case(user, pk, now=now)
    try:
        withdraw(case, kind_of(case), by=user, now=now)
    except NotAllowed as error:
        raise PermissionDenied(error.message) from error
    except NotNow as error:
        return _Page(request, user, now, "requested").show(case, error=error, status=error.status)
    messages.success(request, _("%(kind)s 已撤回") % {"kind": kind_of(case).label})
    return redirect("approval", pk=case.pk)


class _Page:
    """The list of one view and one case opened, from one template."""

    def __init__(self, request: HttpRequest, user: User, now: datetime, view: str) -> None:
        self.request, self.user, self.now, self.view = request, user, now, view
        self.authority = Authority(shanghai_day(now))
        self.waiting = waiting_for(user, now=now, authority=self.authority)
        self.rows = self.waiting if view == "waiting" else VIEWS[view][1](user, now=now)

    def show(
        self,
        case: Approval | None,
        *,
        form: DecisionForm | None = None,
        error: Refused | None = None,
        status: int = 200,
    ) -> HttpResponse:
        rest = [row_of(one) for one in self.rows if case is None or one.pk != case.pk]
        context = {
            "views": self._views(),
            "view": self.view,
            "rest": rest,
            "form": form or DecisionForm(),
            "refusal": error.message if error else "",
            **(self._sheet(case) if case else {}),
        }
        return render(self.request, "escalation/approvals.html", context, status=status)

    def _views(self) -> list[dict[str, Any]]:
        return [
            {
                "label": label,
                "url": f"?view={name}",
                "current": name == self.view,
                "count": len(self.waiting) if name == "waiting" else "",
            }
            for name, (label, _rows) in VIEWS.items()
        ]

    def _sheet(self, case: Approval) -> dict[str, Any]:
        kind, steps = kind_of(case), list(case.steps.all())
        mine = is_turn_of(self.user, case, self.authority)
        turn = open_step(steps) if mine else None
        seen = readable_files(case.order, by=self.user, now=self.now).values_list("pk", flat=True)
        return {
            "case": case,
            "kind": kind,
            "row": row_of(case),
            "chain": chain_of(case, kind, reader=self.user, authority=self.authority),
            "files": case.evidence.filter(pk__in=seen).order_by("pk"),
            "waited": _span(self.now - case.requested_at) if case.status == ApprovalStatus.PENDING else "",
            "mine": mine,
            "position": turn.position if turn else 0,
            "may_pass_up": turn is not None and _can_pass_up(steps, Rung(turn.rung)),
            "may_take_back": case.status == ApprovalStatus.PENDING and case.requested_by_id == self.user.pk,
            "grant_label": kind.grant_label(case),
            "detail_template": kind.detail_template,
            **kind.details(case, now=self.now),
        }


def _can_pass_up(steps: list[Any], rung: Rung) -> bool:
    return rung in ABOVE or len([step for step in steps if not step.decision]) > 1


def _span(waited: timedelta) -> str:
    """已等 1 小时 29 分, 已等 3 天: how long a case has been lying."""
    minutes = int(waited.total_seconds()) // 60
    if minutes < 60:
        return _("已等 %(m)d 分钟") % {"m": max(minutes, 0)}
    if minutes < 24 * 60:
        return _("已等 %(h)d 小时 %(m)d 分") % {"h": minutes // 60, "m": minutes % 60}
    return _("已等 %(d)d 天") % {"d": minutes // (24 * 60)}
