"""Who gets what of the reports, by hand from issue 7: whoever works with orders reads, a department's contact or head
checks, the hotline director signs and publishes, the manager looks on."""

from typing import Any

from people.models import User
from reports.models import CheckResult, DepartmentCheck, FollowUp, Publication
from reports.months import Month
from reports.publishing import generate
from reports.records import file_record
from reports.walls import make_link
from tests.factories import MONDAY, dept

MONTH = Month(2026, 8)
CHECKERS = "contact head marketing inspector station_head deputy_station_head unit_boss substitute"
# The report of the world is being checked: who does not work on it sees the checks when it is published (A21, B17).
PREPARERS = f"{CHECKERS} director leaders adjudicator manager auditor"

# The record of the world is the safety section's, filed by ``safety``: seen by who reads every line and by the section.
RECORD = "hotline leaders adjudicator manager auditor safety"
FILED = "director manager safety"
RECORD_ANSWERS = "director manager safety"

PAGES = f"""
reports                       | working                       | -
report                        | working                       | -
report_orders                 | working                       | -
report_orders_export          | -                             | working
report_generate               | -                             | director manager
report_checks                 | {PREPARERS}                   | {CHECKERS}
report_answer                 | -                             | director
report_step                   | director                      | director
report_analysis               | hotline leaders adjudicator manager auditor | -
report_appraisal              | working                       | -
records                       | working                       | -
record_new                    | hotline departments leaders manager | hotline departments leaders manager
records_file                  | working                       | -
record                        | {RECORD}                      | -                    | {RECORD}
record_correct                | {FILED}                       | {FILED}              | {RECORD}
record_answer                 | -                             | {RECORD_ANSWERS}     | {RECORD}
follow_ups                    | working                       | -
follow_up                     | {RECORD}                      | director manager     | {RECORD}
targets                       | director manager              | director manager
report_file                   | working                       | -
api_report                    | working                       | -
api_report_csv                | working                       | -
wall                          | hotline heads leaders manager | -
wall_screen                   | anyone                        | -
wall_links                    | director manager              | director manager
wall_revoke                   | -                             | director manager
"""


def build(users: dict[str, User]) -> dict[str, Any]:
    """A report being checked, with an objection nobody has answered."""
    row: Publication = generate(MONTH, now=MONDAY)
    check = DepartmentCheck.objects.create(
        publication=row,
        department=dept("safety_section"),
        result=CheckResult.OBJECTED,
        objection="受理件数少 1 件",
        checked_at=MONDAY,
        checked_by=users["safety"],
        line_hash="0",
    )
    record = file_record(
        "supervisor_opinion",
        department=dept("safety_section"),
        filed_on=MONDAY.date(),
        data={"supervisor": "行风监督员", "opinion": "窗口排队较长"},
        by=users["safety"],
        now=MONDAY,
    )
    survey = file_record(
        "survey",
        department=dept("safety_section"),
        filed_on=MONDAY.date(),
        data={"period": "第 3 季度", "sent": 9, "returned": 8, "satisfied": 7, "dissatisfied": 1},
        by=users["safety"],
        now=MONDAY,
    )
    follow_up = FollowUp.objects.get(record=survey)
    link, token = make_link("一楼值班室", by=users["director"], now=MONDAY)
    return {"check": check.pk, "wall": link.pk, "record": record.pk, "follow_up": follow_up.pk, "wall_token": token}


def blanks(ids: dict[str, Any]) -> dict[str, dict[str, object]]:
    """What to put into the addresses."""
    month: dict[str, object] = {"month": str(MONTH)}
    found: dict[str, dict[str, object]] = {
        name: dict(month)
        for name in (
            "report",
            "report_orders",
            "report_generate",
            "report_checks",
            "report_analysis",
            "report_orders_export",
        )
    }
    found["report_answer"] = month | {"pk": ids["check"]}
    found["report_appraisal"] = dict(month)
    found["record_new"] = {"kind": "drill"}
    found["records_file"] = {"kind": "drill"}
    found["record"] = found["record_answer"] = {"pk": ids["record"]}
    found["record_correct"] = {"pk": ids["record"], "kind": "supervisor_opinion"}
    found["follow_up"] = {"pk": ids["follow_up"]}
    found["wall_screen"] = {"token": ids["wall_token"]}
    found["wall_revoke"] = {"pk": ids["wall"]}
    found |= {"api_report": dict(month), "api_report_csv": dict(month), "report_file": month | {"kind": "csv"}}
    found["report_step"] = month | {"step": "sign"}
    return found
