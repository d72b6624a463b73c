"""The table of messages: every row names an event somebody writes, an audience, and words that can be filled in."""

import ast
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError

from complaints.steps import STEPS
from notifications.audience import CUSTOMER
from notifications.messages import ROWS, TABLE
from notifications.vocabulary import Stream
from notifications.wording import check
from outage.steps import STEPS as OUTAGE_STEPS

ROOT = Path(__file__).resolve().parent.parent.parent
APPS = ("complaints", "escalation", "outage", "notifications")
WRITERS = {
    "note",
    "note_many",
    "announce",
    "write_event",
    "_event",
    "insert_notes",
    "_step",
    "_tell",
    "_leave",
    "_saved",
}
# Steps nobody needs to be told of: the record and the page show them to those at work on the order.
UNTOLD = {"contact_customer", "add_fact", "correct", "investigate", "attempt_callback", "answer_on_call", "merge"}


def written_events() -> set[str]:
    """Names of events in the source: the steps of the workflow, and every literal given to a writer of events."""
    found = set(STEPS) | set(OUTAGE_STEPS)
    for app in APPS:
        for path in sorted((ROOT / app).rglob("*.py")):
            if "migrations" in path.parts:
                continue
            tree = ast.parse(path.read_text(encoding="utf-8"))
            found |= constants(tree) if "services" in path.parts else set()
            for node in ast.walk(tree):
                if isinstance(node, ast.Call) and _name(node.func) in WRITERS:
                    given = [*node.args, *(word.value for word in node.keywords)]
                    words = [inner for value in given for inner in ast.walk(value)]
                    found |= {w.value for w in words if isinstance(w, ast.Constant) and isinstance(w.value, str)}
    return found


def constants(tree: ast.Module) -> set[str]:
    """Event names a service keeps in a constant (``SENT = "chain_sent"``, ``EVENTS = {…}``) or in ``event``."""
    kept = [node.value for node in tree.body if isinstance(node, (ast.Assign, ast.AnnAssign)) and node.value]
    kept += [
        node.value for node in ast.walk(tree) if isinstance(node, ast.Assign) and _name(node.targets[0]) == "event"
    ]
    words = [inner for value in kept for inner in ast.walk(value)]
    return {word.value for word in words if isinstance(word, ast.Constant) and isinstance(word.value, str)}


def _name(func: ast.expr) -> str:
    return func.attr if isinstance(func, ast.Attribute) else func.id if isinstance(func, ast.Name) else ""


def test_every_row_waits_for_an_event_that_is_written() -> None:
    written = written_events()
    waiting_in_vain = [row.code for row in ROWS if row.stream != Stream.SYSTEM and row.on not in written]
    assert waiting_in_vain == [], "nobody writes these events: correct or remove the rows"


def test_every_step_of_the_workflow_is_told_or_known_not_to_be() -> None:
    told = {row.on for row in ROWS if row.stream == Stream.ORDER}
    assert set(STEPS) - told == UNTOLD


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
