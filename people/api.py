"""Signing in by API: a token for a password, and a code where the account has a second factor."""

from typing import Any, cast

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiResponse, extend_schema, inline_serializer
from knox.models import AuthToken
from rest_framework import serializers
from rest_framework.decorators import api_view, authentication_classes, permission_classes
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from people import audit, secondfactor, services, signin, tokens
from people.models import User
from people.signin import Outcome
from people.standing import department_tree, standing
from people.strict import StrictSerializer


class LoginInput(StrictSerializer):
    username = serializers.CharField(max_length=40)
    password = serializers.CharField(max_length=200, trim_whitespace=False, style={"input_type": "password"})
    otp = serializers.CharField(max_length=20, required=False, help_text="6 digits, or a recovery code")


class PostOutput(serializers.Serializer[Any]):
    role = serializers.CharField()
    department = serializers.CharField(help_text="code")
    substitute = serializers.BooleanField()


class PersonOutput(serializers.Serializer[Any]):
    username = serializers.CharField()
    name = serializers.CharField()
    agent_no = serializers.CharField(allow_null=True)
    posts = PostOutput(many=True)


class LoginOutput(serializers.Serializer[Any]):
    token = serializers.CharField()
    expiry = serializers.DateTimeField(allow_null=True)
    user = PersonOutput()


Problem = inline_serializer(
    "Problem", {"errors": serializers.DictField(child=serializers.ListField(child=serializers.CharField()))}
)
REFUSED = {400: Problem, 403: Problem, 429: Problem}


@extend_schema(
    operation_id="auth_login", request=LoginInput, responses={200: LoginOutput, **REFUSED}, auth=[], tags=["auth"]
)
@api_view(["POST"])
@authentication_classes([])
@permission_classes([AllowAny])
def login(request: Request) -> Response:
    """Token for user name and password; five failures lock the account for fifteen minutes."""
    form = LoginInput(data=request.data)
    if not form.is_valid():
        return Response({"errors": form.errors}, status=400)
    values, now, plain = form.validated_data, timezone.now(), request._request
    attempt = signin.check_password(plain, username=values["username"], password=values["password"], now=now)
    if attempt.outcome is Outcome.CODE and attempt.user is not None:
        if not values.get("otp"):
            return _problem("otp", str(signin.TEXTS[Outcome.CODE]), status=400)
        attempt, _device = signin.check_code(plain, attempt.user, values["otp"], now=now)
    if attempt.user is None:
        field = "otp" if attempt.outcome is Outcome.WRONG_CODE else "username"
        return _problem(field, str(signin.TEXTS[attempt.outcome]), status=signin.STATUS[attempt.outcome])
    return _not_in_order(attempt.user) or _token(request, attempt.user)


@extend_schema(operation_id="auth_logout", request=None, responses={204: OpenApiResponse()}, tags=["auth"])
@api_view(["POST"])
def logout(request: Request) -> Response:
    """Ends the token used for this very request."""
    user, now = _person(request), timezone.now()
    if isinstance(request.auth, AuthToken):
        request.auth.delete()
    audit.record(actor=user, action="token.end", subject=user, now=now, request=request._request)
    return Response(status=204)


@extend_schema(operation_id="auth_logout_all", request=None, responses={204: OpenApiResponse()}, tags=["auth"])
@api_view(["POST"])
def logout_all(request: Request) -> Response:
    """Ends every token and every session of the account."""
    services.end_sessions(_person(request), by=_person(request), now=timezone.now())
    return Response(status=204)


@extend_schema(operation_id="auth_me", responses={200: PersonOutput}, tags=["auth"])
@api_view(["GET"])
def me(request: Request) -> Response:
    """Who is asking, with the posts of the day."""
    return Response(_describe(_person(request)))


def _token(request: Request, user: User) -> Response:
    now = timezone.now()
    token, text = tokens.issue(user, now=now)
    signin.forget_failures(user)
    audit.record(actor=user, action="token.issue", subject=user, now=now, request=request._request)
    return Response({"token": text, "expiry": token.expiry, "user": _describe(user)})


def _not_in_order(user: User) -> Response | None:
    """What the pages enforce step by step is refused here with the reason."""
    if user.must_change_password:
        return _problem("password", _("请先在网页上登录并修改密码"), status=403)
    needs = secondfactor.must_have_device(user, on=timezone.localdate()) and not secondfactor.has_device(user)
    if needs and not settings.DEMO:
        return _problem("otp", _("请先在网页上登录并设置二次验证"), status=403)
    return None


def _problem(field: str, text: str, *, status: int) -> Response:
    return Response({"errors": {field: [text]}}, status=status)


def _person(request: Request) -> User:
    return cast(User, request.user)


def _describe(user: User) -> dict[str, Any]:
    nodes = department_tree().nodes
    posts = standing(user, timezone.localdate()).posts
    return {
        "username": user.username,
        "name": user.name,
        "agent_no": user.agent_no,
        "posts": [
            {
                "role": post.role.value,
                "department": nodes[post.department_id].code,
                "substitute": post.acting_for_id is not None,
            }
            for post in posts
        ],
    }
