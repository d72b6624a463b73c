"""Events nobody is told of, each with its reason. A test compares rows and silences with the events the product writes:
a new event has a row or a line here."""

from collections.abc import Mapping

from notifications.vocabulary import Stream

RECORD = "the record and the page show it to those at work on it"
OTHER = "told by another message of the same deed"

SILENT: Mapping[Stream, Mapping[str, str]] = {
    Stream.ORDER: {
        "contact_customer": RECORD,
        "add_fact": RECORD,
        "correct": RECORD,
        "investigate": RECORD,
        "attempt_callback": RECORD,
        "answer_on_call": "the caller was answered on the line",
        "merge": "the master's people hear of it (merged_in)",
        "undo": "the one who did it took it back within seconds",
        "hand_up": "the line on top of the desk asks every few seconds (S4-R14)",
        "hand_up_accepted": "the agent is on the line and sees it at the desk",
        "hand_up_withdrawn": "the agent has the caller again",
        "release": "the step is open again: the page shows the button",
        "file": RECORD,
        "reveal": "the audit trail keeps who looked at a number",
        "fault_times": RECORD,
        "self_inspect_done": RECORD,
        "service_record": RECORD,
        "outage_withdrawn": "the outage's people are told (withdraw_restoration)",
        "outage_answer": RECORD,
    },
    Stream.OUTAGE: {
        "publish": "the group gets the words themselves, or the page asks for a hand",
        "notice_posted": RECORD,
        "chain_acknowledged": "the next level is told (chain_sent)",
        "attended": RECORD,
        "measure": RECORD,
        "sensitive_contacted": RECORD,
        "announced": "the public reads it",
        "link_orders": "the orders' people see the outage at their order",
        "answered": "the orders' people are told (order.by_outage)",
        "called_back": RECORD,
        "absorb": "the merged outage's page leads to its master",
        "merge": "the people of both are the same station's",
        "correct_times": RECORD,
        "split": "the new outage tells for itself (open)",
        "attendance_urged": "the person was rung by telephone",
        "action_set": RECORD,
        "action_done": RECORD,
        "feedback": RECORD,
        "gap_explained": RECORD,
        "import": "imported history is no news",
        "record": RECORD,
        "tick": RECORD,
        "untick": RECORD,
        "close": RECORD,
    },
    Stream.PLAN: {
        "open": "a draft is its drawer's own",
        "edit": "a draft is its drawer's own",
        "begin": "the outage it became tells (outage.begin, outage.open)",
    },
    Stream.CUT: {
        "open": "the station's own list; whoever checks it is the proposer's colleague",
        "plan": RECORD,
        "report": RECORD,
        "tell_again": RECORD,
    },
}
