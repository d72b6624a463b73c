"""The audit trail: everything for the auditor, account events for the administrator of accounts."""

from django.core.exceptions import BadRequest
from django.http import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from people import permissions
from people.forms.company import AuditFilterForm
from people.guard import SignedIn, held, only_parameters, signed_in
from people.queries import audit_rows, key_of, older_than

PER_PAGE = 50


@signed_in
@require_GET
def trail(request: SignedIn) -> HttpResponseBase:
    """Newest first, paged by key: page 1000 costs what page 1 does, and nothing is counted."""
    permissions.require(permissions.may_read_audit(held(request)))
    only_parameters(request, *AuditFilterForm.base_fields)
    form = AuditFilterForm(request.GET)
    if not form.is_valid():
        return render(request, "people/audit.html", {"form": form, "rows": []}, status=400)
    values = form.cleaned_data
    rows = audit_rows(held(request), values)
    if values["before"]:
        try:
            rows = older_than(rows, values["before"])
        except ValueError:
            raise BadRequest(_("before 不是本页给出的位置，请从第一页翻起")) from None
    found = list(rows[: PER_PAGE + 1])
    older = ""
    if len(found) > PER_PAGE:
        query = request.GET.copy()
        query["before"] = key_of(found[PER_PAGE - 1])
        older = "?" + query.urlencode()
    return render(request, "people/audit.html", {"form": form, "rows": found[:PER_PAGE], "older": older})
