"""/api/v1/auth/"""

from django.urls import path

from people import api

urlpatterns = [
    path("login/", api.login, name="api_login"),
    path("logout/", api.logout, name="api_logout"),
    path("logout-all/", api.logout_all, name="api_logout_all"),
    path("me/", api.me, name="api_me"),
]
