"""电子邮件 by the company's SMTP server, with STARTTLS or TLS from the start; the message id is our reference."""

import smtplib
import socket
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime

from django.conf import settings
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from notifications.channels.base import Channel, Field, Line, Outgoing, Permanent, Receipt, Temporary
from notifications.transport import TOTAL, Failed, Refused, connect, is_test_receiver, tls_context, watchdog

TEMPORARY_REPLIES = range(400, 500)
CONVERSATION = 15.0  # seconds from greeting to the last reply
PLAIN, STARTTLS, TLS = "plain", "starttls", "tls"


class _Smtp(smtplib.SMTP):
    """Connects through ``transport``: host list, address check, time limits."""

    def __init__(self, place: tuple[str, int], security: str) -> None:
        self.place, self.security = place, security
        super().__init__(timeout=TOTAL)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        found = connect(self.place)
        found.settimeout(TOTAL)
        if self.security == TLS:
            return tls_context(self.place).wrap_socket(found, server_hostname=self.place[0])
        return found


def send(line: Line, message: Outgoing) -> Receipt:
    place = (line.of("host"), int(line.of("port") or 0))
    letter = compose(line, message)
    try:
        link = _Smtp(place, line.of("security"))
        with watchdog(link, CONVERSATION), link:
            link.connect(*place)
            _enter(link, line, place)
            link.send_message(letter)
    except Refused as error:
        raise Permanent(str(error)) from error
    except Failed as error:
        raise Temporary(str(error)) from error
    except smtplib.SMTPRecipientsRefused as error:
        code = next(iter(error.recipients.values()), (500, b""))[0]
        raise _failure(code, _t("收件地址被拒")) from error
    except smtplib.SMTPAuthenticationError as error:
        raise Permanent(_t("邮件服务器不接受这个账号")) from error
    except smtplib.SMTPNotSupportedError as error:
        raise Permanent(_t("邮件服务器不支持所选的加密或登录方式")) from error
    except smtplib.SMTPResponseException as error:
        raise _failure(error.smtp_code, _t("邮件服务器拒绝")) from error
    except (smtplib.SMTPException, OSError, ValueError, AttributeError) as error:
        raise Temporary(_t("邮件服务器没有应答或中断"), unclear=True) from error
    return Receipt(str(letter["Message-ID"])[:80])


def _enter(link: smtplib.SMTP, line: Line, place: tuple[str, int]) -> None:
    link.ehlo()
    if line.of("security") == STARTTLS:
        link.starttls(context=tls_context(place))
        link.ehlo()
    elif line.of("security") == PLAIN and line.of("user") and not is_test_receiver(place):
        raise Permanent(_t("没有加密的连接上不能登录"))
    if line.of("user"):
        link.login(line.of("user"), line.of("password"))


def _failure(code: int, text: str) -> Temporary | Permanent:
    said = f"{text}（{code}）"
    return Temporary(said) if code in TEMPORARY_REPLIES else Permanent(said)


def compose(line: Line, message: Outgoing) -> EmailMessage:
    letter = EmailMessage()
    letter["From"] = Address(line.of("sender_name"), addr_spec=line.of("sender"))
    letter["To"] = Address(addr_spec=message.address)
    letter["Subject"] = " ".join(message.subject.split())
    letter["Date"] = format_datetime(line.now())
    letter["Message-ID"] = f"<{message.reference}@{line.of('sender').rpartition('@')[2] or 'hotline'}>"
    letter["Auto-Submitted"] = "auto-generated"
    letter.set_content(f"{message.text}\n\n{settings.SITE_URL}\n")
    return letter


CHANNEL = Channel(
    "smtp",
    _("电子邮件"),
    send,
    fields=(
        Field("host", _("服务器")),
        Field("port", _("端口"), default="587"),
        Field(
            "security",
            _("加密"),
            default=STARTTLS,
            choices=((STARTTLS, "STARTTLS"), (TLS, "TLS"), (PLAIN, _("不加密（仅内网）"))),
        ),
        Field("sender", _("发件地址")),
        Field("sender_name", _("发件人名称"), required=False),
        Field("user", _("登录账号"), required=False),
        Field("password", _("登录口令"), secret=True, required=False),
    ),
    parallel=4,
    about=_("发给个人；各人在消息偏好里填邮箱"),
)
