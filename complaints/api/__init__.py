"""/api/v1/orders/: the same forms, the same door and the same visibility as the pages, in JSON."""

from django.urls import path

from complaints.api import actions
from complaints.api.orders import events, order, orders

urlpatterns = [
    path("", orders, name="api_orders"),
    path("<slug:number>/", order, name="api_order"),
    path("<slug:number>/events/", events, name="api_order_events"),
    *actions.urlpatterns,
]
