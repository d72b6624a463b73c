"""HTML to PDF by WeasyPrint, which needs Pango of the system: OSError where it is not there. Nothing is fetched."""

from pathlib import Path
from typing import Any

from django.conf import settings

STYLE = Path(settings.BASE_DIR) / "static" / "css" / "paper.css"


def pdf_of(html: str) -> bytes:
    """A4 landscape as ``static/css/paper.css`` says."""
    from weasyprint import CSS, HTML  # noqa: PLC0415 - heavy, and loads system libraries that may be missing

    document: Any = HTML(string=html, url_fetcher=_nothing)
    found: bytes = document.write_pdf(stylesheets=[CSS(string=STYLE.read_text())])
    return found


def _nothing(url: str, *args: Any, **kwargs: Any) -> Any:
    raise ValueError(f"a report fetches nothing, not even {url[:60]}")
