"""What the API tells of an order. Personal data are masked for everybody; a concealed caller is told to the hotline
only (S2-R13, A27). These serializers only write: input is read by the forms."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from complaints.display import conceals
from complaints.lists import Reader
from complaints.models import Order
from complaints.vocabulary import (
    ArchiveGround,
    CallbackBy,
    CauseParty,
    ContactPurpose,
    ContactResult,
    Disposition,
    FeedbackStatus,
    Means,
    Part,
    Satisfaction,
    State,
)
from people.masking import mask_account, mask_address, mask_name, mask_phone, mask_text
from policy.vocabulary import Category, Channel, Kind

Out = serializers.Serializer[Any]


class Words(serializers.CharField):
    """Free text, with the telephone and identity numbers in it masked."""

    def to_representation(self, value: Any) -> str:
        return mask_text(str(value))


def choice(choices: Any, *, blank: bool = False) -> serializers.ChoiceField:
    return serializers.ChoiceField(choices.choices, allow_blank=blank)


class DepartmentOut(Out):
    code = serializers.CharField()
    name = serializers.CharField()


class PersonOut(Out):
    username = serializers.CharField()
    name = serializers.CharField()


class SubcategoryOut(Out):
    code = serializers.CharField()
    name = serializers.CharField()


class CallerOut(Out):
    """Masked; all empty where the caller is concealed from the reader."""

    concealed = serializers.BooleanField()
    name = serializers.CharField()
    phone = serializers.CharField()
    account_no = serializers.CharField()
    address = serializers.CharField()
    callback_when = serializers.CharField()
    external_ref = serializers.CharField()


class OrderRowOut(Out):
    number = serializers.CharField()
    version = serializers.IntegerField(help_text="send it back with an action")
    state = choice(State)
    kind = choice(Kind, blank=True)
    category = choice(Category, blank=True)
    channel = choice(Channel)
    title = Words()
    priority = serializers.IntegerField(min_value=1, max_value=5, help_text="1 is most urgent")
    station = DepartmentOut(allow_null=True)
    lead_department = DepartmentOut(allow_null=True)
    handler = PersonOut(allow_null=True)
    caller = serializers.SerializerMethodField()
    registered_at = serializers.DateTimeField()
    limit_days = serializers.IntegerField(allow_null=True, help_text="working days")
    due_on = serializers.DateField(allow_null=True, help_text="last day in time")
    due_at = serializers.DateTimeField(allow_null=True, help_text="exclusive: in time means before it")
    due_provisional = serializers.BooleanField()
    overdue_since = serializers.DateTimeField(allow_null=True)
    closed_at = serializers.DateTimeField(allow_null=True)

    @extend_schema_field(CallerOut)
    def get_caller(self, order: Order) -> dict[str, Any]:
        reader: Reader = self.context["reader"]
        concealed = conceals(order, reader.who)
        shown = {
            "name": mask_name(order.caller_name),
            "phone": mask_phone(order.caller_phone),
            "account_no": mask_account(order.account_no),
            "address": mask_address(order.address),
            "callback_when": mask_text(order.callback_when),
            "external_ref": order.external_ref,
        }
        return {"concealed": concealed, **(dict.fromkeys(shown, "") if concealed else shown)}


class OrderPageOut(Out):
    results = OrderRowOut(many=True)
    next = serializers.CharField(allow_null=True, help_text="value of `after` for the next page")
    previous = serializers.CharField(allow_null=True, help_text="value of `before` for the page before")


class DemandOut(Out):
    position = serializers.IntegerField()
    text = Words()
    answer = Words()


class PartOut(Out):
    department = DepartmentOut()
    part = choice(Part)


class SubAssignmentOut(Out):
    id = serializers.IntegerField(help_text="value of `sub` in finish_sub_assignment")
    department = DepartmentOut()
    task = Words()
    due_on = serializers.DateField()
    assigned_at = serializers.DateTimeField()
    done_at = serializers.DateTimeField(allow_null=True)
    result = Words()


class EvidenceOut(Out):
    code = serializers.CharField()
    note = Words(default="")


class InvestigationOut(Out):
    plan = Words()
    evidence = EvidenceOut(many=True)
    findings = Words()
    verified = serializers.BooleanField()
    cause_party = choice(CauseParty)
    cause = Words()
    sections = serializers.SerializerMethodField()
    by = PersonOut()
    at = serializers.DateTimeField()

    @extend_schema_field({"type": "object", "additionalProperties": {"type": "object", "additionalProperties": {}}})
    def get_sections(self, row: Any) -> dict[str, dict[str, Any]]:
        return {
            code: {name: mask_text(value) if isinstance(value, str) else value for name, value in items.items()}
            for code, items in row.sections.items()
        }


class FeedbackOut(Out):
    measures = Words()
    basis = Words()
    submitted_at = serializers.DateTimeField()
    submitted_by = PersonOut()
    department = DepartmentOut()
    on_time = serializers.BooleanField(allow_null=True)
    status = choice(FeedbackStatus)
    decided_at = serializers.DateTimeField(allow_null=True)
    missing = Words()


class ContactOut(Out):
    purpose = choice(ContactPurpose)
    at = serializers.DateTimeField()
    means = choice(Means)
    result = choice(ContactResult)
    note = Words()
    answered = serializers.BooleanField()
    satisfaction = choice(Satisfaction, blank=True)
    suggestion = Words()
    by = PersonOut()


class ActionOut(Out):
    name = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    main = serializers.BooleanField(help_text="the step the order waits for")
    grave = serializers.BooleanField()
    open = serializers.SerializerMethodField()
    reason = serializers.CharField(source="why", help_text="why it is closed just now; empty when open")

    def get_open(self, act: Any) -> bool:
        return not act.why


class OrderOut(OrderRowOut):
    """One order as this reader may see it, with the steps that are this reader's."""

    subcategory = SubcategoryOut(allow_null=True)
    content = Words()
    occurred_on = serializers.DateField(allow_null=True)
    callback_by = choice(CallbackBy, blank=True)
    registered_by = PersonOut()
    route_basis = serializers.CharField()
    dispatched_at = serializers.DateTimeField(allow_null=True)
    dispatch_blocked = serializers.CharField()
    accepted_at = serializers.DateTimeField(allow_null=True)
    first_contact_at = serializers.DateTimeField(allow_null=True)
    refusals = serializers.IntegerField()
    needs_ruling = serializers.BooleanField()
    transfers = serializers.IntegerField()
    reopenings = serializers.IntegerField()
    internal_due_on = serializers.DateField(allow_null=True)
    cap_on = serializers.DateField(allow_null=True)
    verified = serializers.BooleanField(allow_null=True)
    cause_party = choice(CauseParty, blank=True)
    feedback_at = serializers.DateTimeField(allow_null=True)
    department_stopped_at = serializers.DateTimeField(allow_null=True)
    answered_at = serializers.DateTimeField(allow_null=True)
    satisfaction = choice(Satisfaction, blank=True)
    archive_ground = choice(ArchiveGround, blank=True)
    master = serializers.SerializerMethodField(help_text="number of the order this one was merged into")
    original = serializers.SerializerMethodField(help_text="number of the order this one repeats")
    demands = DemandOut(many=True)
    parts = PartOut(many=True)
    sub_assignments = SubAssignmentOut(many=True)
    investigations = InvestigationOut(many=True)
    feedbacks = FeedbackOut(many=True)
    contacts = ContactOut(many=True)
    actions = serializers.SerializerMethodField()

    def get_master(self, order: Order) -> str | None:
        return self._number(order.master_id)

    def get_original(self, order: Order) -> str | None:
        return self._number(order.original_id)

    def _number(self, pk: int | None) -> str | None:
        """Of another order, if the reader may see that one too."""
        linked: dict[int, str] = self.context["linked"]
        return linked.get(pk) if pk else None

    @extend_schema_field(ActionOut(many=True))
    def get_actions(self, order: Order) -> Any:
        return ActionOut(self.context["acts"], many=True).data


class EventOut(Out):
    seq = serializers.IntegerField(help_text="gapless within the order")
    at = serializers.DateTimeField()
    name = serializers.CharField(help_text="step, or kind of remark")
    what = serializers.CharField(help_text="the same in words")
    from_state = choice(State, blank=True)
    to_state = choice(State, blank=True)
    by = PersonOut(allow_null=True, help_text="null: the system")
    acting_for = PersonOut(allow_null=True)
    department = DepartmentOut(allow_null=True)
    text = Words()
    lines = serializers.ListField(child=Words())
    clock_skew = serializers.BooleanField()


class EventPageOut(Out):
    results = EventOut(many=True)
    next = serializers.IntegerField(allow_null=True, help_text="value of `after` for the next page")


class ProposalOut(Out):
    kind = serializers.ChoiceField([("order", "order"), ("outage", "outage")])
    ref = serializers.CharField()
    text = Words()


class OpenedOut(Out):
    """What became of an intake: a new order, or one more call on an open one."""

    disposition = serializers.ChoiceField([Disposition.ORDER, Disposition.LINKED_ORDER])
    number = serializers.CharField()
    version = serializers.IntegerField()
    state = choice(State)
    lead_department = DepartmentOut(allow_null=True)
    copies = DepartmentOut(many=True)
    dispatch_blocked = serializers.CharField(help_text="why it could not be dispatched; empty when it was")
    limit_days = serializers.IntegerField(allow_null=True)
    due_at = serializers.DateTimeField(allow_null=True, help_text="exclusive")
    due_on = serializers.DateField(allow_null=True)
    due_provisional = serializers.BooleanField()
    cap_on = serializers.DateField(allow_null=True)
    query_code = serializers.CharField(allow_null=True, help_text="for the caller; null when linked")
    proposals = ProposalOut(many=True, help_text="open orders or outages the call may belong to")
