"""Working days made visible: ticks, due lines and the row of dated cells (DESIGN principle 1).

One mark is one working day. Colour never speaks alone: the words always follow, and late marks are taller.
"""

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Protocol

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from people.templatetags.ui import WEEKDAYS, icon, short_day

register = template.Library()

MAX_MARKS = 30  # the longest limit drawn mark by mark; longer ones are drawn as full rows
MAX_LATE = 10
SATURDAY = 5


@dataclass(frozen=True)
class Pen:
    """Geometry of the marks for a length of row: distance and width in px."""

    up_to: int
    step: float
    width: float


PENS = (Pen(10, 7, 4), Pen(20, 5, 2.5), Pen(MAX_MARKS, 3.5, 1.5))


@register.simple_tag
def ticks(used: int, total: int, late: int = 0) -> SafeString:
    """A row of ``total`` marks, ``used`` of them filled, then ``late`` taller ones that stand apart."""
    total, late = max(0, min(total, MAX_MARKS)), max(0, min(late, MAX_LATE))
    pen = next(pen for pen in PENS if total <= pen.up_to)
    marks = [(0.5 + i * pen.step, pen.width, SafeString(' class="u"') if i < used else "") for i in range(total)]
    over = [(0.5 + (total + i) * pen.step + 1, pen.width) for i in range(late)]
    width = _number((total + late) * pen.step + (1 if late else 0))
    row = format_html_join(
        "", '<rect x="{}" y=".5" width="{}" height="9"{}/>', ((_number(x), _number(w), css) for x, w, css in marks)
    )
    tail = format_html_join(
        "", '<rect class="x" x="{}" y="-1.5" width="{}" height="13"/>', ((_number(x), _number(w)) for x, w in over)
    )
    return format_html(
        '<svg class="ticks" width="{}" height="10" viewBox="0 0 {} 10" aria-hidden="true">{}{}</svg>',
        width,
        width,
        row,
        tail,
    )


def _number(value: float) -> str:
    return f"{value:g}"


class Clock(Protocol):
    """What a due line shows. ``left`` counts working days after today up to the due day (0: due today, negative is
    not used: see ``late``); ``done_day`` is the ordinal of the working day on which the clock stopped."""

    total: int
    left: int
    late: int
    due_on: dt.date
    soon: bool
    past: bool
    done_day: int | None
    provisional: bool
    note: str


@register.simple_tag
def due(clock: Clock | None) -> SafeString:
    """Ticks and words for a list row or a head; nothing but a dash for an order without a limit."""
    if clock is None:
        return format_html('<span class="mute">{}</span>', _("无时限"))
    state = _state(clock)
    used = clock.done_day if clock.done_day is not None else clock.total - clock.left
    note = " ".join(part for part in (clock.note, _("暂定") if clock.provisional else "") if part)
    return format_html(
        '<span class="due{}">{}<span>{}{}</span></span>',
        f" due--{state}" if state else "",
        ticks(min(used, clock.total), clock.total, clock.late),
        _words(clock),
        format_html(' <span class="mute">{}</span>', note) if note else "",
    )


def _state(clock: Clock) -> str:
    if clock.done_day is not None:
        return "done"
    if clock.past:
        return "over"
    return "soon" if clock.soon else ""


def _words(clock: Clock) -> SafeString:
    day = short_day(clock.due_on)
    if clock.done_day is not None and clock.late:
        return format_html("<b>{}</b> · {}", _("逾期 %(n)d 天办结") % {"n": clock.late}, day)
    if clock.done_day is not None:
        return format_html("{} {}", icon("check", "sm"), _("第 %(n)d 天办结") % {"n": clock.done_day})
    if clock.late:
        return format_html("<b>{}</b> · {}", _("逾期 %(n)d 天") % {"n": clock.late}, day)
    if clock.past:
        return format_html("<b>{}</b> · {}", _("已逾期"), day)
    if clock.left == 0:
        return format_html("<b>{}</b> · {}", _("今天到期"), day)
    return format_html("<b>{}</b> · {}", _("剩 %(n)d 天") % {"n": clock.left}, day)


class DayMark(Protocol):
    """One day of ``policy.workdays.explain``; ``index`` is None for the start and for days off."""

    @property
    def date(self) -> dt.date: ...
    @property
    def index(self) -> int | None: ...
    @property
    def name(self) -> str: ...


# --- why a day counts -------------------------------------------------------------------------------------------------

ASSUMED = "assumed"  # value of policy.workdays.Mark, which this app may not import


@register.filter
def day_reason(mark: DayMark) -> str:
    """第 3 个工作日; 中秋，不计; 周末，不计; 第 8 个工作日，国庆调休上班; 推算 where the year is not published."""
    weekend = mark.date.weekday() >= SATURDAY
    if mark.index is None:
        return _("%(name)s，不计") % {"name": mark.name or (_("周末") if weekend else _("起算日"))}
    text = _("第 %(n)d 个工作日") % {"n": mark.index}
    if weekend:
        return _("%(text)s，%(name)s调休上班") % {"text": text, "name": mark.name}
    return _("%(text)s（推算，放假安排未公布）") % {"text": text} if str(getattr(mark, "mark", "")) == ASSUMED else text


# --- the same days as dated cells -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Cell:
    """``css`` is "", used, today, off or end; ``title`` says in full why the day counts or not."""

    day: str
    word: str
    css: str
    title: str


def _is_plain_weekend(mark: DayMark) -> bool:
    return mark.index is None and not mark.name and mark.date.weekday() >= SATURDAY


def _counted_cell(mark: DayMark, today: dt.date | None, last: dt.date) -> Cell:
    word = WEEKDAYS[mark.date.weekday()]
    if mark.date.weekday() >= SATURDAY:
        word = _("%(day)s·班") % {"day": word}
    css = "used" if today and mark.date < today else ""
    if mark.date == today:
        word, css = _("今天"), "today"
    if mark.date == last:
        word, css = (_("到期") if today else word), "end"
    return Cell(str(mark.date.day), word, css, day_reason(mark))


def _off_cell(days: list[DayMark]) -> Cell:
    first, last = days[0].date, days[-1].date
    name = next((mark.name for mark in days if mark.name), _("休"))
    span = f"{first.day}–{last.day}" if last > first else str(first.day)
    return Cell(span, name, "off", _("%(name)s，不计") % {"name": name})


def cells(marks: Iterable[DayMark], today: dt.date | None = None) -> Iterator[Cell]:
    """Cells of an explanation: plain weekends are left out, a holiday is one hatched cell, make-up days are named."""
    days = [mark for mark in list(marks)[1:] if not _is_plain_weekend(mark)]
    last = days[-1].date if days else None
    for is_off, group in groupby(days, key=lambda mark: mark.index is None):
        if is_off:
            yield _off_cell(list(group))
        elif last:
            yield from (_counted_cell(mark, today, last) for mark in group)


@register.inclusion_tag("components/weekline.html")
def weekline(marks: Iterable[DayMark], today: dt.date | None = None) -> dict[str, Any]:
    """``{% weekline marks today %}``: without ``today`` the days are a plan (intake), with it a progress (order)."""
    return {"cells": list(cells(marks, today))}
