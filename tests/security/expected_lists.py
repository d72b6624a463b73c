"""Lists, exports, saved views and scorecards: who may what, by hand from B19, S4-R53 and issue 3."""

# The export of the world was asked for by ``handler`` and waits for an approver; the shared view, the batch and the
# call sample are the contact's, the contact's and the agent's.
PAGES = """
orders_export                 | -                             | working
orders_print                  | -                             | working
orders_bulk                   | -                             | working
orders_bulk_run               | contact                       | -                    | contact
orders_bulk_undo              | -                             | contact              | contact
orders_views                  | -                             | working
orders_view_first             | -                             | lead_post            | lead_post
orders_view_remove            | -                             | contact              | lead_post
orders_view_restore           | -                             | contact              | contact
quality                       | hotline                       | -
quality_draw                  | -                             | scorers
quality_score                 | scorers                       | scorers              | scorers

exports                       | signed_in                     | -
export                        | handler manager auditor       | -                    | handler manager auditor
export_decide                 | -                             | manager              | handler manager auditor
export_cancel                 | -                             | handler              | handler manager auditor
export_file                   | handler                       | -                    | handler manager auditor
"""
GROUPS = {
    "scorers": "shift_leader supervisor director",
    "lead_post": "contact handler head substitute agent_in_lead admin_in_lead",
}
# No step of the world's orders can be taken back by anybody: another's, or one without an inverse.
ORDER_ROUTES = {"order_undo": {"POST": ""}}
