"""Who may ask for decisions and take them (A29, B21, S4-R43, S4-R44), in the terms of ``expected``."""

# Sees the order the waiting case is about; the case is the handler's, about order "own".
SEES = "hotline contact handler head marketing coop unit unit_boss leaders manager auditor agent_in_lead"
SEES_CASE = f"{SEES} admin_in_lead substitute"

ORDER_ROUTES: dict[str, dict[str, str]] = {
    "order_extension": {"GET": "l d h", "POST": "l d h"},
    "order_solution": {"GET": "l d h", "POST": "l d h"},
    "order_flag": {"GET": "l d h hotline", "POST": "l d h hotline"},
    "order_urge": {"GET": "hotline", "POST": "hotline"},
    "order_supervise": {"GET": "director leaders manager", "POST": "director leaders manager"},
    "order_supervise_end": {"POST": "director leaders manager"},
    "order_escalation": {"GET": "nothing", "POST": "nothing"},  # nothing lies before a head: 404
    "order_promise": {"GET": "l d h hotline", "POST": "l d h hotline"},
    "order_promise_settle": {"POST": "nothing"},  # no such promise on this order: 404
    "order_fault_times": {"GET": "l d h", "POST": "l d h"},
    "api_order_extensions": {"GET": "view", "POST": "l d h"},
    "api_order_urges": {"GET": "view", "POST": "hotline"},
    "api_order_supervisions": {"GET": "view", "POST": "director leaders manager"},
    "api_order_supervisions_end": {"POST": "director leaders manager"},
    "api_order_escalations": {"GET": "view", "POST": "nothing"},
    "api_order_promises": {"GET": "view", "POST": "l d h hotline"},
    "api_order_promise_outcome": {"POST": "nothing"},
}

PAGES = f"""
approvals                     | hotline departments leaders adjudicator agent_in_lead admin_in_lead substitute | -
approval                      | {SEES_CASE}                   | head                 | {SEES_CASE}
approval_take_back            | -                             | handler              | {SEES_CASE}
escalations                   | hotline heads leaders manager auditor | -
warnings                      | hotline heads leaders manager auditor | -
api_approvals                 | hotline departments leaders adjudicator agent_in_lead admin_in_lead substitute | -
api_approval                  | {SEES_CASE}                   | -                    | {SEES_CASE}
api_approval_decision         | -                             | head                 | {SEES_CASE}
api_approval_take_back        | -                             | handler              | {SEES_CASE}
"""
