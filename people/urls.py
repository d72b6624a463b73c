"""Pages of people. Read as a site map; names are used without namespace."""

from django.urls import URLPattern, URLResolver, include, path

from people.views import account, audit, departments, roster, signing, users

# /account/
account_urls = [
    path("", account.account, name="account"),
    path("preferences/", account.preferences, name="preferences"),
    path("password/", account.password, name="password"),
    path("sessions/end/", account.end_sessions, name="sessions_end"),
    path("second-factor/", account.second_factor, name="second_factor"),
    path("second-factor/codes/", account.recovery_codes, name="second_factor_codes"),
]

# /settings/people/users/<username>/
user_urls = [
    path("", users.user, name="user"),
    path("edit/", users.user_edit, name="user_edit"),
    path("disable/", users.user_disable, name="user_disable"),
    path("enable/", users.user_enable, name="user_enable"),
    path("password/", users.user_password, name="user_password"),
    path("second-factor/", users.user_second_factor, name="user_second_factor"),
    path("posts/", users.user_assign, name="user_assign"),
]

# /settings/people/departments/<code>/
department_urls = [
    path("", departments.department, name="department"),
    path("edit/", departments.department_edit, name="department_edit"),
    path("headcount/", departments.department_headcount, name="department_headcount"),
    path("contacts/", departments.department_contact, name="department_contact"),
]

# /settings/people/
people_urls: list[URLPattern | URLResolver] = [
    path("", users.users, name="people"),
    path("new-user/", users.user_new, name="user_new"),
    path("users/<str:username>/", include(user_urls)),
    path("posts/<int:assignment_id>/", users.assignment, name="assignment"),
    path("posts/<int:assignment_id>/substitute/", users.assignment_substitute, name="assignment_substitute"),
    path("departments/", departments.departments, name="departments"),
    path("new-department/", departments.department_new, name="department_new"),
    path("departments/<slug:code>/", include(department_urls)),
    path("roster/", roster.roster, name="roster"),
    path("roster/shifts/", roster.shift_new, name="shift_new"),
    path("roster/shifts/<int:shift_id>/cancel/", roster.shift_cancel, name="shift_cancel"),
    path("audit/", audit.trail, name="audit"),
]

urlpatterns = [
    path("login/", signing.sign_in, name="login"),
    path("login/code/", signing.sign_in_code, name="login_code"),
    path("logout/", signing.sign_out, name="logout"),
    path("account/", include(account_urls)),
    path("settings/people/", include(people_urls)),
]
