"""What the interface tells of cases."""

from typing import Any

from rest_framework import serializers

from complaints.serializers import PersonOut
from escalation.vocabulary import ApprovalStatus, Decision, Ground, Rung

Out = serializers.Serializer[Any]


class StepOut(Out):
    """One rung of the chain; all null but position and rung while it is undecided."""

    position = serializers.IntegerField()
    rung = serializers.ChoiceField(Rung.choices)
    decision = serializers.ChoiceField(Decision.choices, allow_blank=True)
    opinion = serializers.CharField(allow_blank=True)
    decided_by = PersonOut(allow_null=True)
    acting_for = PersonOut(allow_null=True, help_text="in whose place, for a substitute")
    decided_at = serializers.DateTimeField(allow_null=True)


class ExtensionOut(Out):
    """Counts are working days from registration."""

    ground = serializers.ChoiceField(Ground.choices)
    from_on = serializers.DateField()
    from_days = serializers.IntegerField()
    to_on = serializers.DateField()
    limit_days = serializers.IntegerField()
    provisional = serializers.BooleanField()


class ApprovalOut(Out):
    id = serializers.IntegerField(source="pk")
    kind = serializers.CharField()
    number = serializers.CharField(source="order.number")
    status = serializers.ChoiceField(ApprovalStatus.choices)
    text = serializers.CharField(help_text="numbers of callers are masked")
    requested_by = PersonOut()
    requested_at = serializers.DateTimeField()
    department = serializers.CharField(source="department.code")
    closed_at = serializers.DateTimeField(allow_null=True)
    steps = StepOut(many=True, source="chain")
    extension = ExtensionOut(allow_null=True)
    mine = serializers.BooleanField(help_text="the next word is the reader's")


class ApprovalListOut(Out):
    results = ApprovalOut(many=True)
