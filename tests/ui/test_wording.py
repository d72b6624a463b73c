"""What pages say about days, moments and working days (DESIGN: wording, ticks, weekline)."""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django import forms
from django.template import Context, Template

from people.templatetags import due as due_tags
from people.templatetags import ui
from policy.workdays import Calendar, SpecialDay, explain

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 9, 22, 10, 24, tzinfo=SHANGHAI)
TODAY = NOW.date()


@dataclass(frozen=True)
class FakeClock:
    total: int = 10
    left: int = 7
    late: int = 0
    due_on: date = date(2026, 10, 9)
    soon: bool = False
    past: bool = False
    done_day: int | None = None
    provisional: bool = False
    note: str = ""


def autumn() -> Calendar:
    """Mid-autumn and National Day of 2026 with the two make-up workdays."""
    days = {date(2026, 9, n): SpecialDay(False, "中秋") for n in (25, 26, 27)}
    days |= {date(2026, 10, n): SpecialDay(False, "国庆") for n in range(1, 8)}
    days |= {date(2026, 9, 20): SpecialDay(True, "国庆"), date(2026, 10, 10): SpecialDay(True, "国庆")}
    return Calendar(days, known_years=[2026])


def marks_in(svg: str, css: str) -> int:
    return len(re.findall(rf'class="{css}"', svg))


@pytest.mark.parametrize(("used", "total", "late"), [(0, 3, 0), (9, 10, 0), (10, 10, 2), (18, 30, 0), (3, 3, 1)])
def test_one_mark_is_one_working_day(used: int, total: int, late: int) -> None:
    svg = due_tags.ticks(used, total, late)
    assert svg.count("<rect") == total + late
    assert (marks_in(svg, "u"), marks_in(svg, "x")) == (used, late)
    assert 'aria-hidden="true"' in svg


def test_late_marks_are_taller_and_stand_outside_the_row() -> None:
    svg = due_tags.ticks(10, 10, 2)
    assert svg.count('height="13"') == 2
    assert 'x="71.5"' in svg, "one pixel off the row, as drawn in the design"


def test_a_very_late_order_does_not_draw_hundreds_of_marks() -> None:
    assert due_tags.ticks(10, 10, 188).count("<rect") == 10 + due_tags.MAX_LATE


@pytest.mark.parametrize(
    ("clock", "css", "words"),
    [
        (FakeClock(), 'class="due"', "剩 7 天"),
        (FakeClock(left=1, soon=True), "due--soon", "剩 1 天"),
        (FakeClock(left=0, soon=True), "due--soon", "今天到期"),
        (FakeClock(left=0, late=2, past=True), "due--over", "逾期 2 天"),
        (FakeClock(left=0, past=True), "due--over", "已逾期"),
        (FakeClock(left=4, done_day=6), "due--done", "第 6 天办结"),
        (FakeClock(left=0, late=3, past=True, done_day=13), "due--done", "逾期 3 天办结"),
        (FakeClock(provisional=True), 'class="due"', "暂定"),
    ],
)
def test_a_due_line_says_in_words_what_its_colour_says(clock: FakeClock, css: str, words: str) -> None:
    line = due_tags.due(clock)  # type: ignore[arg-type]
    assert css in line
    assert words in line


def test_an_order_without_limit_shows_no_ticks() -> None:
    assert "无时限" in due_tags.due(None)
    assert "svg" not in due_tags.due(None)


def test_the_week_line_leaves_out_weekends_and_gathers_a_holiday_into_one_cell() -> None:
    """The plan of the intake page: a complaint of 22 September 2026, ten working days (A2)."""
    cells = list(due_tags.cells(explain(TODAY, 10, autumn())))
    assert [(c.day, c.word, c.css) for c in cells] == [
        ("23", "三", ""),
        ("24", "四", ""),
        ("25–27", "中秋", "off"),
        ("28", "一", ""),
        ("29", "二", ""),
        ("30", "三", ""),
        ("1–7", "国庆", "off"),
        ("8", "四", ""),
        ("9", "五", ""),
        ("10", "六·班", ""),
        ("12", "一", ""),
        ("13", "二", "end"),
    ]


def test_the_week_line_of_a_running_order_shows_used_days_today_and_the_due_day() -> None:
    cells = list(due_tags.cells(explain(date(2026, 9, 17), 4, autumn()), TODAY))
    assert [(c.day, c.css) for c in cells] == [("18", "used"), ("20", "used"), ("21", "used"), ("22", "end")]
    assert cells[1].word == "日·班"
    before = list(due_tags.cells(explain(date(2026, 9, 17), 5, autumn()), TODAY))
    assert [(c.word, c.css) for c in before[-2:]] == [("今天", "today"), ("到期", "end")]


def test_every_day_of_an_explanation_says_why_it_counts_or_not() -> None:
    said = {mark.date: due_tags.day_reason(mark) for mark in explain(date(2026, 9, 18), 12, autumn())}
    assert said[date(2026, 9, 18)] == "起算日，不计"
    assert said[date(2026, 9, 19)] == "周末，不计"
    assert said[date(2026, 9, 20)] == "第 1 个工作日，国庆调休上班"
    assert said[date(2026, 9, 26)] == "中秋，不计"
    assert "推算" in due_tags.day_reason(explain(date(2027, 3, 1), 1, autumn())[-1]), "2027 is not published (A31)"


@pytest.mark.parametrize(
    ("past", "words"),
    [
        (timedelta(seconds=20), "刚刚"),
        (timedelta(minutes=43), "43 分钟前"),
        (timedelta(hours=2), "2 小时前"),
        (timedelta(hours=9), "01:24"),
        (timedelta(hours=11), "昨天"),
        (timedelta(days=4), "9/18"),
        (timedelta(days=300), "2025/11/26"),
    ],
)
def test_how_long_ago_is_said_in_the_coarsest_words_that_help(past: timedelta, words: str) -> None:
    assert ui.since(NOW - past, NOW) == words


def test_ago_gives_the_exact_moment_on_hover_and_uses_the_clock_of_the_page() -> None:
    template = Template("{% load ui %}{% ago moment %}")
    html = template.render(Context({"moment": NOW - timedelta(hours=2), "now": NOW}))
    assert 'title="2026-09-22 08:24"' in html
    assert ">2 小时前<" in html


def test_dates_are_written_as_the_design_writes_them() -> None:
    day = date(2026, 9, 23)
    assert ui.day_week(day) == "9 月 23 日 周三"
    assert ui.day_text(day, date(2027, 1, 2)) == "2026 年 9 月 23 日"
    assert ui.short_day(day) == "9/23"
    assert ui.stamp(NOW) == "9/22 10:24"
    assert ui.moment_text(NOW - timedelta(days=1), NOW) == "昨天 10:24"
    assert ui.day_text(None) == ui.stamp(None) == ui.short_day(None) == ""


class RowForm(forms.Form):
    phone = forms.CharField(label="来电号码", help_text="手机或座机")
    kind = forms.ChoiceField(label="类型", choices=[("a", "咨询"), ("b", "投诉")], widget=forms.RadioSelect)
    proof = forms.MultipleChoiceField(
        label="证据", choices=[("x", "照片")], widget=forms.CheckboxSelectMultiple, required=False
    )
    hide = forms.BooleanField(label="隐去来电人", required=False)
    key = forms.CharField(widget=forms.HiddenInput, required=False)


def row(form: forms.Form, name: str, arguments: str = "") -> str:
    template = Template("{% load ui %}{% field form." + name + " " + arguments + " %}")
    return template.render(Context({"form": form}))


def test_a_form_row_ties_label_hint_and_error_to_its_control() -> None:
    form = RowForm({"phone": ""})
    html = row(form, "phone", 'key="F2" inputmode="tel" data_key="F2"')
    assert '<label for="id_phone">' in html
    assert "<kbd>F2</kbd>" in html
    assert 'class="input input--error"' in html
    assert 'aria-describedby="id_phone_helptext id_phone_error"' in html
    assert 'aria-invalid="true"' in html
    assert 'inputmode="tel"' in html
    assert 'data-key="F2"' in html
    assert 'id="id_phone_error"' in html


def test_groups_of_choices_are_fieldsets_and_single_checks_carry_their_label() -> None:
    form = RowForm()
    assert 'class="seg"' in row(form, "kind")
    assert "<legend" in row(form, "kind")
    assert 'class="checks"' in row(form, "proof"), "several may be chosen: a list, not a switch"
    assert "选填" in row(form, "proof")
    assert re.search(r'<label class="check">\s*<input type="checkbox"[^>]*>\s*<span>隐去来电人', row(form, "hide"))
    assert row(form, "key").strip() == '<input type="hidden" name="key" id="id_key">'


def test_a_field_of_lines_shows_a_list_and_a_text_alike() -> None:
    assert ui.as_lines(["甲", "乙"]) == ui.as_lines("甲\n乙") == "甲\n乙"
    assert ui.as_lines(None) == ""


def test_each_request_key_is_a_new_one() -> None:
    keys = {ui.request_key() for _ in range(50)}
    assert len(keys) == 50
    assert all('name="request_key"' in key for key in keys)


def test_an_undo_address_is_read_from_the_tags_of_a_message() -> None:
    assert ui.undo_url("undo:/orders/1/do/x/ success") == "/orders/1/do/x/"
    assert ui.undo_url("success") == ui.undo_url("") == ""
