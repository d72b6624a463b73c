"""What the interface tells of urges, supervisions, escalations and promises. Numbers of callers in texts are masked."""

from typing import Any

from rest_framework import serializers

from complaints.serializers import PersonOut
from escalation.vocabulary import EscalationAct, EscalationCause, PromiseKind, Rung, UrgeLevel
from people.masking import mask_text

Out = serializers.Serializer[Any]


class MaskedField(serializers.CharField):
    def to_representation(self, value: Any) -> str:
        return mask_text(value)


class UrgeOut(Out):
    id = serializers.IntegerField(source="pk")
    level = serializers.ChoiceField(UrgeLevel.choices)
    text = MaskedField()
    department = serializers.CharField(source="department.code", help_text="the lead department that was urged")
    by = PersonOut()
    at = serializers.DateTimeField()


class UrgeListOut(Out):
    results = UrgeOut(many=True)


class SupervisionOut(Out):
    """``ended_by`` is null too where the order's end ended it."""

    id = serializers.IntegerField(source="pk")
    text = MaskedField()
    by = PersonOut()
    at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)
    ended_by = PersonOut(allow_null=True)


class SupervisionListOut(Out):
    results = SupervisionOut(many=True)


class EscalationStepOut(Out):
    act = serializers.ChoiceField(EscalationAct.choices)
    rung = serializers.ChoiceField(Rung.choices, help_text="where it lay then")
    opinion = MaskedField(allow_blank=True)
    handler = PersonOut(allow_null=True)
    by = PersonOut()
    acting_for = PersonOut(allow_null=True, help_text="in whose place, for a substitute")
    at = serializers.DateTimeField()


class EscalationOut(Out):
    id = serializers.IntegerField()
    cause = serializers.ChoiceField(EscalationCause.choices)
    since = serializers.DateTimeField()
    raised_at = serializers.DateTimeField()
    rung = serializers.ChoiceField(Rung.choices, help_text="where it lies now")
    rung_since = serializers.DateTimeField()
    closed_at = serializers.DateTimeField(allow_null=True)
    fed_back = serializers.BooleanField(help_text="it ended with the department's feedback")
    steps = EscalationStepOut(many=True)
    acts = serializers.ListField(
        child=serializers.ChoiceField(EscalationAct.choices), help_text="open to the reader now"
    )


class EscalationListOut(Out):
    results = EscalationOut(many=True)


class PromiseOut(Out):
    """Told once: kept, called off, or still open when both are null."""

    id = serializers.IntegerField(source="pk")
    kind = serializers.ChoiceField(PromiseKind.choices)
    what = MaskedField()
    reason = MaskedField(allow_blank=True)
    promised_at = serializers.DateTimeField()
    starts_on = serializers.DateField(allow_null=True, help_text="connections only: day 0")
    waited_days = serializers.IntegerField(help_text="working days on the customer's side that do not count")
    made_at = serializers.DateTimeField()
    made_by = PersonOut()
    kept_at = serializers.DateTimeField(allow_null=True)
    called_off_at = serializers.DateTimeField(allow_null=True)


class PromiseListOut(Out):
    results = PromiseOut(many=True)
