"""What operators do: channels, texts, wishes, resending, giving up, calls by hand. Each leaves an audit row."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from notifications import keys
from notifications.channels import CHANNELS, CONFIGURED
from notifications.expand import new_delivery
from notifications.messages import Row
from notifications.models import Delivery, Endpoint, Preference, TextVersion
from notifications.transport import Refused, check_host, check_url
from notifications.vocabulary import TEST, TROUBLE, DeliveryState, ToKind, moved
from notifications.wake import wake_on_commit
from notifications.wishes import endpoints_for_people, person_of
from notifications.wording import check
from people import audit
from people.models import User


@transaction.atomic
def save_endpoint(
    endpoint: Endpoint, *, config: Mapping[str, str], secret: Mapping[str, str], by: User, now: datetime
) -> Endpoint:
    """``secret`` holds only what was typed: what was left blank stays as it is. Addresses are checked here and again
    at connect. Raises ValidationError."""
    channel = CONFIGURED[endpoint.channel]
    kept = {} if endpoint.pk is None else keys.open_sealed(endpoint.secret)
    whole = kept | {name: value for name, value in secret.items() if value}
    missing = {
        one.name: _("请填写") for one in channel.fields if one.secret and one.required and not whole.get(one.name)
    }
    if missing:
        raise ValidationError(missing)
    _check_places(config)
    endpoint.config, endpoint.secret = dict(config), keys.seal(whole)
    endpoint.failures, endpoint.rest_until = 0, None
    endpoint.saved_by, endpoint.saved_at = by, now
    endpoint.save()
    detail = {
        "channel": endpoint.channel,
        "enabled": endpoint.enabled,
        "new_secret": sorted(n for n in secret if secret[n]),
    }
    audit.record(actor=by, action="endpoint.save", ref=endpoint.name, now=now, detail=detail)
    wake_on_commit()
    return endpoint


def _check_places(config: Mapping[str, str]) -> None:
    for name in ("url", "query_url"):
        if config.get(name):
            try:
                check_url(config[name])
            except Refused as error:
                raise ValidationError({name: str(error)}) from error
    if "host" in config:
        try:
            check_host((config["host"], int(config["port"])))
        except Refused as error:
            raise ValidationError({"host": str(error)}) from error


@transaction.atomic
def send_test(endpoint: Endpoint, *, by: User, now: datetime) -> Delivery:
    """One message through this channel: to the group, or to oneself. Sent by the sender like any other; tried once."""
    channel = CHANNELS[endpoint.channel]
    if not endpoint.enabled:
        raise ValidationError(_("通道停用中，请先启用"))
    one = new_delivery(
        None, endpoint.channel, _("测试消息"), _("%(name)s 测试通道“%(channel)s”，收到即为正常。"), now=now
    )
    one.text = one.text % {"name": by.name, "channel": endpoint.name}
    one.endpoint, one.note, one.recipient = endpoint, TEST, by
    one.to = ToKind.GROUP if channel.group else ToKind.PERSON
    if not channel.group:
        person = person_of(by, Preference.objects.filter(user=by).first())
        if not person.addresses.get(endpoint.channel):
            raise ValidationError(_("请先在“消息偏好”里填上自己的地址，测试消息发给你本人"))
    one.save()
    audit.record(actor=by, action="endpoint.test", ref=endpoint.name, now=now)
    wake_on_commit()
    return one


def last_test(endpoint: Endpoint) -> Delivery | None:
    return Delivery.objects.filter(endpoint=endpoint, note=TEST).order_by("-pk").first()


# --- what did not arrive ----------------------------------------------------------------------------------------------


@transaction.atomic
def resend(row: Delivery, *, by: User, now: datetime) -> Delivery:
    """From trouble back to the queue, as a fresh try of the same reference; by the channel as it is set up now."""
    row = Delivery.objects.select_for_update(of=("self",)).get(pk=row.pk)
    if row.state not in TROUBLE or row.closed_at is not None:
        raise ValidationError(_("这条消息已不在未送达里，可能刚刚有人处理"))
    if row.posting_id is not None:
        raise ValidationError(_("停电通知已转人工发布，请在停电页面登记；不再由机器人补发"))
    if row.endpoint_id is None or row.endpoint is None or not row.endpoint.enabled:
        row.endpoint = endpoints_for_people().get(row.channel)
    if row.endpoint is None:
        raise ValidationError(_("这个通道还没有启用，请先在“消息通道”里设置"))
    row.state, row.due_at, row.queued_at, row.reason = DeliveryState.PENDING, now, now, ""
    row.save()
    audit.record(actor=by, action="message.resend", ref=row.reference, now=now)
    wake_on_commit()
    return row


@transaction.atomic
def give_up(row: Delivery, *, by: User, now: datetime, note: str) -> None:
    """Stays in the log as not delivered, with who decided so and why."""
    done = Delivery.objects.filter(pk=row.pk, state__in=TROUBLE, closed_at__isnull=True).update(
        closed_at=now, closed_by=by, note=note
    )
    if not done:
        raise ValidationError(_("这条消息已不在未送达里，可能刚刚有人处理"))
    audit.record(actor=by, action="message.give_up", ref=row.reference, now=now, reason=note)


@transaction.atomic
def called(row: Delivery, *, by: User, now: datetime, note: str) -> None:
    """Somebody rang the person by hand and says what came of it."""
    done = Delivery.objects.filter(pk=row.pk, state=DeliveryState.WAITING).update(
        **moved(DeliveryState.DONE, closed_at=now, closed_by=by, note=note)
    )
    if not done:
        raise ValidationError(_("这个电话已有人登记"))
    audit.record(actor=by, action="message.call", ref=row.reference, now=now, reason=note)


# --- texts and wishes -------------------------------------------------------------------------------------------------


@transaction.atomic
def save_text(row: Row, *, values: Mapping[str, Any], by: User, now: datetime) -> TextVersion:
    """A new version; earlier ones stay. Raises ValidationError naming an unknown variable."""
    for field in ("subject", "text", "short"):
        check(str(values[field]), row, field)
    newest = TextVersion.objects.select_for_update().filter(code=row.code).order_by("-version").first()
    saved = TextVersion.objects.create(
        code=row.code, version=(newest.version if newest else 0) + 1, saved_by=by, saved_at=now, **values
    )
    audit.record(actor=by, action="text.save", ref=row.code, now=now, detail={"version": saved.version})
    return saved


@transaction.atomic
def save_wishes(user: User, *, values: Mapping[str, Any], now: datetime) -> Preference:
    row, _created = Preference.objects.update_or_create(user=user, defaults=dict(values))
    audit.record(actor=user, action="message.wishes", subject=user, now=now)
    return row
