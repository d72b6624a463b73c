"""Every kind of approval, one entry each: its words, its page's part, what follows the last decision.

To add one: write its request service on ``services.cases.open_case``, and append its ``ApprovalKind`` to ``KINDS``.
The inbox, the decision form, the API, races, substitutes and history are the same for all.
"""

from escalation.kinds import ApprovalKind
from escalation.services.compensations import COMPENSATION
from escalation.services.extensions import EXTENSION
from escalation.services.flags import FLAG
from escalation.services.solutions import SOLUTION

KINDS: dict[str, ApprovalKind] = {kind.code: kind for kind in (EXTENSION, COMPENSATION, SOLUTION, FLAG)}
