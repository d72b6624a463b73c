"""Who gets what of money, written by hand from issue 4, B4, B8 and RELIABILITY 3; merged into ``expected``."""

GROUPS: dict[str, str] = {
    "reads_money": "departments leaders adjudicator manager auditor director",
    "sees_lead_money": "lead_staff leaders adjudicator manager auditor director",
}

PAGES = """
money                         | reads_money                   | -
money_lines                   | reads_money                   | -
money_month                   | reads_money                   | -
money_confirm                 | -                             | adjudicator
money_department              | reads_money                   | -
money_correct                 | adjudicator                   | adjudicator
money_release                 | manager adjudicator           | manager adjudicator
rulings                       | reads_money                   | -
ruling_decide                 | adjudicator                   | adjudicator          | sees_lead_money
ruling_appeal                 | contact head substitute       | contact head substitute | sees_lead_money
appeal_decide                 | adjudicator                   | adjudicator          | sees_lead_money
rectifications                | signed_in                     | -
rectification_submit          | signed_in                     | signed_in
rectification_accept          | signed_in                     | signed_in
self_inspection_finish        | signed_in                     | signed_in
api_money_lines               | reads_money                   | -
api_money_months              | reads_money                   | -
"""

# Rows that a quiet company does not have: allowed people are told there is none.
GONE = {
    *("money_department", "money_correct", "money_release"),
    *("rectification_submit", "rectification_accept", "self_inspection_finish"),
}

# What is asked about one order's money: letters of the relation, or groups, as for steps.
ACTS = {
    "propose": "director",
    "waive": "director",
    "reattribute": "director",
    "appeal": "",
    "dispute": "d",
    "name_person": "d",
}

# What follows a verified complaint (S4-R48, S1-R27, R28, S0-R17, R37).
AFTER = {
    "rectify": "director leaders",
    "inspect": "director leaders",
    "accountable": "manager leaders",
    "record": "manager leaders",
    "compensate": "l d h",
}
