"""``/orders/<number>/do/<step>/``: the form of one step, as a page and as a dialog's fragment."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from complaints.errors import NotAllowed, NotNow, Refused, Stale
from complaints.forms import FORMS, ActForm
from complaints.forms.acts import InvestigateForm
from complaints.models import Order
from complaints.services import attempt_for, perform
from complaints.services.door import changes_since
from complaints.services.undo import has_inverse
from complaints.step import Step
from complaints.steps import STEPS, is_open_in
from complaints.views.access import find_order, user_of
from complaints.views.drafts import draft_of, forget_draft
from people import audit
from people.idempotency import once_per_key
from policy.models import Policy


@login_required
@once_per_key
@require_http_methods(["GET", "HEAD", "POST"])
def act(request: HttpRequest, number: str, name: str) -> HttpResponse:
    """GET shows the form (with a kept draft), POST takes the step; refusals keep what was typed."""
    now = timezone.now()
    user = user_of(request)
    step = STEPS.get(name)
    if step is None:
        raise Http404(_("没有这个操作。"))
    rows = Order.objects.select_related("policy", "lead_department", "station", "subcategory")
    found = find_order(request, number, now=now, orders=rows)
    attempt = attempt_for(found, step, by=user, now=now)
    page = _Page(request, found, name, step, attempt.policy)
    if attempt.post is None:
        return page.overtaken()
    if request.method != "POST":
        kept, saved_at = draft_of(user, page.draft_name)
        form = FORMS[name](order=found, by=user, now=now, initial=_initial(kept))
        if form.shows_caller:
            audit.record(
                actor=user, action="order.reveal", subject=found, now=now, request=request, reason=str(step.label)
            )
        return page.show(form, refusal=_refusal(found, name, attempt), saved_at=saved_at)
    form = FORMS[name](request.POST, order=found, by=user, now=now)
    if not form.is_valid():
        return page.show(form, status=400)
    try:
        done = perform(found, name, by=user, now=now, version=form.cleaned_data.get("version"), **form.details())
    except Refused as error:
        return page.show(form, error=error, status=error.status)
    forget_draft(user, page.draft_name)
    text = _("%(number)s 已%(what)s") % {"number": done.number, "what": step.past}
    back = reverse("order_undo", args=[done.number, done.event_seq])
    messages.success(request, text, extra_tags=f"undo:{back}" if has_inverse(name) else "")
    seen = Order.objects.visible_to(user, now=now).filter(pk=done.pk).exists()
    return redirect(reverse("order", args=[done.number]) if seen else reverse("orders"))


def _initial(kept: Any) -> dict[str, Any]:
    """A draft fills the form without binding it: nobody has submitted anything yet."""
    if kept is None:
        return {}
    return {name: values if len(values) > 1 else values[0] for name, values in kept.lists() if values}


def _refusal(found: Order, name: str, attempt: Any) -> Refused | None:
    """Why the step would be refused as things stand; shown before anything is typed."""
    step: Step = STEPS[name]
    if not is_open_in(name, found.state):
        text = _("工单现为“%(state)s”，不能“%(step)s”。")
        return NotNow(text % {"state": found.get_state_display(), "step": step.label})
    reason = next(filter(None, (guard(attempt) for guard in step.guards)), None)
    return Refused(reason) if reason else None


VERSION_DIGITS = 9


class _Page:
    """One request's answer: the same template with whatever there is to say."""

    def __init__(self, request: HttpRequest, order: Order, name: str, step: Step, policy: Policy) -> None:
        self.request, self.order, self.name, self.step, self.policy = request, order, name, step, policy
        self.draft_name = f"{order.number}/{name}"

    def overtaken(self) -> HttpResponse:
        """Not this person's step (any more). Who had it when the form was opened keeps what was typed and reads what
        happened; everybody else is simply refused."""
        version = self.request.POST.get("version", "")
        changes = (
            changes_since(self.order, int(version)) if version.isdecimal() and len(version) < VERSION_DIGITS else []
        )
        if not changes:
            raise PermissionDenied(_("“%(step)s”不由您办理。") % {"step": self.step.label})
        form = FORMS[self.name](self.request.POST, order=self.order, by=user_of(self.request), now=timezone.now())
        form.is_valid()
        error = Stale(_("这一步现在不由您办理，您的内容没有提交，仍保留在下方。"), changes=changes)
        return self.show(form, error=error, status=error.status)

    def show(
        self,
        form: ActForm,
        *,
        refusal: Refused | None = None,
        error: Refused | None = None,
        saved_at: Any = None,
        status: int = 200,
    ) -> HttpResponse:
        found = error or refusal
        stale = isinstance(error, (Stale, NotNow))
        if isinstance(error, NotAllowed):
            raise PermissionDenied(error.message)
        context = {
            "order": self.order,
            "version": Order.objects.values_list("version", flat=True).get(pk=self.order.pk),
            "step": self.step,
            "step_name": self.name,
            "form": form,
            "groups": groups_of(form),
            "rules": _rules(self.name, self.policy),
            "refusal": found.message if found else "",
            "changes": found.changes if found else [],
            "conflict": stale,
            "back_url": reverse("order", args=[self.order.number]),
            "action_url": reverse("order_act", args=[self.order.number, self.name]),
            "draft_url": reverse("draft", args=[self.draft_name]) if _has_text(form) else "",
            "draft_saved": saved_at,
            "submit_label": self.step.label,
        }
        return render(self.request, "complaints/act.html", context, status=status)


def _has_text(form: ActForm) -> bool:
    """Only what took time to write is worth a draft."""
    return any(isinstance(field.widget, forms.Textarea) for field in form.fields.values())


def groups_of(form: ActForm) -> list[tuple[str, list[forms.BoundField], bool]] | None:
    """The investigation's sections under their own headings, folded while nothing stands in them; other forms are
    one group."""
    if not isinstance(form, InvestigateForm):
        return None
    special = form.section_groups()
    inside = {field.name for _section, fields in special for field in fields}
    plain = [field for field in form.visible_fields() if field.name not in inside]
    return [("", plain, True), *((str(section.title), fields, _is_begun(fields)) for section, fields in special)]


def _is_begun(fields: list[forms.BoundField]) -> bool:
    return any(field.errors or field.value() for field in fields)


def _rules(name: str, policy: Policy) -> list[str]:
    """The rule where it bites (DESIGN principle 7)."""
    words = {
        "reject_dispatch": _(
            "派单后 %(reject_days)d 个工作日内可退单，须写明依据；第 %(refusals)d 次退单起由裁定人决定。"
        ),
        "transfer": _("转派不重新起算时限，客户的到期日不变。"),
        "classify": _("派单后到期日按首次登记时间计算，不因改类、改派而顺延。"),
        "resolve": _("提交即为部门反馈；热线审核通过的，部门时限止于本次提交；退回的，时限继续计算。"),
        "investigate": _("属实、不属实和责任方必填；责任方决定后续措施。"),
        "attempt_callback": _("联系不上的，须 %(attempts)d 次且分布在 %(days)d 天以上才可归档。"),
        "reopen": _("退回重办 %(limit)d 次为限，内部期限 %(reopen)d 个工作日，不另计逐日扣罚。"),
        "archive": _("归档后只能补充事实，不能修改。"),
        "withdraw": _("撤销不能恢复，原因将保留在记录中。"),
        "merge": _("并入后本单结束，后续在主单办理和答复。"),
    }
    if name not in words:
        return []
    return [
        words[name]
        % {
            "reject_days": policy.reject_days,
            "refusals": policy.refusals_before_referee,
            "attempts": policy.callback_attempts,
            "days": policy.callback_attempt_days,
            "limit": policy.reopen_limit,
            "reopen": policy.reopen_days,
        }
    ]
