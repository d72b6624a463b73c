"""``/orders/export/``: the list as it is filtered, asked for as a file (B19)."""

from django.contrib.auth.decorators import login_required
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from complaints import filters
from complaints.exporting import ORDERS
from complaints.forms.fields import tidy
from complaints.lists import BadKey, queues_for, reader_of
from complaints.views.access import user_of
from exports.errors import ExportRefused
from exports.services import request_export
from people.idempotency import once_per_key
from people.masking import mask_text
from people.refusals import refuse

PAGES = ("after", "before")


@login_required
@require_POST
@once_per_key
def export_list(request: HttpRequest) -> HttpResponse:
    """Queues the file and shows its progress; the page of a list is not part of what is asked for."""
    now = timezone.now()
    user = user_of(request)
    given = QueryDict(request.POST.get("query", "")[:2000], mutable=True)
    for name in PAGES:
        given.pop(name, None)
    reader = reader_of(user, now=now)
    if not queues_for(reader.who):
        raise PermissionDenied(_("您的岗位不查看工单。"))
    try:
        asked = filters.read(given, reader.who)
    except BadKey as error:
        raise BadRequest(_("列表的条件有误：%(what)s。请从列表重新导出。") % {"what": str(error)[:40]}) from error
    title = _("工单-搜索结果") if asked.q else _("工单-%(queue)s") % {"queue": asked.queue.label}
    try:
        found = request_export(
            ORDERS.name,
            params={"query": asked.query()},
            title=title,
            told=mask_text(asked.told()),
            reason=tidy(request.POST.get("reason", "")),
            by=user,
            now=now,
            request=request,
        )
    except ExportRefused as error:
        return refuse(request, status=error.status, field=error.field, text=error.message)
    return redirect("export", uid=found.uid)
