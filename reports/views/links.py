"""The files a report's page offers."""

from django.urls import reverse

from reports.months import Month

KINDS = {
    "xlsx": ("Excel", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "pdf": ("PDF", "application/pdf"),
    "csv": ("CSV", "text/csv; charset=utf-8"),
}


def links_of(month: Month, *, live: bool) -> list[dict[str, str]]:
    """The files a page offers."""
    query = "?live=1" if live else ""
    return [
        {"label": label, "url": reverse("report_file", args=[month, kind]) + query}
        for kind, (label, _mime) in KINDS.items()
    ]
