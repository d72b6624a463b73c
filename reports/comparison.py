"""Other months to compare with: what was published, else what was rolled up, else counted live."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from policy.rulebook import Rulebook
from reports.live import oldest_day, span_of
from reports.models import Release
from reports.months import Month
from reports.rollup import rolled
from reports.sheet import PUBLISHED_KINDS, Sheet, live_sheet, names_of_departments, sheet_of, thaw
from reports.workflow import Stage


def sheets_of(
    months: Iterable[Month],
    *,
    now: datetime,
    kinds: Iterable[str] = PUBLISHED_KINDS,
    names: Mapping[int, tuple[str, str]] | None = None,
    book: Rulebook | None = None,
) -> dict[Month, Sheet]:
    """A sheet for each month that has begun; months before the first order have none."""
    named = names_of_departments() if names is None else names
    oldest = oldest_day()
    wanted = [month for month in months if month.start <= now and oldest and oldest <= month.last]
    found = _published(wanted, kinds)
    rest = [month for month in wanted if month not in found]
    for month, cells in rolled(rest).items():
        if month.end <= now:
            found[month] = sheet_of(cells, month, as_of=now, kinds=kinds, names=named)
    for month in rest:
        if month not in found:
            span = span_of(month, now=now, book=book, oldest=oldest)
            found[month] = live_sheet(span, kinds=kinds, names=named)
    return found


def _published(months: list[Month], kinds: Iterable[str]) -> dict[Month, Sheet]:
    rows = Release.objects.filter(
        publication__month__in=[month.first for month in months], publication__stage=Stage.PUBLISHED
    ).order_by("number")
    return {Month.read(row.frozen["month"]) or months[0]: thaw(row.frozen, kinds=kinds) for row in rows}
