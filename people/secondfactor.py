"""Second factor: a TOTP device and ten recovery codes per person (django-otp keeps devices, drift and throttle)."""

import base64
import hashlib
import secrets
from datetime import date

import segno
from django.db import transaction
from django.utils.safestring import SafeString
from django_otp.models import Device
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from people.models import User
from people.roles import SECOND_FACTOR
from people.standing import standing

RECOVERY_CODES = 10
DEVICE_NAME = "totp"
RECOVERY_NAME = "recovery"
STORED_LENGTH = 16


def must_have_device(user: User, *, on: date) -> bool:
    """Administrator, adjudicator and export approver may not work without a second factor."""
    return standing(user, on).has(*SECOND_FACTOR)


def has_device(user: User) -> bool:
    return bool(TOTPDevice.objects.filter(user_id=user.pk, confirmed=True).exists())


def is_verified(user: User) -> bool:
    """True in a session whose second factor was given (the OTP middleware puts the device on the user)."""
    return getattr(user, "otp_device", None) is not None


def start_device(user: User) -> TOTPDevice:
    """The unconfirmed device being set up; made once and kept until confirmed, so that a reload shows the same QR."""
    device, _created = TOTPDevice.objects.get_or_create(user=user, confirmed=False, defaults={"name": DEVICE_NAME})
    return device


def qr_svg(device: TOTPDevice) -> SafeString:
    """The device's otpauth address as an inline SVG without style attributes."""
    svg = segno.make(device.config_url, error="m").svg_inline(scale=5, border=4, light="#fff", dark="#000")
    return SafeString(svg)


def secret_text(device: TOTPDevice) -> str:
    """The secret in groups of four, for typing by hand."""
    text = base64.b32encode(device.bin_key).decode().rstrip("=")
    return " ".join(text[index : index + 4] for index in range(0, len(text), 4))


def confirm_device(user: User, code: str) -> TOTPDevice | None:
    """Confirms the device being set up by its first code and drops the former one; None when the code is wrong."""
    with transaction.atomic():
        device = TOTPDevice.objects.select_for_update().filter(user=user, confirmed=False).first()
        if device is None or not device.verify_token(_digits(code)):
            return None
        TOTPDevice.objects.filter(user=user, confirmed=True).delete()
        device.confirmed = True
        device.save()
        return device


def new_recovery_codes(user: User) -> list[str]:
    """Replaces the recovery codes; the plain codes exist only in this answer, the table holds their hashes."""
    codes = [f"{secrets.token_hex(3)}-{secrets.token_hex(3)}" for _i in range(RECOVERY_CODES)]
    with transaction.atomic():
        device, _created = StaticDevice.objects.get_or_create(user=user, defaults={"name": RECOVERY_NAME})
        device.token_set.all().delete()
        StaticToken.objects.bulk_create([StaticToken(device=device, token=_stored(code)) for code in codes])
    return codes


def recovery_codes_left(user: User) -> int:
    return int(StaticToken.objects.filter(device__user=user, device__confirmed=True).count())


def verify_code(user: User, code: str) -> Device | None:
    """The device whose code this is, else None. A code works once; wrong codes slow the device down (django-otp)."""
    digits = _digits(code)
    model = TOTPDevice if len(digits) == len(code.replace(" ", "")) else StaticDevice
    with transaction.atomic():
        for device in model.objects.devices_for_user(user, confirmed=True).select_for_update():
            if device.verify_token(digits if model is TOTPDevice else _stored(code)):
                return device
    return None


def remove_devices(user: User) -> None:
    """Takes every device and recovery code away; the person sets up anew at the next sign-in."""
    TOTPDevice.objects.filter(user=user).delete()
    StaticDevice.objects.filter(user=user).delete()


def _digits(code: str) -> str:
    return "".join(ch for ch in code if ch.isdecimal())


def _stored(code: str) -> str:
    plain = "".join(ch for ch in code.lower() if ch.isalnum())
    return base64.b32encode(hashlib.sha256(plain.encode()).digest()).decode()[:STORED_LENGTH]
