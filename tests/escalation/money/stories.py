"""Short lives of the ledger, each ending in what must be true: every invariant, and the lines worked out by hand.

``test_teeth.py`` lives each of them twice: as the product is, and with a bug planted in it.
"""

from collections.abc import Callable
from contextlib import suppress
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from django.db import transaction

from complaints.errors import Blocked, Invalid, NotAllowed, NotNow
from complaints.invariants import INVARIANTS as OF_ORDERS
from complaints.models import Order
from complaints.services import perform, reschedule
from escalation.approvals import KINDS
from escalation.invariants import INVARIANTS as OF_MONEY
from escalation.models import MoneyHold, Ruling
from escalation.services import appeals, ledger, rulings
from escalation.services.cases import decide as decide_case
from escalation.services.charges import name_person, reattribute
from escalation.services.extensions import request_extension
from escalation.services.money import settle
from escalation.services.months import confirm_month
from escalation.vocabulary import Decision
from people.roles import Role
from policy.calendars import import_year
from policy.services import add_policy
from policy.vocabulary import Kind
from tests.escalation.money.lived import DUE_20_SEPTEMBER, hand_in, heads, lines, nightly, sweep
from tests.escalation.money.test_rulings import House
from tests.factories import at, dept, person

SEPTEMBER = date(2026, 9, 1)


class Broken(AssertionError):
    """``by`` names what found it: numbers of invariants, "lines", or the rule that was not refused."""

    def __init__(self, by: set[str], detail: object) -> None:
        super().__init__(f"{sorted(by)}: {detail}")
        self.by = by


def sound(expected: str | None = None, order: Order | None = None) -> None:
    """Every invariant holds; ``expected`` are the live lines as ``day[:payer] amount`` by day, in short."""
    found = {f"{one.number} {one.title}": rows for one in (*OF_ORDERS, *OF_MONEY) if (rows := one.find())}
    by = {name.split()[0] for name in found}
    told = " ".join(f"{day[5:]}{SHORT.get(code, '')}={amount:.2f}" for day, _kind, code, _n, amount in lines(order))
    if expected is not None and told != expected:
        by.add("lines")
    if by:
        raise Broken(by, found or told)


SHORT = {"safety_section": "s"}


def refused(rule: str, error: type[Exception], act: Callable[[], Any]) -> None:
    """The product says no, as the rule wants."""
    with suppress(error), transaction.atomic():
        act()
        raise Broken({rule}, "not refused")


def each(days: str, amount: str = "600.00") -> str:
    return " ".join(f"{day}={amount}" for day in days.split())


# --- overdue days ---------------------------------------------------------------------------------------------------


def late() -> None:
    """Due on Sunday the 20th; a rate from the 23rd, heads from 9 October; holidays in between; swept every night."""
    house = House()
    heads("production_tech_dept", 13, date(2026, 10, 9))
    house.order(DUE_20_SEPTEMBER)
    by = person(Role.MANAGER, "company")
    add_policy({"overdue_rate_yuan": Decimal("50.35")}, effective_from=date(2026, 9, 23), by=by, now=DUE_20_SEPTEMBER)
    nightly(date(2026, 9, 20), date(2026, 10, 13))
    days = each("09-23 09-24 09-28 09-29 09-30 10-08", "604.20") + " " + each("10-09 10-10 10-12", "654.55")
    sound(each("09-21 09-22") + " " + days)


def reviewed() -> None:
    """Handed in before seven in the morning of the 22nd (the 21st in Greenwich), accepted on the 25th."""
    house = House()
    order = house.order(DUE_20_SEPTEMBER)
    perform(order, "accept", by=house.contact, now=DUE_20_SEPTEMBER, handler=house.handler)
    order = hand_in(house, order, "2026-09-22 06:30")
    sweep("2026-09-25 00:05")
    perform(order, "accept_feedback", by=house.director, now=at("2026-09-25 09:00"))
    sweep("2026-09-26 00:05")
    sound(each("09-21 09-22"))


def ended() -> None:
    """Withdrawn on the 22nd, while no sweep ran: the 21st and 22nd are owed."""
    house = House()
    order = house.order(DUE_20_SEPTEMBER)
    sweep("2026-09-21 00:05")
    perform(order, "withdraw", by=house.agent, now=at("2026-09-22 10:00"), reason="客户撤回")
    sweep("2026-09-24 00:05")
    sound(each("09-21 09-22"))


def handed_over() -> None:
    """The 21st is the first department's, handed over at midnight of the 22nd, and back on the 24th at noon."""
    house = House()
    heads("safety_section", 7)
    order = house.order(DUE_20_SEPTEMBER)
    give: dict[str, Any] = {"by": house.director, "reason": "改派"}
    perform(order, "accept", by=house.contact, now=DUE_20_SEPTEMBER)
    sweep("2026-09-21 23:55")
    perform(order, "transfer", now=at("2026-09-22 00:00"), lead_department=dept("safety_section"), **give)
    perform(order, "transfer", now=at("2026-09-24 12:00"), lead_department=dept(house.lead), **give)
    sweep("2026-09-26 00:05")
    sound("09-21=600.00 09-22s=350.00 09-23s=350.00 09-24=600.00")


def nobodys() -> None:
    """Sent back before it was due: nobody leads, nobody pays."""
    house = House()
    order = house.order(DUE_20_SEPTEMBER, kind=Kind.CONSULTATION)
    perform(order, "reject_dispatch", by=house.contact, now=at("2026-09-08 10:00"), reason="不属本部门")
    sweep("2026-09-15 00:05")
    sound("")


def given_to_a_part() -> None:
    """Both days to the section whose part was late, then the second back (A12)."""
    house = House()
    heads("safety_section", 7)
    order, section = house.order(DUE_20_SEPTEMBER), dept("safety_section")
    perform(order, "accept", by=house.contact, now=DUE_20_SEPTEMBER)
    share: dict[str, Any] = {"department": section, "task": "检查", "due_on": date(2026, 9, 18)}
    perform(order, "sub_assign", by=house.contact, now=DUE_20_SEPTEMBER, **share)
    sweep("2026-09-23 00:05")
    give: dict[str, Any] = {"by": house.director, "reason": "子任务迟交"}
    refused(
        "A12", Invalid, lambda: reattribute(order, [date(2026, 9, 21)], to=dept("marketing_dept"), now=NINE, **give)
    )
    reattribute(order, [date(2026, 9, 21), date(2026, 9, 22)], to=section, now=NINE, **give)
    reattribute(order, [date(2026, 9, 22)], to=dept(house.lead), now=NINE + timedelta(hours=1), **give)
    sound("09-21s=350.00 09-22=600.00")


NINE = at("2026-09-23 09:00")


def moved_twice() -> None:
    """The due date covers two days, then does not: charged, taken back, charged again (A4, B3); once by a clock that
    went back into the 21st (F12)."""
    house = House()
    order = house.order(DUE_20_SEPTEMBER)
    sweep("2026-09-23 00:05")
    back = at("2026-09-21 23:30")
    for day, limit, now in ((22, 12, NINE), (20, 10, back)):
        move: dict[str, Any] = {"due_on": date(2026, 9, day), "limit_days": limit, "provisional": False}
        reschedule(order, cause="测试", by=None, now=now, **move)
    sound(each("09-21 09-22"))


def extended(now: str = "2026-09-23 09:00") -> None:
    """Asked for on the 18th, granted after the due date: what was charged meanwhile is taken back (A4)."""
    house = House()
    order = house.order(DUE_20_SEPTEMBER)
    perform(order, "accept", by=house.contact, now=DUE_20_SEPTEMBER, handler=house.handler)
    ask: dict[str, Any] = {"limit_days": 12, "ground": "outside_evidence", "text": "取证"}
    case = request_extension(order, by=house.contact, now=at("2026-09-18 09:00"), **ask)
    sweep("2026-09-23 00:05")
    grant: dict[str, Any] = {"decision": Decision.APPROVED, "position": 1, "opinion": "同意"}
    for wrong in (house.contact, house.handler, house.outsider):
        refused("A29", NotAllowed, partial(decide_case, case, KINDS["extension"], by=wrong, now=at(now), **grant))
    decide_case(case, KINDS["extension"], by=house.head, now=at(now), **grant)
    sweep("2026-09-25 00:05")
    sound(each("09-23 09-24"))


def extended_to_the_end() -> None:
    """To day 30, the last one there is (A5): the head first, then the deputy leader."""
    house = House()
    order = house.order(DUE_20_SEPTEMBER)
    perform(order, "accept", by=house.contact, now=DUE_20_SEPTEMBER, handler=house.handler)
    ask: dict[str, Any] = {"limit_days": 30, "ground": "outside_evidence", "text": "取证"}
    case = request_extension(order, by=house.contact, now=at("2026-09-18 09:00"), **ask)
    for position, by in enumerate((house.head, house.deputy), 1):
        grant: dict[str, Any] = {"decision": Decision.APPROVED, "position": position, "opinion": "同意"}
        decide_case(case, KINDS["extension"], by=by, now=at("2026-09-18 10:00"), **grant)
    sweep("2026-09-25 00:05")
    sound("")


def asked_by_the_head() -> None:
    """The head asks; the only head may not grant it (invariant 16), and nobody more than day 30 (A5)."""
    house = House()
    order = house.order(DUE_20_SEPTEMBER)
    perform(order, "accept", by=house.contact, now=DUE_20_SEPTEMBER, handler=house.handler)
    ask: dict[str, Any] = {"ground": "outside_evidence", "text": "取证", "by": house.head}
    now = at("2026-09-18 09:00")
    for days in (5, 31):
        refused("A5", Invalid, partial(request_extension, order, now=now, limit_days=days, **ask))
    case = request_extension(order, now=now, limit_days=15, **ask)
    refused("B21", Blocked, lambda: request_extension(order, now=now, limit_days=14, **ask))
    grant: dict[str, Any] = {"decision": Decision.APPROVED, "position": 1, "opinion": "同意"}
    with suppress(NotAllowed), transaction.atomic():
        decide_case(case, KINDS["extension"], by=house.head, now=now, **grant)
    sound("")


def while_busy(now: str = "2026-09-23 09:00") -> None:
    """Granted while a sweep holds the ledger: the next one takes the lines back (rule 2 of the ledger)."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ledger, "try_ledger", lambda: False)
        extended(now)


# --- the numbers of a day -------------------------------------------------------------------------------------------

HOLIDAY = [("临时放假", "2026-09-22", True), ("临时上班", "2026-09-26", False)]


def new_calendar() -> None:
    """F21: the 22nd becomes a holiday, Saturday the 26th a working day, after both were settled."""
    House().order(DUE_20_SEPTEMBER)
    sweep("2026-09-29 00:05")
    rows = [{"name": name, "date": day, "isOffDay": off} for name, day, off in HOLIDAY]
    notice = {"year": 2026, "papers": [], "days": rows}
    import_year(notice, by=person(Role.MANAGER, "company"), now=at("2026-09-29 12:00"), official=True)
    sweep("2026-09-29 12:05")
    sound()
    told = {row[0][5:] for row in lines()}
    if "09-22" in told or "09-26" not in told:
        raise Broken({"F21"}, told)


def every_day() -> None:
    """A1: the other reading, from the 24th on; the 25th is a holiday, the 26th and 27th a weekend."""
    House().order(DUE_20_SEPTEMBER)
    by = person(Role.MANAGER, "company")
    add_policy({"penalty_day_unit": "natural"}, effective_from=date(2026, 9, 24), by=by, now=DUE_20_SEPTEMBER)
    sweep("2026-09-28 00:05")
    sound(each("09-21 09-22 09-23 09-24 09-25 09-26 09-27"))


def named() -> None:
    """A8, second reading: the person named on the 22nd counts from the 22nd."""
    house = House()
    order = house.order(DUE_20_SEPTEMBER)
    by = person(Role.MANAGER, "company")
    add_policy({"penalty_persons": "named_persons"}, effective_from=date(2026, 9, 8), by=by, now=DUE_20_SEPTEMBER)
    name_person(order, house.handler, by=house.head, now=at("2026-09-22 09:00"))
    sweep("2026-09-24 00:05")
    sound("09-21=0.00 09-22=50.00 09-23=50.00")


def in_doubt() -> None:
    """F13: nothing is charged while the clock is in doubt. F22: nothing of a year without calendar."""
    House().order(DUE_20_SEPTEMBER)
    sweep("2026-09-22 00:05")
    hold = MoneyHold.objects.create(cause="clock", detail="跳变", placed_at=at("2026-09-22 01:00"))
    sweep("2026-09-24 00:05")
    sound(each("09-21"))
    hold.released_at = at("2026-09-24 01:00")
    hold.save()
    with transaction.atomic():
        sweep("2027-01-08 00:05")
        if any(row[0].startswith("2027") for row in lines()):
            raise Broken({"F22"}, lines())
        transaction.set_rollback(True)
    sweep("2026-09-24 01:05")
    sound(each("09-21 09-22 09-23"))


# --- decisions ------------------------------------------------------------------------------------------------------

TUESDAY = at("2026-09-22 09:00")


def ruled() -> None:
    """A14-A16, B5: ruled once, repeated: 100 instead of 50; the appeal takes both."""
    house = House()
    order = house.archived()
    ruling = house.confirmed(order)
    settle(TUESDAY + timedelta(days=1))
    sound("09-22=600.00")
    house.order(at("2026-10-12 09:00"), account_no="330100004418")
    settle(at("2026-10-12 09:05"))
    repeat = Ruling.objects.get(order=order, kind="repeat")
    rulings.decide(repeat, confirm=True, opinion="属实", by=house.adjudicator, now=at("2026-10-13 09:00"))
    sound("10-13=1200.00", order)
    refused(
        "A14", NotNow, lambda: appeals.appeal_ruling(ruling, text="不服", by=house.head, now=at("2026-10-13 10:00"))
    )
    appeal = appeals.appeal_ruling(ruling, text="不服", by=house.head, now=at("2026-09-28 09:00"))
    judge: dict[str, Any] = {"uphold": True, "opinion": "成立", "now": at("2026-10-14 09:00")}
    refused("B4", NotAllowed, lambda: appeals.decide(appeal, by=house.adjudicator, **judge))
    appeals.decide(appeal, by=house.deputy, **judge)
    sound("", order)


def ruled_late() -> None:
    """B5: the feedback was late and paid for by the day; the ruling costs nothing. The proposer never confirms."""
    house = House()
    order = house.archived("2026-09-22 10:00")
    sweep("2026-09-23 00:05")
    ruling = house.proposed(order, NINE)
    judge: dict[str, Any] = {"confirm": True, "opinion": "属实", "now": NINE}
    refused("B4", NotAllowed, lambda: rulings.decide(ruling, by=house.director, **judge))
    rulings.decide(ruling, by=house.adjudicator, **judge)
    sound(each("09-21 09-22"))


def appealed() -> None:
    """B4: the two days fall and never come back, whatever happens to the order afterwards."""
    house = House()
    order = house.order(DUE_20_SEPTEMBER)
    sweep("2026-09-23 00:05")
    appeal = appeals.appeal_lines(order, text="系统故障", by=house.head, now=NINE)
    appeals.decide(appeal, uphold=True, opinion="成立", by=house.adjudicator, now=NINE)
    sweep("2026-09-25 00:05")
    sound(each("09-23 09-24"))


def month_locked() -> None:
    """B8: September is confirmed with what waits decided; a later change is October's."""
    house = House()
    order = house.order(DUE_20_SEPTEMBER)
    perform(order, "accept", by=house.contact, now=DUE_20_SEPTEMBER, handler=house.handler)
    order = hand_in(house, order, "2026-09-22 16:00")
    sweep("2026-10-01 00:05")
    now = at("2026-10-01 09:00")
    refused("B8", Blocked, lambda: confirm_month(SEPTEMBER, by=house.adjudicator, now=now))
    perform(order, "return_feedback", by=house.director, now=now, missing="缺少期限")
    refused("B8", NotAllowed, lambda: confirm_month(SEPTEMBER, by=house.head, now=now))
    confirm_month(SEPTEMBER, by=house.adjudicator, now=now)
    later = at("2026-10-09 09:00")
    appeal = appeals.ask_waiver(order, waivable(order), text="台风停产", by=house.director, now=later)
    appeals.decide(appeal, uphold=True, opinion="同意", by=house.adjudicator, now=later)
    sound(each("09-22 09-23 09-24 09-28 09-29 09-30"))


def waivable(order: Order) -> list[Any]:
    return list(order.penalties.filter(day=date(2026, 9, 21)))


def capped() -> None:
    """A10: in October at most 120 yuan a person: 20 of the third day and all of the later ones come off."""
    house = House()
    house.order(DUE_20_SEPTEMBER)
    by = person(Role.MANAGER, "company")
    limit = {"penalty_monthly_cap_per_person": Decimal(120)}
    add_policy(limit, effective_from=date(2026, 10, 1), by=by, now=DUE_20_SEPTEMBER)
    sweep("2026-11-01 00:05")
    now = at("2026-11-01 09:00")
    months = [confirm_month(date(2026, n, 1), by=house.adjudicator, now=now).total for n in (9, 10)]
    if months != [4200, 1440]:
        raise Broken({"A10"}, months)
    sound()
