"""Addresses below /customers/."""

from django.urls import path, re_path

from customers.views import imports, marks, register

ACCOUNT = r"(?P<account_no>[0-9A-Z]{6,20})"

urlpatterns = [
    path("", register.index, name="customers"),
    path("search/", register.search, name="customers_search"),
    path("import/", imports.upload, name="customers_import"),
    path("import/<int:run_id>/", imports.run, name="customers_import_run"),
    path("import/<int:run_id>/confirm/", imports.confirm, name="customers_import_confirm"),
    path("import/<int:run_id>/discard/", imports.discard, name="customers_import_discard"),
    re_path(rf"^{ACCOUNT}/$", register.detail, name="customer"),
    re_path(rf"^{ACCOUNT}/reveal/$", register.reveal, name="customer_reveal"),
    re_path(rf"^{ACCOUNT}/edit/$", register.edit, name="customer_edit"),
    re_path(rf"^{ACCOUNT}/phones/$", register.add_phone, name="customer_phone_add"),
    re_path(
        rf"^{ACCOUNT}/phones/(?P<phone_id>[0-9]{{1,18}})/remove/$", register.remove_phone, name="customer_phone_remove"
    ),
    re_path(rf"^{ACCOUNT}/marks/$", marks.edit, name="customer_marks"),
    re_path(rf"^{ACCOUNT}/marks/(?P<which>[a-z]{{1,20}})/$", marks.save, name="customer_marks_save"),
]
