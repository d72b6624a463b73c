"""P7: adding N working days, against a bare prefix table (at most 3 times) and ``holidays`` (at least 40 times faster).

Run: ``python bench/p7_workdays.py [CASES] [ROUNDS]``. Ends with 1 if any day from 2004 to 2026 is wrong.
"""

import datetime as dt
import random
import sys
from pathlib import Path

import holidays

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.measure import ROUNDS, race, ratio, report, verdict
from policy.seed import known_days
from policy.workdays import Calendar, SpecialDay, add_workdays

FIRST, LAST = dt.date(2004, 1, 1), dt.date(2026, 12, 31)
EVERY_DAY = [FIRST + dt.timedelta(days=n) for n in range((LAST - FIRST).days + 1)]
LONGEST = 30
CASES = 4000
AT_MOST_BARE, AT_LEAST_LIBRARY = 3, 40
OURS, BARE, LIBRARY = "add_workdays", "bare prefix table", "holidays"


def bare_table(china: holidays.HolidayBase) -> tuple[list[dt.date], list[int]]:
    """A list of workdays and, for every day, the index of the last one up to it."""
    rank, seen = [], -1
    for day in EVERY_DAY:
        seen += china.is_working_day(day)
        rank.append(seen)
    return [day for day in EVERY_DAY if china.is_working_day(day)], rank


def main(cases: int, rounds: int) -> int:
    years = known_days()
    special = {day: SpecialDay(*what) for year in years.values() for day, what in year.items()}
    calendar = Calendar(special, known_years=years)
    china = holidays.country_holidays("CN", years=range(FIRST.year, LAST.year + 1))
    workdays, rank = bare_table(china)
    base = FIRST.toordinal()

    def look_up(start: dt.date, n: int) -> dt.date:
        return workdays[rank[start.toordinal() - base] + n]

    dice = random.Random(7)
    questions = [
        (EVERY_DAY[dice.randint(0, len(EVERY_DAY) - 3 * LONGEST)], dice.choice((3, 10, LONGEST))) for _ in range(cases)
    ]

    def ours() -> None:
        for start, n in questions:
            add_workdays(start, n, calendar)

    def bare() -> None:
        for start, n in questions:
            look_up(start, n)

    def library() -> None:
        for start, n in questions:
            china.get_nth_working_day(start, n)

    seconds = race({OURS: ours, BARE: bare, LIBRARY: library}, rounds=rounds)
    report(f"P7: {cases} deadlines of 3, 10 and 30 working days", seconds, per=cases)
    over, under = ratio(seconds, OURS, BARE), ratio(seconds, LIBRARY, OURS)
    verdict(f"{OURS} / {BARE}, at most {AT_MOST_BARE}", over, met=over.middle <= AT_MOST_BARE)
    verdict(f"{LIBRARY} / {OURS}, at least {AT_LEAST_LIBRARY}", under, met=under.middle >= AT_LEAST_LIBRARY)
    wrong = [day for day in EVERY_DAY if calendar.is_workday(day) != china.is_working_day(day)]
    wrong += [at for at, n in questions if add_workdays(at, n, calendar).date != china.get_nth_working_day(at, n)]
    print(f"  days and deadlines 2004–2026 that differ     {len(wrong)}")
    return 1 if wrong else 0


if __name__ == "__main__":
    given = [int(text) for text in sys.argv[1:3]]
    sys.exit(main(*(given + [CASES, ROUNDS][len(given) :])))
