"""The versioned calendar: seed, import of a notice, differences, warnings, and old versions that stay."""

import datetime as dt
import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import IntegrityError, InternalError, transaction
from django.db.utils import DatabaseError

from people.models import AuditEntry, User
from policy import notices, rulebook
from policy.calendars import current_calendar, import_year, preview, provisional_warning
from policy.models import CalendarDay, CalendarVersion
from policy.vocabulary import CalendarStatus
from policy.workdays import add_workdays
from tests.policy.conftest import NOW
from tests.policy.test_workdays import CALENDAR, FIRST, LAST, ONE_DAY, day

pytestmark = pytest.mark.django_db

NOTICE_2027: dict[str, Any] = {
    "year": 2027,
    "papers": ["https://www.gov.cn/example.htm"],
    "days": [
        {"name": "元旦", "date": "2026-12-27", "isOffDay": False},
        {"name": "元旦", "date": "2027-01-01", "isOffDay": True},
        {"name": "元旦", "date": "2027-01-02", "isOffDay": True},
        {"name": "元旦", "date": "2027-01-03", "isOffDay": True},
        {"name": "春节", "date": "2027-02-05", "isOffDay": True},
        {"name": "春节", "date": "2027-02-14", "isOffDay": False},
    ],
}
CSV_2027 = "日期,名称,放假\n2027-01-01,元旦,休\n2027/02/14,春节,班\n"


def test_the_seed_is_the_published_calendar_of_every_year_from_2004() -> None:
    seeded = current_calendar()
    days = [FIRST + n * ONE_DAY for n in range((LAST - FIRST).days + 1)]
    assert [one for one in days if seeded.is_workday(one) != CALENDAR.is_workday(one)] == []
    assert seeded.known_years == set(range(2004, 2027))
    assert seeded.day_name(day("2026-10-01")) == "国庆节"


def test_an_official_notice_is_a_new_version_and_changes_the_calendar_at_once(manager: User) -> None:
    before = current_calendar()
    version = import_year(NOTICE_2027, by=manager, now=NOW, official=True)
    after = current_calendar()
    assert (version.year, version.number, version.status) == (2027, 1, CalendarStatus.OFFICIAL)
    assert after.version == version.pk > before.version
    assert add_workdays(day("2026-12-29"), 3, before) == (day("2027-01-01"), True)
    assert add_workdays(day("2026-12-29"), 3, after) == (day("2027-01-04"), False)
    assert after.is_workday(day("2027-02-14"))
    entry = AuditEntry.objects.get(action="calendar.import")
    assert (entry.actor, entry.detail["year"]) == (manager, 2027)


def test_a_notice_may_make_a_december_sunday_of_the_year_before_a_workday(manager: User) -> None:
    """F22: a make-up day can make the true due date earlier."""
    assert add_workdays(day("2026-12-25"), 1, current_calendar()).date == day("2026-12-28")
    import_year(NOTICE_2027, by=manager, now=NOW, official=True)
    assert add_workdays(day("2026-12-25"), 1, current_calendar()).date == day("2026-12-27")


def test_a_provisional_import_is_counted_with_but_warned_about(manager: User) -> None:
    import_year(NOTICE_2027, by=manager, now=NOW)
    assert add_workdays(day("2026-12-29"), 3, current_calendar()) == (day("2027-01-04"), True)
    assert provisional_warning(day("2026-12-01"))


def test_a_later_version_leaves_the_earlier_one_as_it_was(manager: User) -> None:
    """F21; the holiday of January 2020 was changed while it ran."""
    first = import_year(NOTICE_2027, by=manager, now=NOW, official=True)
    days = list(first.days.values_list("date", "is_workday", "name"))
    changed = {**NOTICE_2027, "days": [*NOTICE_2027["days"], {"name": "春节", "date": "2027-02-15", "isOffDay": True}]}
    second = import_year(changed, by=manager, now=NOW, official=True)
    assert (second.number, second.pk > first.pk) == (2, True)
    assert list(first.days.values_list("date", "is_workday", "name")) == days
    assert not current_calendar().is_workday(day("2027-02-15"))


def test_the_same_notice_twice_and_a_guess_after_the_notice_are_refused(manager: User) -> None:
    import_year(NOTICE_2027, by=manager, now=NOW, official=True)
    with pytest.raises(ValidationError, match="完全相同"):
        import_year(NOTICE_2027, by=manager, now=NOW, official=True)
    with pytest.raises(ValidationError, match="已有正式日历"):
        import_year(CSV_2027, by=manager, now=NOW)
    assert CalendarVersion.objects.filter(year=2027).count() == 1


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_csv_is_read_in_utf_8_and_gb18030(encoding: str) -> None:
    notice = notices.read(CSV_2027.encode(encoding))
    assert notice.year == 2027
    assert notice.days[day("2027-01-01")] == (False, "元旦")
    assert notice.days[day("2027-02-14")] == (True, "春节")
    assert notices.read(notice.as_json()) == notice


BAD_FILES = [
    (b"", "空的"),
    (b"\xff\xfe\x00\x80\xff", "编码"),
    (b"{", "JSON"),
    (b"[" * 100_000, "JSON"),
    (b"[1]", "最外层"),
    (b'{"year": "2027", "days": []}', "year"),
    (b'{"year": true, "days": []}', "year"),
    (b'{"year": 99999, "days": [{}]}', "年份"),
    (b'{"year": 2027, "days": []}', "0 天"),
    (b'{"year": 2027, "days": {}}', "days"),
    (b'{"year": 2027, "papers": [1], "days": []}', "papers"),
    (b'{"year": 2027, "days": [1]}', "days"),
    (b'{"year": 2027, "days": [{"name": "x", "date": 5, "isOffDay": true}]}', "第 1 条"),
    (b'{"year": 2027, "days": [{"name": "x", "date": "2027-02-30", "isOffDay": true}]}', "第 1 条"),
    (b'{"year": 2027, "days": [{"name": "x", "date": "2026-11-30", "isOffDay": true}]}', "不在"),
    (b'{"year": 2027, "days": [{"name": "x", "date": "2027-01-01", "isOffDay": 1}]}', "true"),
    (b'{"year": 2027, "days": [{"name": "\\u0000", "date": "2027-01-01", "isOffDay": true}]}', "名称"),
    (b'{"year": 2027, "days": [{"name": "\\ud800", "date": "2027-01-01", "isOffDay": true}]}', "名称"),
    ("日期,名称\n2027-01-01,元旦".encode(), "放假"),
    ("日期,名称,放假\n2027-01-01,元旦,可能".encode(), "第 2 条"),
    ("日期,名称,放假\n2027-01-01,元旦,休\n2027-01-01,元旦,休".encode(), "重复"),
    ("日期,名称,放假\n\n,,\n".encode(), "0"),
    (b"x" * 600_000, "512"),
]


@pytest.mark.parametrize(("content", "word"), BAD_FILES, ids=range(len(BAD_FILES)))
def test_a_file_that_is_no_notice_is_refused_in_words_and_writes_nothing(content: bytes, word: str) -> None:
    with pytest.raises(ValidationError) as refused:
        import_year(content, by=None, now=NOW, official=True)
    assert word in " ".join(refused.value.messages)
    assert CalendarVersion.objects.filter(year__gt=2026).count() == 0


def test_the_preview_names_every_changed_day_and_writes_nothing() -> None:
    difference = preview(notices.read(NOTICE_2027), official=True)
    by_day = {change.date: change for change in difference.changes}
    assert (by_day[day("2027-01-01")].before, by_day[day("2027-01-01")].after) == ("工作日", "放假（元旦）")
    assert by_day[day("2027-01-01")].counts
    assert not by_day[day("2027-01-02")].counts  # a Saturday gets its name only
    assert by_day[day("2026-12-27")].after == "调休上班（元旦）"
    assert len(by_day) == 6
    assert difference.workdays_after == difference.workdays_before - 1
    assert CalendarVersion.objects.filter(year=2027).count() == 0


@pytest.mark.parametrize(
    ("today", "warned"),
    [("2026-11-30", False), ("2026-12-01", True), ("2026-12-31", True), ("2027-01-01", True), ("2026-06-01", False)],
)
def test_the_warning_shows_daily_from_the_first_of_december(today: str, warned: bool) -> None:
    """F22."""
    assert (provisional_warning(day(today)) is not None) == warned


def test_the_warning_ends_with_the_official_notice(manager: User) -> None:
    import_year(NOTICE_2027, by=manager, now=NOW, official=True)
    assert provisional_warning(day("2026-12-15")) is None


def test_versions_and_their_days_cannot_be_changed_in_the_database() -> None:
    attempts = (
        lambda: CalendarDay.objects.filter(date="2026-10-01").delete(),
        lambda: CalendarDay.objects.filter(date="2026-10-01").update(is_workday=True),
        lambda: CalendarVersion.objects.filter(year=2026).update(status=CalendarStatus.PROVISIONAL),
    )
    for attempt in attempts:
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            attempt()


def test_a_failed_import_leaves_nothing_half_written(monkeypatch: pytest.MonkeyPatch, manager: User) -> None:
    def fail(*args: Any, **kwargs: Any) -> None:
        raise InternalError

    monkeypatch.setattr(CalendarDay.objects, "bulk_create", fail)
    stamp = rulebook.current().stamp
    with pytest.raises(InternalError):
        import_year(NOTICE_2027, by=manager, now=NOW, official=True)
    assert CalendarVersion.objects.filter(year=2027).count() == 0
    assert rulebook.current().stamp == stamp


def test_the_command_previews_and_imports(tmp_path: Path) -> None:
    file = tmp_path / "2027.json"
    file.write_text(json.dumps(NOTICE_2027))
    shown = StringIO()
    call_command("import_calendar", str(file), "--dry-run", stdout=shown)
    assert "2027-01-01  工作日 → 放假（元旦）" in shown.getvalue()
    assert CalendarVersion.objects.filter(year=2027).count() == 0
    call_command("import_calendar", str(file), "--official", stdout=shown)
    assert CalendarVersion.objects.get(year=2027).status == CalendarStatus.OFFICIAL
    with pytest.raises(CommandError, match="完全相同"):
        call_command("import_calendar", str(file), "--official", stdout=shown)
    with pytest.raises(CommandError, match="无法读取"):
        call_command("import_calendar", str(tmp_path / "none.json"), stdout=shown)


def test_a_year_has_each_version_number_once() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        CalendarVersion.objects.create(
            year=2026, number=1, status=CalendarStatus.OFFICIAL, imported_at=dt.datetime.now(dt.UTC)
        )
