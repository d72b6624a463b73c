"""Who gets what: written by hand from ARCHITECTURE ("who sees which order"), RELIABILITY 3 and issue 2, not read
off the code.

Names are those of ``people_and_orders.POSTS``. A route of the URL conf that no table lists fails the test.
"""

from tests.security import expected_around, expected_desk, expected_lists, expected_money, expected_notifications
from tests.security import expected_escalation as escalation
from tests.security import expected_reports as reports

GROUPS: dict[str, str] = {
    **expected_around.GROUPS,
    **expected_money.GROUPS,
    "hotline": "agent shift_leader supervisor director agent_in_lead",
    "heads": "head unit_boss station_head deputy_station_head",
    "station_staff": "station_head deputy_station_head grid_worker",
    "leaders": "deputy_leader main_leader",
    "admins": "admin admin_in_lead",
    "lead_staff": "contact handler head agent_in_lead admin_in_lead substitute",
    "departments": "lead_staff marketing coop unit unit_boss safety inspector station_staff duty_officer centre",
    "working": "hotline departments leaders adjudicator manager auditor",
    "signed_in": "working admins api ended future nobody",
    "anyone": "signed_in disabled anonymous",
    # S2-R13: customers of one station.
    "sees_customer": "hotline leaders manager auditor station_staff",
    "edits_customer": "director manager station_head deputy_station_head",
    **expected_lists.GROUPS,
}

# --- orders ----------------------------------------------------------------------------------------------------------
# .  not in view (404)      v  in view only          p  has a part (copied, cooperating, sub-assigned)
# l  staff of the lead      d  its desk (contact, head)      h  the named handler
RELATIONS = """
                    own other station about_lead about_handler about_hotline anonymous hidden ruling api archived
agent               v   v     v       v          v             .             v         v      v      v   v
shift_leader        v   v     v       v          v             .             v         v      v      v   v
supervisor          v   v     v       v          v             .             v         v      v      v   v
director            v   v     v       v          v             .             v         v      v      v   v
contact             d   .     .       .          p             .             p         d      .      .   d
handler             h   .     .       .          .             .             p         l      .      .   h
head                d   .     .       .          p             .             p         d      .      .   d
marketing           p   .     .       p          p             p             p         .      .      .   .
coop                p   .     .       .          .             .             .         .      .      .   .
unit                p   .     .       .          .             .             .         .      .      .   .
unit_boss           v   .     .       .          .             .             .         .      .      .   .
safety              .   l     .       .          .             .             .         .      .      l   .
inspector           .   .     .       d          d             d             d         .      .      .   .
station_head        .   .     d       .          .             .             .         .      .      .   .
deputy_station_head .   .     d       .          .             .             .         .      .      .   .
grid_worker         .   .     l       .          .             .             .         .      .      .   .
duty_officer        .   .     .       .          .             .             .         .      .      .   .
centre              .   .     .       .          .             .             .         .      .      .   .
deputy_leader       v   v     v       v          v             v             v         v      v      v   v
main_leader         v   v     v       v          v             v             v         v      v      v   v
adjudicator         .   .     .       .          .             .             .         .      v      .   .
manager             v   v     v       v          v             v             v         v      v      v   v
auditor             v   v     v       v          v             v             v         v      v      v   v
admin               .   .     .       .          .             .             .         .      .      .   .
api                 .   .     .       .          .             v             .         .      .      v   .
agent_in_lead       l   v     v       .          p             .             p         l      v      v   l
admin_in_lead       l   .     .       .          p             .             p         l      .      .   l
substitute          d   .     .       .          p             .             p         d      .      .   d
ended               .   .     .       .          .             .             .         .      .      .   .
future              .   .     .       .          .             .             .         .      .      .   .
nobody              .   .     .       .          .             .             .         .      .      .   .
"""

# Steps: letters of the relation, or groups of people whatever their relation. Out of view stays 404 for everybody.
STEPS = {
    "classify": "director",  # accepted orders; before that the hotline (EARLY)
    "accept": "l d h",
    "assign_handler": "d",
    "reject_dispatch": "d",
    "rule_dispatch": "adjudicator",
    "transfer": "director",
    "sub_assign": "l d h",
    "finish_sub_assignment": "p l d h",
    "contact_customer": "l d h hotline",
    "add_fact": "p l d h hotline",
    "correct": "hotline",
    "investigate": "d h",
    "resolve": "d h",
    "return_feedback": "director",
    "accept_feedback": "director",
    "attempt_callback": "hotline",
    "reopen": "hotline",
    "archive": "hotline",
    "answer_on_call": "hotline",
    "answer_by_outage": "duty_officer shift_leader supervisor director",
    "merge": "hotline",
    "withdraw": "hotline",
}
EARLY = {"classify": "hotline"}
ACCEPTED = ("own", "archived")
# Concealed callers are the hotline's alone (A27); anonymous ones nobody's.
REVEALS = {"hidden": "hotline", "about_lead": "l d h hotline", "anonymous": ""}
REVEAL = "l d h hotline"

# Routes below an order: method -> who, in letters and groups; "view" is everybody who sees the order.
ORDER_ROUTES: dict[str, dict[str, str]] = {
    "order": {"GET": "view"},
    "order_slip": {"GET": "hotline"},
    "order_reveal": {"POST": "reveal"},
    "order_files": {"POST": "p l d h hotline"},
    "order_file": {"GET": "nothing"},  # no such file on this order: 404
    "order_act": {"GET": "step", "POST": "step"},
    "order_money": {"GET": "money", "POST": "money"},
    "order_after": {"GET": "after", "POST": "after"},
    **expected_desk.ORDER_ROUTES,
    "api_order": {"GET": "view"},
    "api_order_events": {"GET": "view"},
    "api_order_deadline": {"GET": "view"},
    **expected_lists.ORDER_ROUTES,
    **{f"api_act_{name}": {"POST": "step"} for name in STEPS},
    **escalation.ORDER_ROUTES,
}

# --- everything else -------------------------------------------------------------------------------------------------
# route | GET | POST | seen by (others get 404 instead of 403). "-" is a method the route does not have.
PAGES = """
home                          | signed_in                     | -
keys                          | signed_in                     | -
healthz                       | anyone                        | -
settings                      | hotline heads manager auditor admins | -
login                         | anyone                        | anyone
login_code                    | anyone                        | anyone
logout                        | -                             | anyone

account                       | signed_in                     | -
preferences                   | -                             | signed_in
password                      | signed_in                     | signed_in
sessions_end                  | -                             | signed_in
second_factor                 | signed_in                     | signed_in
second_factor_codes           | signed_in                     | signed_in

people                        | admins hotline heads          | -
user_new                      | admins                        | admins
user                          | admins                        | -
user_edit                     | -                             | admins
user_disable                  | -                             | admins
user_enable                   | -                             | admins
user_password                 | -                             | admins
user_second_factor            | -                             | admins
user_assign                   | -                             | admins
assignment                    | admins head                   | admins head          | admins head
assignment_substitute         | -                             | admins head          | admins head
departments                   | admins heads director         | -
department_new                | admins                        | admins
department                    | admins head director          | -                    | admins head director
department_edit               | -                             | admins               | admins head director
department_headcount          | -                             | admins               | admins head director
department_contact            | -                             | admins head          | admins head director
roster                        | hotline admins                | -
shift_new                     | -                             | director
shift_cancel                  | -                             | director
audit                         | auditor admins                | -

policy-numbers                | manager director admins       | -
policy-numbers-add            | manager                       | manager
policy-numbers-withdraw       | -                             | manager
policy-routes                 | manager director admins       | -
policy-routes-add             | manager                       | manager
policy-routes-close           | manager                       | manager
policy-routes-withdraw        | -                             | manager
policy-duties                 | manager director admins       | -
policy-duties-set             | -                             | manager
policy-duties-withdraw        | -                             | manager
policy-subcategories          | manager director admins       | -
policy-subcategories-add      | manager                       | manager
policy-subcategories-edit     | manager                       | manager
policy-calendar               | manager director admins       | -
policy-calendar-check         | -                             | manager admins
policy-calendar-import        | -                             | manager admins
policy-preview                | manager director admins       | -

customers                     | signed_in                     | -
customers_search              | signed_in                     | signed_in
customers_import              | director manager              | director manager
customers_import_run          | director manager              | -
customers_import_confirm      | -                             | director manager
customers_import_discard      | -                             | director manager
customer                      | sees_customer                 | -                    | sees_customer
customer_reveal               | -                             | hotline leaders manager station_staff | sees_customer
customer_edit                 | edits_customer                | edits_customer       | sees_customer
customer_phone_add            | -                             | edits_customer       | sees_customer
customer_phone_remove         | -                             | edits_customer       | sees_customer
customer_marks                | edits_customer                | -                    | sees_customer
customer_marks_save           | -                             | edits_customer       | sees_customer

orders                        | working                       | -
intake                        | hotline api                   | hotline api
intake_caller                 | -                             | hotline api
intake_route                  | hotline api                   | -
draft                         | -                             | hotline api

api_schema                    | signed_in                     | -
api_login                     | -                             | anyone
api_logout                    | -                             | signed_in
api_logout_all                | -                             | signed_in
api_me                        | signed_in                     | -
api_route                     | signed_in                     | -
api_workdays                  | signed_in                     | -
api_orders                    | signed_in                     | hotline api
"""
PAGES += expected_desk.PAGES

# Tables of single apps, each in a module of its own.
MORE_PAGES = (
    *(escalation.PAGES, expected_notifications.PAGES, expected_lists.PAGES),
    *(reports.PAGES, expected_money.PAGES),
)


# Outages have a module of their own.
from tests.security import expected_outage  # noqa: E402

GROUPS |= expected_outage.GROUPS
PAGES += expected_outage.PAGES


def members(words: str) -> frozenset[str]:
    """Names of people in a cell of the tables; groups of groups unfolded."""
    found: set[str] = set()
    for word in words.split():
        found |= members(GROUPS[word]) if word in GROUPS else {word}
    return frozenset(found - {"-"})


def relations() -> dict[str, dict[str, str]]:
    """person -> order -> letter."""
    head, *rows = [line.split() for line in RELATIONS.strip().splitlines()]
    return {name: dict(zip(head, letters, strict=True)) for name, *letters in rows}


def pages() -> dict[str, dict[str, str]]:
    """route -> {"GET": who, "POST": who, "seen": who}; an absent method is one the route does not have."""
    found = {}
    for line in filter(str.strip, "\n".join([PAGES, expected_around.PAGES, *MORE_PAGES]).splitlines()):
        name, get, post, *seen = (cell.strip() for cell in line.split("|"))
        row = {"GET": get, "POST": post, "seen": seen[0] if seen else ""}
        found[name] = {key: who for key, who in row.items() if who != "-"}
    return found
