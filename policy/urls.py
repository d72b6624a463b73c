"""Addresses below /settings/policy/."""

from django.urls import path

from policy.views import calendar, numbers, preview, routes

urlpatterns = [
    path("", numbers.numbers, name="policy-numbers"),
    path("add/", numbers.numbers_add, name="policy-numbers-add"),
    path("<int:pk>/withdraw/", numbers.numbers_withdraw, name="policy-numbers-withdraw"),
    path("routes/", routes.routes, name="policy-routes"),
    path("routes/add/", routes.routes_add, name="policy-routes-add"),
    path("routes/<int:pk>/close/", routes.routes_close, name="policy-routes-close"),
    path("routes/<int:pk>/withdraw/", routes.routes_withdraw, name="policy-routes-withdraw"),
    path("duties/", routes.duties, name="policy-duties"),
    path("duties/set/", routes.duties_set, name="policy-duties-set"),
    path("duties/<int:pk>/withdraw/", routes.duties_withdraw, name="policy-duties-withdraw"),
    path("subcategories/", routes.subcategories, name="policy-subcategories"),
    path("subcategories/add/", routes.subcategory_edit, name="policy-subcategories-add"),
    path("subcategories/<int:pk>/", routes.subcategory_edit, name="policy-subcategories-edit"),
    path("calendar/", calendar.calendar, name="policy-calendar"),
    path("calendar/check/", calendar.calendar_check, name="policy-calendar-check"),
    path("calendar/import/", calendar.calendar_import, name="policy-calendar-import"),
    path("preview/", preview.preview, name="policy-preview"),
]
