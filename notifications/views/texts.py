"""Texts with live preview, variables checked at save, and versions: for the system administrator."""

from functools import partial
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from notifications import services
from notifications.forms import TextForm
from notifications.messages import ROWS, TABLE, Row
from notifications.models import TextVersion
from notifications.views.setup import REFUSED, frame
from notifications.vocabulary import Topic
from notifications.wording import allowed_in, check, newest_versions, sample, title_of, words_of
from people.guard import SignedIn, saved, signed_in
from people.idempotency import once_per_key

LONGEST = 1000
FIELDS = ("subject", "text", "short")


@signed_in
@require_GET
def texts(request: SignedIn) -> HttpResponseBase:
    context = frame(request, "message_texts")
    versions = newest_versions()
    context["groups"] = [
        (topic.label, [(row, words_of(row, versions)) for row in ROWS if row.topic == topic])
        for topic in Topic
        if any(row.topic == topic for row in ROWS)
    ]
    return render(request, "notifications/texts.html", context)


def _row_or_404(code: str) -> Row:
    if code not in TABLE:
        raise Http404
    return TABLE[code]


@signed_in
@require_http_methods(["GET", "POST"])
@once_per_key
def text(request: SignedIn, code: str) -> HttpResponse:
    context = frame(request, "message_texts")
    row = _row_or_404(code)
    words = words_of(row, newest_versions([row.code]))
    form = TextForm(
        request.POST if request.method == "POST" else None,
        initial={name: getattr(words, name) for name in (*FIELDS, "enabled")},
    )
    if request.method == "POST" and form.is_valid():
        write = partial(services.save_text, row, values=form.cleaned_data, by=request.user, now=timezone.now())
        if saved(form, write):
            messages.success(request, _("已保存为新版本，之后的消息用新文字"))
            return redirect("message_text", code=code)
    context |= {
        "form": form,
        "row": row,
        "title": title_of(code),
        "version": words.version,
        "variables": allowed_in(row),
        "versions": TextVersion.objects.filter(code=code).select_related("saved_by")[:20],
        "original": words_of(row, {}),
        **_preview(row, {name: str(form[name].value() or "") for name in FIELDS}),
    }
    status = REFUSED if form.is_bound and form.errors else 200
    return render(request, "notifications/text.html", context, status=status)


@signed_in
@require_POST
def text_preview(request: SignedIn, code: str) -> HttpResponse:
    """What is typed, filled with made-up values; nothing is saved."""
    frame(request, "message_texts")
    row = _row_or_404(code)
    typed = {name: request.POST.get(name, "")[:LONGEST] for name in FIELDS}
    return render(request, "notifications/_preview.html", _preview(row, typed))


def _preview(row: Row, typed: dict[str, str]) -> dict[str, Any]:
    shown = {name: sample(value, row) for name, value in typed.items()}
    problems = []
    for field, value in typed.items():
        try:
            check(value, row, field)
        except ValidationError as error:
            problems += error.messages
    return {
        "seen": shown | {"short": shown["short"] or f"{shown['subject']}。{shown['text']}"},
        "problems": problems,
        "row": row,
    }
