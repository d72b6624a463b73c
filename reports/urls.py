"""Addresses below /reports/."""

from django.urls import path

from reports.views import analysis, appraisal, files, followups, publication, records, report, wall

urlpatterns = [
    path("", report.reports, name="reports"),
    path("records/", records.records, name="records"),
    path("records/new/<slug:kind>/", records.record_new, name="record_new"),
    path("records/files/<slug:kind>/", records.records_file, name="records_file"),
    path("records/<int:pk>/", records.record, name="record"),
    path("records/<int:pk>/correct/<slug:kind>/", records.record_new, name="record_correct"),
    path("records/<int:pk>/answer/", records.record_answer, name="record_answer"),
    path("follow-ups/", followups.follow_ups, name="follow_ups"),
    path("follow-ups/<int:pk>/", followups.follow_up, name="follow_up"),
    path("targets/", appraisal.targets, name="targets"),
    path("wall/", wall.wall, name="wall"),
    path("wall/links/", wall.wall_links, name="wall_links"),
    path("wall/links/<int:pk>/revoke/", wall.wall_revoke, name="wall_revoke"),
    path("wall/screen/<str:token>/", wall.wall_screen, name="wall_screen"),
    path("<slug:month>/", report.report, name="report"),
    path("<slug:month>/orders/", report.report_orders, name="report_orders"),
    path("<slug:month>/orders/export/", report.report_orders_export, name="report_orders_export"),
    path("<slug:month>/analysis/", analysis.report_analysis, name="report_analysis"),
    path("<slug:month>/appraisal/", appraisal.report_appraisal, name="report_appraisal"),
    path("<slug:month>/files/<slug:kind>/", files.report_file, name="report_file"),
    path("<slug:month>/generate/", publication.report_generate, name="report_generate"),
    path("<slug:month>/checks/", publication.report_checks, name="report_checks"),
    path("<slug:month>/checks/<int:pk>/answer/", publication.report_answer, name="report_answer"),
    path("<slug:month>/do/<slug:step>/", publication.report_step, name="report_step"),
]
