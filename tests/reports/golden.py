"""Plays tests/data/golden_month.txt through the one door and reads the table worked by hand."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from complaints.models import Order
from complaints.services import open_order, perform
from complaints.vocabulary import ContactResult, Satisfaction
from escalation.services import rectifications
from people.models import DepartmentHeadcount, User
from people.roles import Role
from policy.vocabulary import Category, Kind
from reports.months import Month
from tests.factories import LONG_AGO, at, contact, dept, feedback, findings, matter, person

DATA = Path(__file__).parent.parent / "data" / "golden_month.txt"
JULY = Month(2026, 7)
NOW = at("2026-08-03 09:00")
DEPARTMENTS = {
    "P": ("production_tech_dept", Category.POWER_QUALITY),
    "S": ("safety_section", Category.FACILITY_SAFETY),
    "C": ("customer_service_centre", Category.CONNECTION_COMMITMENT),
    "I": ("inspection_group", Category.THEFT_TARIFF),
}
HEADS = {"P": 12, "S": 7, "C": 15, "I": 6}
RATINGS = {
    "s": Satisfaction.SATISFIED,
    "v": Satisfaction.VERY_SATISFIED,
    "f": Satisfaction.FAIR,
    "d": Satisfaction.DISSATISFIED,
    "0": Satisfaction.NOT_RATED,
}
TOKEN = re.compile(r"(?P<word>!verified|anonymous|=\w+|[a-z])(?::(?P<arg>\w*))?(?:@(?P<at>\d\d-\d\d \d\d:\d\d))?")


def lines() -> tuple[list[list[str]], dict[str, list[str]]]:
    """The orders, and the table: figure -> its cells in the order P, S, C, I, -, total."""
    rows = [line.partition(" # ")[0].partition("\t#")[0].strip() for line in DATA.read_text().splitlines()]
    cells = [[cell.strip() for cell in row.split("|")] for row in rows if row and not row.startswith("#")]
    orders = [row for row in cells if row[0][0].isupper()]
    table = {row[0]: row[1:] for row in cells if row[0][0].islower()}
    return orders, table


@dataclass
class Golden:
    """Everybody there and every order played; ``orders`` by the name in the file."""

    agent: User
    director: User
    adjudicator: User
    staff: dict[str, dict[str, User]]
    orders: dict[str, Order]

    def department(self, letter: str) -> int | None:
        return dept(DEPARTMENTS[letter][0]).pk if letter in DEPARTMENTS else None


def play() -> Golden:
    staff = {
        letter: {
            "contact": person(Role.TICKET_CONTACT, code),
            "handler": person(Role.HANDLER, code),
            "head": person(Role.DEPARTMENT_HEAD, code),
        }
        for letter, (code, _category) in DEPARTMENTS.items()
    }
    for letter, count in HEADS.items():
        DepartmentHeadcount.objects.create(
            department=dept(DEPARTMENTS[letter][0]), count=count, valid_from=LONG_AGO, recorded_at=NOW
        )
    adjudicator = person(Role.ADJUDICATOR, "party_admin_office")
    golden = Golden(person(Role.HOTLINE_AGENT), person(Role.HOTLINE_DIRECTOR), adjudicator, staff, {})
    for number, (name, kind, letter, registered, story) in enumerate(lines()[0]):
        _play_one(golden, name, kind, letter, at(f"2026-{registered}"), story, phone=f"1380000{number:04d}")
    return golden


def _play_one(
    golden: Golden, name: str, kind: str, letter: str, registered: datetime, story: str, *, phone: str
) -> None:
    tokens = [found.groupdict() for found in TOKEN.finditer(story)]
    words = {token["word"]: token for token in tokens}
    same = next((word[1:] for word in words if word.startswith("=")), None)
    facts: dict[str, Any] = {
        "kind": kind,
        "category": DEPARTMENTS[letter][1] if letter in DEPARTMENTS else "",
        "anonymous": "anonymous" in words,
        "caller_phone": golden.orders[same].caller_phone if same else phone,
    }
    answered: dict[str, Any] = {}
    if "k" in words:
        facts["category"] = Category.OTHER
        answered = {"answer": "已当场说明", "satisfaction": RATINGS.get(words["k"]["arg"] or "", "")}
    order = open_order(by=golden.agent, now=registered, matter=matter(**facts), **answered)
    player = _Player(golden, order, letter, registered, verified="!verified" in words)
    for token in tokens:
        player.take(token["word"], token["arg"] or "", at(f"2026-{token['at']}") if token["at"] else None)
    golden.orders[name] = player.order


@dataclass
class _Player:
    golden: Golden
    order: Order
    letter: str
    dispatched: datetime
    verified: bool

    def take(self, word: str, arg: str, moment: datetime | None) -> None:
        who = self.golden.staff.get(self.letter, {})
        agent, director = self.golden.agent, self.golden.director
        match word:
            case "a":
                self._do(
                    "accept", who["contact"], moment or self.dispatched + timedelta(hours=1), handler=who["handler"]
                )
            case "c":
                when = moment or self.dispatched + timedelta(hours=2)
                self._do("contact_customer", who["handler"], when, **contact(at=when))
            case "f":
                assert moment
                early = moment - timedelta(minutes=1)
                self._do("investigate", who["handler"], early, **findings(verified=self.verified))
                self._do("resolve", who["handler"], moment, **feedback(self.order))
            case "r":
                self._do("return_feedback", director, moment, missing="缺少测量记录")
            case "p":
                self._do("accept_feedback", director, moment)
            case "b" if arg == "n":
                self._do("attempt_callback", agent, moment, **contact(at=moment, result=ContactResult.NO_ANSWER))
            case "b":
                rated = {"answered": True, "satisfaction": RATINGS[arg]}
                self._do("attempt_callback", agent, moment, **contact(at=moment, **rated))
            case "o":
                self._do("reopen", agent, moment, reason="客户不满意")
            case "z":
                self._put_right(moment)
                self._do("archive", agent, moment)
            case "t":
                self.letter = arg
                self._do("transfer", director, moment, lead_department=dept(DEPARTMENTS[arg][0]), reason="职责不符")
            case "x":
                self._do("reject_dispatch", who["contact"], moment, basis="不属本部门职责")
            case "y":
                self.letter = arg
                self._do("classify", agent, moment, kind=self.order.kind, category=DEPARTMENTS[arg][1])
            case "m":
                self._do("merge", agent, moment, master=self.golden.orders[arg])
            case "w":
                self._do("withdraw", agent, moment, reason="客户撤回")

    def _put_right(self, moment: datetime | None) -> None:
        """S4-R48: a verified complaint is archived only after the order to put it right."""
        if self.verified and self.order.kind == Kind.COMPLAINT and moment:
            owner, day = self.golden.staff[self.letter]["handler"], moment.date() + timedelta(days=30)
            rectifications.issue(
                self.order, owner=owner, measures="限期整改", due_on=day, by=self.golden.director, now=moment
            )

    def _do(self, name: str, by: User, moment: datetime | None, **details: Any) -> None:
        assert moment
        self.order = perform(self.order, name, by=by, now=moment, **details)
