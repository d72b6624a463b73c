"""Accounts: made, corrected, disabled, never deleted. A change of password or right to enter ends every session."""

from datetime import date, datetime

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from knox.models import AuthToken

from people import audit, secondfactor
from people.masking import mask_phone
from people.models import Assignment, User
from people.permissions import require, require_people_manager
from people.roles import NEEDS_AGENT_NO, Role
from people.standing import holders, standing


def create_user(
    *,
    by: User | None,
    now: datetime,
    username: str,
    name: str,
    password: str,
    agent_no: str = "",
    phone: str = "",
    must_change_password: bool = True,
) -> User:
    """A new enabled account without posts. The agent number is unique among all accounts ever made (S4-R08)."""
    require_people_manager(by, on=timezone.localdate(now))
    user = User(
        username=username.strip().lower(),
        name=name.strip(),
        agent_no=agent_no.strip().upper() or None,
        phone=phone.strip(),
        must_change_password=must_change_password,
        password_changed_at=now,
    )
    _check_password(password, user)
    user.set_password(password)
    with transaction.atomic():
        user.full_clean()
        user.save()
        audit.record(actor=by, action="user.create", subject=user, now=now, detail={"agent_no": user.agent_no})
    return user


def update_user(user: User, *, by: User | None, now: datetime, name: str, agent_no: str = "", phone: str = "") -> User:
    """Corrects name, agent number and phone; the number stays while a hotline post needs one (S4-R08)."""
    require_people_manager(by, on=timezone.localdate(now))
    with transaction.atomic():
        user = _lock(user)
        before = {"name": user.name, "agent_no": user.agent_no, "phone": mask_phone(user.phone)}
        user.name, user.agent_no, user.phone = name.strip(), agent_no.strip().upper() or None, phone.strip()
        if user.agent_no is None and _needs_agent_no(user, timezone.localdate(now)):
            raise ValidationError({"agent_no": _("坐席、值长、主管和热线主任必须有工号")})
        user.full_clean()
        user.save(update_fields=["name", "agent_no", "phone"])
        changed = [field for field in before if before[field] != _shown(user, field)]
        audit.record(
            actor=by,
            action="user.update",
            subject=user,
            now=now,
            detail={"changed": changed, "agent_no": user.agent_no},
        )
    return user


def disable_user(user: User, *, by: User | None, now: datetime, reason: str) -> User:
    """Shuts the account at once, everywhere. Posts stay on record but give no right while it is disabled."""
    on = timezone.localdate(now)
    require_people_manager(by, on=on)
    if not reason.strip():
        raise ValidationError({"reason": _("请写明停用原因")})
    if by is not None and by.pk == user.pk:
        raise ValidationError({"reason": _("不能停用自己的账号，请另一位系统管理员操作")})
    with transaction.atomic():
        user = _lock(user)
        if standing(user, on).has(Role.SYSTEM_ADMIN):
            keep_an_administrator(user, on=on)
        user.is_active = False
        user.save(update_fields=["is_active"])
        _end_sessions(user)
        audit.record(actor=by, action="user.disable", subject=user, now=now, reason=reason.strip())
    return user


def enable_user(user: User, *, by: User | None, now: datetime) -> User:
    require_people_manager(by, on=timezone.localdate(now))
    with transaction.atomic():
        user = _lock(user)
        user.is_active = True
        user.save(update_fields=["is_active"])
        audit.record(actor=by, action="user.enable", subject=user, now=now)
    return user


def reset_password(user: User, *, by: User | None, now: datetime, password: str) -> User:
    """A password somebody else chose: it must be changed at the next sign-in, and every session ends."""
    require_people_manager(by, on=timezone.localdate(now))
    require(by is None or by.pk != user.pk)
    _check_password(password, user)
    with transaction.atomic():
        user = _lock(user)
        _set_password(user, password, now=now, must_change=True)
        audit.record(actor=by, action="user.reset_password", subject=user, now=now)
    return user


def change_password(user: User, *, now: datetime, old: str, new: str) -> User:
    """The person's own change; ends every other session (the caller carries its own session over)."""
    if not user.check_password(old):
        raise ValidationError({"old": _("现在的密码不对，请核对后重试")})
    if old == new:
        raise ValidationError({"new": _("新密码不能和现在的一样")})
    _check_password(new, user, field="new")
    with transaction.atomic():
        user = _lock(user)
        _set_password(user, new, now=now, must_change=False)
        audit.record(actor=user, action="user.change_password", subject=user, now=now)
    return user


def end_sessions(user: User, *, by: User | None, now: datetime) -> User:
    """Signs the person out everywhere: pages by the epoch, API clients by their tokens."""
    require(by is None or by.pk == user.pk or _is_manager(by, now))
    with transaction.atomic():
        user = _lock(user)
        _end_sessions(user)
        audit.record(actor=by, action="session.end_all", subject=user, now=now)
    return user


def reset_second_factor(user: User, *, by: User | None, now: datetime, reason: str) -> User:
    """For a lost phone: devices and recovery codes go, the person sets up anew. Never for oneself."""
    require_people_manager(by, on=timezone.localdate(now))
    require(by is None or by.pk != user.pk)
    if not reason.strip():
        raise ValidationError({"reason": _("请写明重设原因")})
    with transaction.atomic():
        user = _lock(user)
        secondfactor.remove_devices(user)
        _end_sessions(user)
        audit.record(actor=by, action="second_factor.reset", subject=user, now=now, reason=reason.strip())
    return user


def set_preferences(user: User, *, theme: str, single_key_shortcuts: bool) -> None:
    """Looks and keys only: not a business fact, so not in the trail."""
    user.theme, user.single_key_shortcuts = theme, single_key_shortcuts
    user.save(update_fields=["theme", "single_key_shortcuts"])


def keep_an_administrator(leaving: User, *, on: date) -> None:
    """Raises when nobody else would be left to manage accounts."""
    if not holders(Role.SYSTEM_ADMIN, on=on).exclude(pk=leaving.pk).exists():
        raise ValidationError(_("这是最后一位系统管理员，请先任命另一位"))


def _lock(user: User) -> User:
    return User.objects.select_for_update().get(pk=user.pk)


def _check_password(password: str, user: User, *, field: str = "password") -> None:
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise ValidationError({field: error.messages}) from None


def _set_password(user: User, password: str, *, now: datetime, must_change: bool) -> None:
    user.set_password(password)
    user.password_changed_at = now
    user.must_change_password = must_change
    user.save(update_fields=["password", "password_changed_at", "must_change_password"])
    _end_sessions(user)


def _end_sessions(user: User) -> None:
    user.session_epoch += 1
    user.save(update_fields=["session_epoch"])
    AuthToken.objects.filter(user=user).delete()


def _is_manager(by: User, now: datetime) -> bool:
    return standing(by, timezone.localdate(now)).has(Role.SYSTEM_ADMIN)


def _needs_agent_no(user: User, on: date) -> bool:
    rows = Assignment.objects.filter(user=user, role__in=NEEDS_AGENT_NO)
    return any(row.valid_to is None or row.valid_to >= on for row in rows)


def _shown(user: User, field: str) -> str | None:
    return mask_phone(user.phone) if field == "phone" else getattr(user, field)
