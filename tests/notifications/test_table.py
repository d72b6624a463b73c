"""The table of messages: every row names an event somebody writes, an audience, and words that can be filled in."""

import ast
import re
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError

from complaints.steps import STEPS
from notifications.audience import CUSTOMER
from notifications.messages import ROWS, TABLE
from notifications.messages.silent import SILENT
from notifications.vocabulary import Stream
from notifications.wording import check
from outage.disconnection.services import LATE
from outage.flow.step import steps_of
from outage.models import Disconnection, OutagePlan
from outage.planning.services import MISSED
from outage.steps import STEPS as OUTAGE_STEPS

ROOT = Path(__file__).resolve().parent.parent.parent
# Who writes an event, and which argument names it; the helpers pass theirs on to one of the first four.
WRITERS = {
    "note": 1,
    "note_many": 1,
    "announce": 1,
    "write_event": 1,
    "insert_notes": 1,
    "_event": 1,
    "_step": 1,
    "_tell": 1,
    "_leave": 1,
    "_saved": 1,
    "_told": 1,
}
NAME = re.compile(r"[a-z][a-z0-9_]+")


def written_by(app: str) -> set[str]:
    """Every event name an app's services hand to a writer: literals, and names that stand for one in the same file."""
    found: set[str] = set()
    for path in sorted((ROOT / app).rglob("*.py")):
        parts = set(path.parts)
        if parts & {"migrations", "bulk", "management"}:
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        known = meanings(tree)
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and (place := WRITERS.get(_name(node.func))) is not None:
                given = node.args[place : place + (2 if _name(node.func) in {"_step", "_tell"} else 1)]
                found |= {one for value in given for one in strings(value, known)}
    return found


def meanings(tree: ast.Module) -> dict[str, set[str]]:
    """Name -> the words it may stand for anywhere in the file."""
    kept: dict[str, set[str]] = {}
    for _round in range(3):  # a name may stand for another
        for node in ast.walk(tree):
            if isinstance(node, ast.Assign):
                pairs = [pair for target in node.targets for pair in pairs_of(target, node.value)]
            elif isinstance(node, ast.AnnAssign) and node.value is not None:
                pairs = pairs_of(node.target, node.value)
            elif isinstance(node, ast.For) and isinstance(node.iter, ast.Tuple):
                pairs = [pair for row in node.iter.elts for pair in pairs_of(node.target, row)]
            else:
                continue
            for name, value in pairs:
                kept.setdefault(name, set()).update(strings(value, kept))
    return kept


def pairs_of(target: ast.expr, value: ast.expr) -> list[tuple[str, ast.expr]]:
    """``a, b = "x", "y"`` and ``a, b = ("x", 1) if c else ("y", 2)`` taken apart."""
    if isinstance(target, ast.Name):
        return [(target.id, value)]
    if isinstance(target, ast.Tuple) and isinstance(value, ast.IfExp):
        return pairs_of(target, value.body) + pairs_of(target, value.orelse)
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple) and len(target.elts) == len(value.elts):
        return [pair for one, given in zip(target.elts, value.elts, strict=True) for pair in pairs_of(one, given)]
    return []


def strings(value: ast.expr, known: dict[str, set[str]]) -> set[str]:
    """Words a value may be; the test of a conditional and the index of a look-up are no part of it."""
    if isinstance(value, ast.IfExp):
        return strings(value.body, known) | strings(value.orelse, known)
    if isinstance(value, ast.Subscript):
        return strings(value.value, known)
    if isinstance(value, ast.Dict):
        return {one for inner in value.values for one in strings(inner, known)}
    if isinstance(value, ast.Constant) and isinstance(value.value, str):
        return {value.value} if NAME.fullmatch(value.value) else set()
    return known.get(value.id, set()) if isinstance(value, ast.Name) else set()


def _name(func: ast.expr) -> str:
    return func.attr if isinstance(func, ast.Attribute) else func.id if isinstance(func, ast.Name) else ""


# ``outage`` writes two events into the stream of orders, ``notifications`` one.
ABOUT_ORDERS = {"outage_withdrawn", "outage_answer"}
FLOW_NOTES = {Stream.PLAN: {"open", "announce_missed"}, Stream.CUT: {"open", "reconnect_late"}}


def events() -> dict[Stream, set[str]]:
    """Stream -> every event the product writes into it."""
    outage = written_by("outage") - ABOUT_ORDERS - {"announce_missed", "reconnect_late"}
    orders = written_by("complaints") | written_by("escalation") | written_by("notifications") | ABOUT_ORDERS
    return {
        Stream.ORDER: orders | set(STEPS),
        Stream.OUTAGE: outage | set(OUTAGE_STEPS),
        Stream.PLAN: FLOW_NOTES[Stream.PLAN] | set(steps_of(OutagePlan)),
        Stream.CUT: FLOW_NOTES[Stream.CUT] | set(steps_of(Disconnection)),
    }


@pytest.mark.parametrize("stream", SILENT)
def test_every_event_is_told_or_silent_for_a_reason(stream: Stream) -> None:
    written = events()[stream]
    told = {row.on for row in ROWS if row.stream == stream}
    assert written - told - set(SILENT[stream]) == set(), "give it a row in messages/, or a reason in silent.py"
    assert told - written == set(), "nobody writes these events: correct or remove the rows"
    assert set(SILENT[stream]) - written == set(), "nobody writes these events any more"
    assert told & set(SILENT[stream]) == set()
    assert all(SILENT[stream].values())


def test_the_notes_of_the_small_workflows_are_the_ones_they_write() -> None:
    assert {LATE, MISSED} == {"reconnect_late", "announce_missed"}


def test_codes_are_unique_and_every_row_has_an_audience() -> None:
    assert len(TABLE) == len(ROWS)
    assert all(row.to for row in ROWS)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.code)
def test_built_in_words_use_known_variables_only(row: object) -> None:
    assert row in ROWS
    for field in ("subject", "text", "short"):
        check(str(getattr(row, field)), row, field)


def test_customers_get_one_text_and_nobody_else_their_query_code() -> None:
    for row in ROWS:
        if CUSTOMER in row.to:
            assert row.to == (CUSTOMER,)
            assert not row.urgent
    inside = next(row for row in ROWS if row.code == "order.overdue")
    with pytest.raises(ValidationError):
        check("查询码 {query_code}", inside, "text")
