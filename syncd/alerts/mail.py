"""Telling people by e-mail."""

import smtplib
import ssl
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from typing import Final, Literal

from syncd.alerts.failure import TIMEOUT, NotTold, reason_of, within
from syncd.alerts.words import Said
from syncd.model.incident import Alert, Phase
from syncd.text import text

#: So much of what a server says is kept.
_SAID_LENGTH: Final = 200


@dataclass(frozen=True, slots=True)
class MailServer:
    """A server that takes e-mail, and whom it is for."""

    host: str
    port: int
    security: Literal["starttls", "tls", "none"]
    sender: str
    to: tuple[str, ...]
    #: This machine, as it introduces itself.
    here: str
    user: str | None = None
    #: Reads the password when it is needed, so that nothing else holds it.
    password: Callable[[], str] | None = field(default=None, repr=False)
    ca_file: Path | None = None

    def tell(self, alert: Alert, said: Said, now: datetime) -> None:
        """Send an alert to everybody whom it is for.

        Raises:
            NotTold: The server did not take it for anybody.
            ConfigError: The password is not where it should be.
        """
        password = self.password() if self.password is not None else None
        within(lambda: self._send(self.message(alert, said, now), password))

    def message(self, alert: Alert, said: Said, now: datetime) -> EmailMessage:
        """Return the e-mail. Its id is the alert's: a second copy can be told for one."""
        mail = EmailMessage()
        title = " ".join(said.title.split())  # a header is one line
        mail["From"], mail["To"], mail["Subject"] = self.sender, ", ".join(self.to), title
        mail["Date"] = format_datetime(now.astimezone(UTC))
        mail["Message-ID"] = self._id(alert, alert.phase)
        if alert.phase is Phase.ENDED:
            mail["In-Reply-To"] = mail["References"] = self._id(alert, Phase.OPENED)
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(said.body, cte="base64")
        return mail

    def _id(self, alert: Alert, phase: Phase) -> str:
        incident = alert.incident
        # Another store has an incident of the same number, but none that began in this moment.
        began = f"{incident.opened_at.astimezone(UTC):%Y%m%dT%H%M%S%f}"
        domain = self.sender.rpartition("@")[2]
        return f"<syncd-incident-{incident.id}-{phase.value}.{began}@{domain}>"

    def _send(self, mail: EmailMessage, password: str | None) -> None:
        try:
            with self._connected() as server:
                if self.user is not None and password is not None:
                    server.login(self.user, password)
                server.send_message(mail, self.sender, self.to)
        except smtplib.SMTPException as error:
            # What the server said may hold the password, so the error itself is not handed on.
            raise NotTold(_broken(error) or _refused(error, password)) from None
        except OSError as error:
            raise NotTold(reason_of(error)) from None
        except UnicodeError:  # of the codec that looks at host names
            raise NotTold(text("the host name is not known")) from None

    def _connected(self) -> smtplib.SMTP:
        seconds, context = TIMEOUT.total_seconds(), self._context()
        if self.security == "tls":
            return smtplib.SMTP_SSL(
                self.host, self.port, self.here, timeout=seconds, context=context
            )
        server = smtplib.SMTP(self.host, self.port, self.here, timeout=seconds)
        try:
            if self.security == "starttls":
                server.starttls(context=context)
        except BaseException:
            server.close()
            raise
        return server

    def _context(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=self.ca_file)


def _broken(error: smtplib.SMTPException) -> str | None:
    """Return why the connection broke, where that is what the library met."""
    behind = error.__context__
    if isinstance(behind, smtplib.SMTPException) or not isinstance(behind, OSError):
        return None
    return reason_of(behind)


def _refused(error: smtplib.SMTPException, password: str | None) -> str:
    """Return what the server said, in a sentence without the password."""
    code: int
    said: bytes | str
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, said = next(iter(error.recipients.values()), (0, b""))
    elif isinstance(error, smtplib.SMTPResponseException):
        code, said = error.smtp_code, error.smtp_error
    elif isinstance(error, smtplib.SMTPNotSupportedError):
        return text("the server does not know STARTTLS, or not how to log in")
    elif isinstance(error, smtplib.SMTPServerDisconnected):
        return text("the server closed the connection")
    else:
        return text("the server refused it ({kind})", kind=type(error).__name__)
    told = said.decode(errors="replace") if isinstance(said, bytes) else str(said)
    return text("the server answered {code}: {said}", code=code, said=_fit(told, password))


def _fit(said: str, password: str | None) -> str:
    if password:
        for secret in (password, b64encode(password.encode()).decode()):
            said = said.replace(secret, "***")
    printable = "".join(one if one.isprintable() else " " for one in said)
    return " ".join(printable.split())[:_SAID_LENGTH]
