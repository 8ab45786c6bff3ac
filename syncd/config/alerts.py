"""``[alerts]``: who is told when something needs a person, and by which ways."""

import re
from datetime import timedelta
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, create_model

from syncd.config.address import check_url
from syncd.config.duration import Duration
from syncd.config.origin import ConfigPath
from syncd.config.proxy import DIRECT
from syncd.config.secret import Secret, SecretSetting
from syncd.config.section import Section, setting
from syncd.config.source_values import SourceName
from syncd.text import text

_RECIPIENT = re.compile(r"user:[0-9]+|userid:[^|\s]+|department:[0-9]+|tag:[0-9]+|all")
_ADDRESS = re.compile(r"[^@\s,;<>\"()]+@[^@\s,;<>\"()]+", re.ASCII)
_HOST = re.compile(r"[A-Za-z0-9.:_-]+")
#: From this many characters on, a part of an address that stands for nothing else is a secret.
_SECRET_LENGTH = 16

Security = Literal["starttls", "tls", "none"]
_PORTS: dict[Security, int] = {"starttls": 587, "tls": 465, "none": 25}


def _recipient(value: str) -> str:
    if not _RECIPIENT.fullmatch(value):
        raise ValueError(
            text(
                '{value!r} is no recipient: write "userid:zhangsan", "user:17", "department:3", "tag:2" or "all"',
                value=value,
            )
        )
    return value


def _address(value: str) -> str:
    if not value.isascii() or not _ADDRESS.fullmatch(value):
        raise ValueError(
            text(
                '{value!r} is no e-mail address: write it alone, such as "it@example.com"',
                value=value,
            )
        )
    return value


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _host(value: str) -> str:
    if not _HOST.fullmatch(value):
        raise ValueError(
            text("{value!r} is no host name; the port has a key of its own", value=value)
        )
    return value


def _webhook(value: Secret) -> Secret:
    for one in value.references:
        if one.kind == "literal":
            check_url(one.name, ("https", "http"))
    return value


def _http_proxy(value: str) -> str:
    if value != DIRECT:
        check_url(value, ("http",))
    return value


MailAddress = Annotated[str, AfterValidator(_address)]

# `from` is a word of Python's, which a class cannot have as an attribute that is written down.
_FROM: dict[str, Any] = {
    "from": (MailAddress, setting(doc="Who it is from.", example="syncd@example.com"))
}
_Sender = create_model("_Sender", __base__=Section, **_FROM)


class EmailSettings(_Sender):  # type: ignore[misc, valid-type]  # see above
    """``email``: a server that takes e-mail, and whom it is for."""

    host: Annotated[str, AfterValidator(_host)] = setting(
        doc="The server that takes e-mail.", example="smtp.example.com"
    )
    port: int | None = setting(None, doc="Its port.", ge=1, le=65535)
    to: Annotated[tuple[MailAddress, ...], BeforeValidator(_listed)] = setting(
        doc="Whom it is for.", example=["it@example.com"], min_length=1
    )
    user: str | None = setting(None, doc="The account, where the server asks for one.")
    password: SecretSetting | None = setting(None, doc="Its password.")
    security: Security = setting(
        "starttls", doc='"starttls", "tls" (from the first byte on), or "none".'
    )

    @property
    def sender(self) -> str:
        """The key `from`."""
        return str(getattr(self, "from"))

    @property
    def effective_port(self) -> int:
        """The port, by default the usual one of the kind of encryption."""
        return self.port or _PORTS[self.security]


class AlertSettings(Section):
    """``[alerts]``: who is told when something needs a person."""

    to: Annotated[
        tuple[Annotated[str, AfterValidator(_recipient)], ...], BeforeValidator(_listed)
    ] = setting(
        (),
        doc="Whom to tell in WeCom: userid:, user:, department:, tag: or all, as in a message.",
        example=["userid:zhangsan"],
    )
    source: SourceName | None = setting(
        None,
        doc="The WeCom source that sends it; needed where several could.",
        example="wecom",
    )
    email: EmailSettings | None = setting(
        None,
        doc='E-mail, a way that works when WeCom does not: host, port, from, to, user, password, security = "starttls", "tls" or "none".',
        example={
            "host": "smtp.example.com",
            "port": 587,
            "from": "syncd@example.com",
            "to": ["it@example.com"],
            "user": "syncd",
            "password": "env:SMTP_PASSWORD",
            "security": "starttls",
        },
    )
    webhook: Annotated[SecretSetting, AfterValidator(_webhook)] | None = setting(
        None,
        doc="An address that gets each alert as JSON by POST; where it holds a secret, name it as one.",
        example="env:ALERTS_WEBHOOK",
    )
    after: Duration = setting(
        timedelta(minutes=30),
        doc="How long a source must have failed before anybody is told.",
    )
    lang: Literal["en", "zh", "both"] = setting(
        "both", doc='The language of what is told: "en", "zh" or "both".'
    )
    ca_file: ConfigPath | None = setting(
        None,
        doc="PEM file of the certificate authority of the mail server and the web hook, instead of the system's.",
        example="ca.pem",
    )
    proxy: Annotated[str, AfterValidator(_http_proxy)] | None = setting(
        None,
        doc='The HTTP proxy to the web hook, instead of the one in the environment; "none" for none at all.',
        example="http://proxy.example.com:3128",
    )

    @property
    def has_another_way(self) -> bool:
        """Whether anybody is told by another way than WeCom."""
        return self.email is not None or self.webhook is not None


def holds_secret(url: str) -> bool:
    """Return whether an address seems to hold something that not everybody should know."""
    parts = urlsplit(url)
    long = any(len(step) >= _SECRET_LENGTH for step in parts.path.split("/"))
    return bool(parts.query or parts.password or long)
