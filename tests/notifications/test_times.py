"""When people may be disturbed: quiet hours over midnight, working time with make-up days, the daily digest."""

from datetime import date, datetime, time

import pytest

from notifications.times import Wish, in_quiet, may_be_sent_at
from policy.workdays import Calendar, SpecialDay
from tests.factories import at

AUTUMN = Calendar(
    {
        date(2026, 9, 20): SpecialDay(True, "国庆"),
        **{date(2026, 9, n): SpecialDay(False, "中秋") for n in (25, 26, 27)},
    },
    known_years=[2026],
)
WORK = Wish(working_time_only=True)
DIGEST = Wish(daily_digest=True, digest_at=time(17, 0))
NONE = Wish(quiet_from=None, quiet_to=None)


@pytest.mark.parametrize(
    ("wish", "now", "then"),
    [
        (Wish(), "2026-09-07 09:30", "2026-09-07 09:30"),
        (Wish(), "2026-09-07 21:59", "2026-09-07 21:59"),
        (Wish(), "2026-09-07 22:00", "2026-09-08 07:00"),
        (Wish(), "2026-09-08 06:59", "2026-09-08 07:00"),
        (Wish(), "2026-09-08 07:00", "2026-09-08 07:00"),
        (NONE, "2026-09-07 03:00", "2026-09-07 03:00"),
        (Wish(quiet_from=time(12), quiet_to=time(14)), "2026-09-07 13:00", "2026-09-07 14:00"),
        (WORK, "2026-09-07 09:30", "2026-09-07 09:30"),
        (WORK, "2026-09-07 08:00", "2026-09-07 08:30"),
        (WORK, "2026-09-07 17:30", "2026-09-08 08:30"),
        (WORK, "2026-09-19 10:00", "2026-09-20 08:30"),  # Sunday, a make-up workday
        (WORK, "2026-09-24 18:00", "2026-09-28 08:30"),  # over the holiday
        (DIGEST, "2026-09-07 09:30", "2026-09-07 17:00"),
        (DIGEST, "2026-09-07 17:01", "2026-09-08 17:00"),
        (Wish(daily_digest=True, digest_at=time(23, 0)), "2026-09-07 09:30", "2026-09-08 07:00"),
        (Wish(working_time_only=True, quiet_from=time(0), quiet_to=time(10)), "2026-09-07 03:00", "2026-09-07 10:00"),
    ],
)
def test_the_first_moment_a_person_may_be_told(wish: Wish, now: str, then: str) -> None:
    assert may_be_sent_at(at(now), wish, AUTUMN, urgent=False) == at(then)
    assert may_be_sent_at(at(now), wish, AUTUMN, urgent=True) == at(now)


def test_never_before_now() -> None:
    moment = at("2026-09-07 23:59")
    for wish in (Wish(), WORK, DIGEST, NONE):
        assert may_be_sent_at(moment, wish, AUTUMN, urgent=False) >= moment


@pytest.mark.parametrize(("clock", "quiet"), [(21, False), (22, True), (0, True), (6, True), (7, False)])
def test_quiet_hours_go_over_midnight(clock: int, quiet: bool) -> None:
    moment = datetime(2026, 9, 7, clock, tzinfo=at("2026-09-07 00:00").tzinfo)
    assert in_quiet(moment, time(22), time(7)) is quiet
    assert in_quiet(moment, time(7), time(7)) is False
