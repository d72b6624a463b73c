from complaints.views import handovers
from complaints.views.acts import act
from complaints.views.desk import intake
from complaints.views.drafts import draft
from complaints.views.exporting import export_list
from complaints.views.lists import orders
from complaints.views.pages import order, reveal, slip
from complaints.views.panels import caller, consent, name_panel, route_panel, similar_panel
from complaints.views.presence import presence

__all__ = [
    "act",
    "caller",
    "consent",
    "draft",
    "export_list",
    "handovers",
    "intake",
    "name_panel",
    "order",
    "orders",
    "presence",
    "reveal",
    "route_panel",
    "similar_panel",
    "slip",
]
