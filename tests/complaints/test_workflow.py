"""The workflow as a table: which step leads where, and who may take it. Written by hand from the rules, compared with
the declaration, so that an edge added or lost by accident is seen."""

import pytest

from complaints import permissions as may
from complaints.errors import Blocked, NotAllowed, NotNow, Stale, UnknownStep
from complaints.forms import FORMS
from complaints.models import Order
from complaints.services import note, note_many, perform
from complaints.steps import EDGES, STEPS, WHO
from complaints.vocabulary import State
from complaints.workflow import Workflow
from people.roles import Role
from people.standing import standing
from tests.factories import MONDAY, Company, dept, findings, person

R, C, V, D, B, A, M, W = (
    State.REGISTERED,
    State.CLASSIFIED,
    State.INVESTIGATED,
    State.RESOLVED,
    State.CALLBACK,
    State.ARCHIVED,
    State.MERGED,
    State.WITHDRAWN,
)
OPEN = {R, C, V, D, B}
EXPECTED: dict[str, dict[State, State]] = {
    "classify": {R: C, C: C, V: C},
    "accept": {C: C},
    "assign_handler": {C: C, V: V},
    "reject_dispatch": {C: R},
    "rule_dispatch": {R: C},
    "transfer": {C: C, V: C},
    "sub_assign": {C: C, V: V},
    "finish_sub_assignment": {C: C, V: V},
    "contact_customer": {state: state for state in OPEN},
    "add_fact": {state: state for state in OPEN | {A}},
    "correct": {state: state for state in OPEN},
    "investigate": {C: V, V: V},
    "resolve": {V: D},
    "return_feedback": {D: V},
    "accept_feedback": {D: B},
    "attempt_callback": {B: B},
    "reopen": {B: V},
    "archive": {B: A},
    "answer_on_call": {R: A},
    "answer_by_outage": {R: B, C: B, V: B},
    "merge": dict.fromkeys(OPEN, M),
    "withdraw": dict.fromkeys(OPEN, W),
}


def test_the_declared_edges_are_exactly_those_of_the_rules() -> None:
    found: dict[str, dict[str, str]] = {}
    for edge in EDGES:
        found.setdefault(edge.name, {})[edge.source] = edge.target
    assert found == EXPECTED


def test_every_step_has_a_form_a_label_and_words_for_who() -> None:
    assert set(FORMS) == set(STEPS)
    for name, step in STEPS.items():
        assert step.label, name
        assert step.past, name
        assert step.who in WHO, name


# Who may take a step on an accepted order of Production-Tech whose handler is named; everybody else may not.
HOTLINE = {"agent", "shift_leader", "supervisor", "director"}
LEAD = {"contact", "handler", "other_handler", "head"}
DESK = {"contact", "head"}
MAY: dict[str, set[str]] = {
    "classify": {"director"},
    "accept": LEAD,
    "assign_handler": DESK,
    "reject_dispatch": DESK,
    "rule_dispatch": {"adjudicator"},
    "transfer": {"director"},
    "sub_assign": LEAD,
    "finish_sub_assignment": LEAD,
    "contact_customer": LEAD | HOTLINE,
    "add_fact": LEAD | HOTLINE,
    "correct": HOTLINE,
    "investigate": {"handler"} | DESK,
    "resolve": {"handler"} | DESK,
    "return_feedback": {"director"},
    "accept_feedback": {"director"},
    "attempt_callback": HOTLINE,
    "reopen": HOTLINE,
    "archive": HOTLINE,
    "answer_on_call": HOTLINE,
    "answer_by_outage": {"duty_officer", "shift_leader", "supervisor", "director"},
    "merge": HOTLINE,
    "withdraw": HOTLINE,
}


@pytest.mark.django_db
def test_each_step_belongs_to_exactly_these_people() -> None:
    """ARCHITECTURE's table of who; roles without business rights (auditor, administrator, manager) take none."""
    company = Company()
    order = company.taken_to(State.INVESTIGATED)
    people = {
        "agent": company.agent,
        "shift_leader": person(Role.SHIFT_LEADER),
        "supervisor": person(Role.SUPERVISOR),
        "director": company.director,
        "contact": company.contact,
        "handler": company.handler,
        "other_handler": person(Role.HANDLER, company.lead),
        "head": company.head,
        "outsider": company.outsider,
        "adjudicator": person(Role.ADJUDICATOR, "party_admin_office"),
        "duty_officer": person(Role.DUTY_OFFICER, "dispatch_room"),
        "deputy_leader": person(Role.DEPUTY_LEADER, "leadership"),
        "main_leader": person(Role.MAIN_LEADER, "leadership"),
        "manager": person(Role.MANAGER, "marketing_dept"),
        "auditor": person(Role.AUDITOR, "company"),
        "system_admin": person(Role.SYSTEM_ADMIN, "company"),
        "api_client": person(Role.API_CLIENT),
        "nobody": person(),
    }
    held = {name: standing(user, MONDAY.date()) for name, user in people.items()}
    for name, step in STEPS.items():
        found = {who for who, posts in held.items() if step.who(order, posts) is not None}
        assert found == MAY[name], name


@pytest.mark.django_db
def test_classify_belongs_to_any_agent_until_the_department_has_accepted() -> None:
    """B7."""
    company = Company()
    order = company.order()
    assert may.agent_then_director(order, standing(company.agent, MONDAY.date()))
    accepted = perform(order, "accept", by=company.contact, now=MONDAY)
    assert may.agent_then_director(accepted, standing(company.agent, MONDAY.date())) is None


@pytest.mark.django_db
def test_a_party_admin_office_that_refused_does_not_rule_in_its_own_case() -> None:
    """B4: then the deputy leader is the referee."""
    company = Company("party_admin_office")
    order = company.order(category="service_conduct")
    for _turn in range(2):
        order = perform(order, "reject_dispatch", by=company.contact, now=MONDAY, reason="应由营销部承办")
        if not order.needs_ruling:
            order = perform(
                order, "classify", by=company.agent, now=MONDAY, kind="complaint", category="service_conduct"
            )
    adjudicator, leader = person(Role.ADJUDICATOR, "party_admin_office"), person(Role.DEPUTY_LEADER, "leadership")
    with pytest.raises(NotAllowed):
        perform(order, "rule_dispatch", by=adjudicator, now=MONDAY, lead_department=dept("safety_section"), reason="裁")
    ruled = perform(order, "rule_dispatch", by=leader, now=MONDAY, lead_department=dept("safety_section"), reason="裁")
    assert ruled.lead_department == dept("safety_section")


# --- the four different clear errors --------------------------------------------------------------------------------


@pytest.mark.django_db
def test_an_unknown_step_an_impossible_one_a_forbidden_one_and_a_stale_one_are_told_apart() -> None:
    company = Company()
    order = company.order()
    with pytest.raises(UnknownStep):
        perform(order, "explode", by=company.agent, now=MONDAY)
    with pytest.raises(NotNow, match=r"登记|分类"):
        perform(order, "archive", by=company.agent, now=MONDAY)
    with pytest.raises(NotAllowed, match="责任部门"):
        perform(order, "accept", by=company.agent, now=MONDAY)
    perform(order, "accept", by=company.contact, now=MONDAY, handler=company.handler)
    with pytest.raises(Stale) as stale:
        perform(order, "investigate", by=company.handler, now=MONDAY, version=order.version, **findings())
    assert company.contact.name in stale.value.changes[-1]
    assert "接单" in stale.value.changes[-1]


@pytest.mark.django_db
def test_who_comes_second_reads_who_was_first_and_when() -> None:
    """F19: "already done by X at T"."""
    company = Company()
    order = company.taken_to(State.RESOLVED)
    perform(order, "accept_feedback", by=company.director, now=MONDAY)
    with pytest.raises(NotNow) as late:
        perform(order, "accept_feedback", by=company.director, now=MONDAY)
    assert company.director.name in late.value.message
    assert "09-07 09:30" in late.value.message


@pytest.mark.django_db
def test_a_refused_step_leaves_no_trace() -> None:
    """RELIABILITY: one transaction, nothing half-written."""
    company = Company()
    order = company.taken_to(State.INVESTIGATED)
    before = (order.version, order.event_seq, order.events.count())
    with pytest.raises(Blocked):
        perform(order, "resolve", by=company.handler, now=MONDAY, measures="", basis="", answers={})
    order.refresh_from_db()
    assert (order.version, order.event_seq, order.events.count()) == before


# --- the protected column -------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_the_state_cannot_be_assigned_and_stays_protected_after_a_refresh() -> None:
    order = Company().order()
    with pytest.raises(AttributeError, match="perform"):
        order.state = State.ARCHIVED
    order.refresh_from_db()
    with pytest.raises(AttributeError):
        order.state = State.ARCHIVED
    order.clean_fields(exclude={f.name for f in Order._meta.fields} - {"state"})
    assert isinstance(order, Workflow)


@pytest.mark.django_db
def test_a_deleted_row_does_not_lift_the_protection_of_other_orders() -> None:
    """STACK section 2: the library's mixin did."""
    company = Company()
    ghost, other = company.order(), company.order(caller_phone="13800009999")
    ghost.pk = 0
    with pytest.raises(Order.DoesNotExist):
        ghost.refresh_from_db()
    with pytest.raises(AttributeError):
        other.state = State.ARCHIVED


@pytest.mark.django_db
def test_notes_do_not_make_an_open_form_stale() -> None:

    company = Company()
    order = company.order()
    note(order, "urge", by=company.agent, now=MONDAY, text="请尽快")
    note_many([order.pk], "due_soon", now=MONDAY)
    done = perform(order, "accept", by=company.contact, now=MONDAY, version=order.version)
    assert [event.seq for event in done.events.all()] == [1, 2, 3, 4, 5]
