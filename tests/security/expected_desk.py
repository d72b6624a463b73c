"""Who gets what at the hotline desk, by hand from S4-R20..R23 and PEERS 15; merged into ``expected``."""

from typing import Any

from complaints.services.boxes import record_opening
from people.models import User
from tests.factories import MONDAY, dept

# The opening of the world was the safety section's, written by ``safety``.
BOX = "hotline leaders manager auditor safety"

# Calls and orders handed up are taken over, and harassing calls acknowledged, by shift leader, supervisor and director.
PAGES = f"""
intake_similar                | -                             | hotline api
intake_name                   | -                             | hotline api
intake_consent                | -                             | hotline api
intake_waiting                | hotline api                   | -
intake_duty                   | shift_leader supervisor director | -
handover_accept               | -                             | shift_leader supervisor director
handover_withdraw             | -                             | hotline api
harassment_acknowledge        | -                             | shift_leader supervisor director
call_hang_up                  | -                             | hotline api
box_openings                  | hotline leaders manager auditor departments | -
box_opening_new               | hotline departments           | hotline departments
box_opening                   | {BOX}                         | -                    | {BOX}
box_letter_settle             | -                             | hotline              | {BOX}
"""
ORDER_ROUTES: dict[str, dict[str, str]] = {
    "order_presence": {"POST": "view"},
    "order_hand_up": {"GET": "hotline", "POST": "hotline"},
}
# Rows that belong to a moment of the desk: whoever may is told there is none.
GONE = {"handover_accept", "handover_withdraw", "harassment_acknowledge", "call_hang_up"}


def build(users: dict[str, User]) -> dict[str, Any]:
    """A box opened by the safety section, with one letter nobody has looked at."""
    opening = record_opening(
        department=dept("safety_section"),
        place="营业厅门口",
        opened_at=MONDAY,
        witness=users["agent"],
        letters=1,
        by=users["safety"],
        now=MONDAY,
    )
    return {"box": opening.pk}


def blanks(ids: dict[str, Any]) -> dict[str, dict[str, object]]:
    """What to put into the addresses."""
    return {"box_opening": {"pk": ids["box"]}, "box_letter_settle": {"pk": ids["box"], "seq": 1}}
