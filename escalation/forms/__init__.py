"""What escalation asks for; page and API fill the same fields."""

from escalation.forms.cases import DecisionForm, ExtensionForm, FlagForm, SolutionForm
from escalation.forms.pressure import EscalationForm, FaultTimesForm, PromiseForm, SuperviseForm, UrgeForm

__all__ = [
    "DecisionForm",
    "EscalationForm",
    "ExtensionForm",
    "FaultTimesForm",
    "FlagForm",
    "PromiseForm",
    "SolutionForm",
    "SuperviseForm",
    "UrgeForm",
]
