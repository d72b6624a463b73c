"""Signing in, for page and API alike: password, lock-out, second factor, session.

1. Guesses at one account run one after the other (advisory lock), so that parallel guesses cannot outrun the count.
2. An unknown, a disabled and a real account answer alike: same text, same hashing, same lock-out after five failures.
3. A wrong code counts like a wrong password. The count is forgotten only when both were right.
4. Each attempt leaves an audit row; names nobody has are not written down (people type passwords into the wrong field).
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from axes.handlers.proxy import AxesProxyHandler
from axes.models import AccessAttempt
from django.contrib.auth import authenticate, login
from django.contrib.auth.signals import user_login_failed
from django.db import connection, transaction
from django.db.models import Sum
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from django_otp import login as otp_login
from django_otp.models import Device

from people import audit
from people.middleware import begin_session
from people.models import AuditResult, User
from people.secondfactor import has_device, verify_code

BACKEND = "django.contrib.auth.backends.ModelBackend"
# One address may fail this often in the window before it has to wait; a whole call centre shares one address.
ADDRESS_LIMIT = 100
ADDRESS_WINDOW = timedelta(minutes=15)
PENDING_KEY = "pending_sign_in"
PENDING_FOR = timedelta(minutes=5)


class Outcome(Enum):
    OK = "ok"
    CODE = "code"
    WRONG = "wrong"
    WRONG_CODE = "wrong_code"
    LOCKED = "locked"
    BUSY = "busy"


TEXTS = {
    Outcome.WRONG: _("用户名或密码不对，请核对后重试"),
    Outcome.WRONG_CODE: _("验证码不对或已用过，请等新的验证码再试"),
    Outcome.LOCKED: _("失败次数过多，请 15 分钟后再试，或请系统管理员重设密码"),
    Outcome.BUSY: _("尝试太频繁，请稍候再试"),
    Outcome.CODE: _("请输入二次验证码"),
}
STATUS = {
    Outcome.WRONG: 400,
    Outcome.WRONG_CODE: 400,
    Outcome.CODE: 400,
    Outcome.LOCKED: 429,
    Outcome.BUSY: 429,
}


@dataclass(frozen=True)
class Attempt:
    outcome: Outcome
    user: User | None = None


def check_password(request: HttpRequest, *, username: str, password: str, now: datetime) -> Attempt:
    """OK with the user, CODE with the user when a second factor must follow, else WRONG, LOCKED or BUSY."""
    username = username.strip().lower()
    if _address_is_hammering(request, now):
        return _refused(request, username, Outcome.BUSY, now)
    with transaction.atomic():
        if not _one_at_a_time(username):
            return _refused(request, username, Outcome.BUSY, now)
        found = authenticate(request, username=username, password=password)
        if not isinstance(found, User):
            locked = getattr(request, "axes_locked_out", False)
            return _refused(request, username, Outcome.LOCKED if locked else Outcome.WRONG, now)
    return Attempt(Outcome.CODE if has_device(found) else Outcome.OK, found)


def check_code(request: HttpRequest, user: User, code: str, *, now: datetime) -> tuple[Attempt, Device | None]:
    """The second step for a user whose password was right: OK with the device, WRONG_CODE, LOCKED or BUSY."""
    credentials = {"username": user.username}
    with transaction.atomic():
        if not _one_at_a_time(user.username):
            return _refused(request, user.username, Outcome.BUSY, now), None
        if not AxesProxyHandler.is_allowed(request, credentials):
            return _refused(request, user.username, Outcome.LOCKED, now), None
        device = verify_code(user, code)
        if device is None:
            user_login_failed.send(sender=__name__, credentials=credentials, request=request)
            locked = getattr(request, "axes_locked_out", False)
            return _refused(request, user.username, Outcome.LOCKED if locked else Outcome.WRONG_CODE, now), None
    return Attempt(Outcome.OK, user), device


def open_session(request: HttpRequest, user: User, device: Device | None, *, now: datetime) -> None:
    """Signs in with a new session id, the session's limits marked and one audit row."""
    with transaction.atomic():
        login(request, user, backend=BACKEND)
        if device is not None:
            otp_login(request, device)
        begin_session(request, user, now=now)
        audit.record(
            actor=user,
            action="sign_in",
            subject=user,
            now=now,
            request=request,
            detail={"second_factor": device is not None},
        )


def remember_pending(request: HttpRequest, user: User, *, now: datetime) -> None:
    """Between password and code the browser is nobody: only this note, good for five minutes, is kept."""
    request.session.cycle_key()
    request.session[PENDING_KEY] = {"user": user.pk, "epoch": user.session_epoch, "at": now.timestamp()}


def pending_user(request: HttpRequest, *, now: datetime) -> User | None:
    note = request.session.get(PENDING_KEY)
    if not note or now.timestamp() - note["at"] > PENDING_FOR.total_seconds():
        return None
    return User.objects.filter(pk=note["user"], session_epoch=note["epoch"], is_active=True).first()


def forget_failures(user: User) -> None:
    """After a sign-in without a session (token): what a session's sign-in does by its signal."""
    AxesProxyHandler.reset_attempts(username=user.username)


def keep_answer(request: HttpRequest, response: HttpResponse, credentials: object) -> HttpResponse:
    """For AXES_LOCKOUT_CALLABLE: the sign-in views have already said that the account is locked."""
    return response


def _one_at_a_time(username: str) -> bool:
    key = int.from_bytes(hashlib.sha256(f"sign_in:{username}".encode()).digest()[:8], "big", signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [key])
        return bool(cursor.fetchone()[0])


def _address_is_hammering(request: HttpRequest, now: datetime) -> bool:
    address = audit.client_ip(request)
    if address is None:
        return False
    rows = AccessAttempt.objects.filter(ip_address=address, attempt_time__gte=now - ADDRESS_WINDOW)
    failures: int | None = rows.aggregate(total=Sum("failures_since_start"))["total"]
    return (failures or 0) >= ADDRESS_LIMIT


def _refused(request: HttpRequest, username: str, outcome: Outcome, now: datetime) -> Attempt:
    user = User.objects.filter(username=audit.clean(username, 40)).first()
    audit.record(
        actor=None,
        action="sign_in",
        subject=user,
        now=now,
        request=request,
        result=AuditResult.FAILED if outcome in {Outcome.WRONG, Outcome.WRONG_CODE} else AuditResult.REFUSED,
        reason=outcome.value,
    )
    return Attempt(outcome)
