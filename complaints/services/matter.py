"""What intake hands to the door: the call, the matter, the fault. Values only; forms and imports fill them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from complaints.models import PaidConsent
from complaints.vocabulary import CallbackBy
from customers.models import Customer
from people.models import Department, User
from policy.models import Subcategory
from policy.vocabulary import Channel, Urgency


@dataclass(frozen=True)
class CallFacts:
    """The call itself (S4-R07..R10, R22). ``received_at`` None means: now. None elsewhere means: not recorded."""

    received_at: datetime | None = None
    phone: str = ""
    ring_count: int | None = None
    apologised: bool | None = None
    delay_apologised: bool | None = None
    informed: bool | None = None
    read_back: bool | None = None
    hung_up_by: str = ""
    hung_up_reason: str = ""
    mood: str = ""
    emotion: str = ""
    warned: bool | None = None
    call_id: str = ""
    name_note: str = ""
    source_key: str | None = None


@dataclass(frozen=True)
class FaultFacts:
    """The fault form (S4-R15..R18). ``paid`` asks for a charged repair and needs the consent stored before."""

    ownership: str
    symptom: str = ""
    began_at: datetime | None = None
    scope: str = ""
    meter_no: str = ""
    guidance: Sequence[str] = ()
    guidance_result: str = ""
    paid: bool = False
    consent: PaidConsent | None = None


@dataclass(frozen=True)
class Matter:
    """What the caller wants, as the intake form or an import has cleaned it."""

    channel: str = Channel.HOTLINE
    kind: str = ""
    category: str = ""
    content: str = ""
    demands: Sequence[str] = ()
    subcategory: Subcategory | None = None
    caller_name: str = ""
    caller_phone: str = ""
    account_no: str = ""
    address: str = ""
    customer: Customer | None = None
    station: Department | None = None
    external_ref: str = ""
    occurred_on: date | None = None
    urgency: str = Urgency.NORMAL
    needs_care: bool = False
    anonymous: bool = False
    hide_caller: bool = False
    reported_department: Department | None = None
    reported_person: User | None = None
    callback_by: str = CallbackBy.PHONE
    callback_when: str = ""
    call: CallFacts = field(default_factory=CallFacts)
    fault: FaultFacts | None = None
