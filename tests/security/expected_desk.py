"""Who gets what at the hotline desk, by hand from S4-R20..R23 and PEERS 15; merged into ``expected``."""

# Calls and orders handed up are taken over, and harassing calls acknowledged, by shift leader, supervisor and director.
PAGES = """
intake_similar                | -                             | hotline api
intake_name                   | -                             | hotline api
intake_consent                | -                             | hotline api
intake_waiting                | hotline api                   | -
intake_duty                   | shift_leader supervisor director | -
handover_accept               | -                             | shift_leader supervisor director
handover_withdraw             | -                             | hotline api
harassment_acknowledge        | -                             | shift_leader supervisor director
call_hang_up                  | -                             | hotline api
"""
ORDER_ROUTES: dict[str, dict[str, str]] = {
    "order_presence": {"POST": "view"},
    "order_hand_up": {"GET": "hotline", "POST": "hotline"},
}
# Rows that belong to a moment of the desk: whoever may is told there is none.
GONE = {"handover_accept", "handover_withdraw", "harassment_acknowledge", "call_hang_up"}
