"""One form per step, used by page and API alike, and the intake form."""

from complaints.forms.acts import FORMS, ActForm
from complaints.forms.intake import IntakeForm

__all__ = ["FORMS", "ActForm", "IntakeForm"]
