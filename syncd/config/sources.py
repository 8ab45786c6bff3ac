"""``[sources.<name>]``: the directories that syncd reads."""

import hashlib
import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from syncd.config.address import WebUrl
from syncd.config.duration import Duration
from syncd.config.fields import Fields, LdapFields
from syncd.config.origin import ConfigPath
from syncd.config.secret import SecretSetting
from syncd.config.section import Section, setting, table
from syncd.config.source_values import (
    CorpId,
    Department,
    Dn,
    LdapFilter,
    LdapUrl,
    ProxyUrl,
    WeComBase,
)

_NEWER_KEYS = frozenset({"groups"})
_SECOND = timedelta(seconds=1)


class Callback(Section):
    """``callback``: how WeCom's contact-change events are verified and decrypted."""

    token: SecretSetting = setting(
        doc="The Token of the callback.", example="env:WECOM_CALLBACK_TOKEN"
    )
    aes_key: SecretSetting = setting(
        doc="The EncodingAESKey of the callback.", example="env:WECOM_CALLBACK_AES_KEY"
    )


class Source(Section):
    """What every source has, whatever its type."""

    #: The settings that decide which part of the directory is read.
    SCOPE_KEYS: ClassVar[tuple[str, ...]]

    type: str
    enabled: bool = setting(
        default=True,
        doc="Whether the source is read at all. The secrets of a disabled one are not looked for.",
        active=True,
    )
    every: Duration
    fields: Fields = table(
        doc="Where a field comes from, merged over the defaults of the type; see the types.",
    )
    include: tuple[Department, ...] = setting(
        (), doc="Read these departments (ids or paths) and what is below them, and nothing else."
    )
    exclude: tuple[Department, ...] = setting(
        (), doc="Leave these departments (ids or paths) and what is below them out."
    )
    out_of_scope: Literal["keep", "deactivate"] = setting(
        "keep",
        doc='People in a part that can no longer be seen: "keep" them until an administrator decides '
        '(syncd conflicts accept), or "deactivate" them at once; guards apply.',
    )
    apply: bool = setting(
        default=True,
        doc="false: shadow. What it would change is planned and reported, and nothing is written.",
    )
    timeout: Duration = setting(
        timedelta(seconds=10), doc="How long one answer may take.", ge=timedelta(milliseconds=10)
    )
    ca_file: ConfigPath | None = setting(
        None,
        doc="PEM file of the certificate authority to trust instead of the system's.",
        example="ca.pem",
    )
    client_cert: ConfigPath | None = setting(
        None,
        doc="PEM file of our own certificate, where the other side asks for one.",
        example="client.pem",
    )
    client_key: ConfigPath | None = setting(
        None, doc="PEM file of the key of client_cert.", example="client.key"
    )
    allow_plaintext: bool = setting(
        default=False, doc="Allow an unencrypted connection to another machine (http://, ldap://)."
    )

    @property
    def fingerprint(self) -> str:
        """A short hex of all that decides how this source is read and understood; no secret in it."""
        return self._digest((*self.SCOPE_KEYS, "fields"))

    @property
    def scope_fingerprint(self) -> str:
        """A short hex of what decides which part is read: base, filters, include and exclude."""
        return self._digest(self.SCOPE_KEYS)

    def _digest(self, keys: tuple[str, ...]) -> str:
        parts = {key: _plain(getattr(self, key)) for key in keys}
        # A setting that is newer than some stored fingerprint counts only where it is set: an
        # upgrade alone must not look like a changed configuration.
        parts = {key: value for key, value in parts.items() if value or key not in _NEWER_KEYS}
        text = json.dumps(parts, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def _plain(value: object) -> object:
    """Return ``value`` for JSON; the order of departments in a list means nothing."""
    if isinstance(value, tuple):
        return sorted(value)
    if isinstance(value, Mapping):
        return {key: _plain(each) for key, each in value.items()}
    return value


class WeComSource(Source):
    """A WeCom corporation, read with the secret of an app, the contacts secret, or both."""

    SCOPE_KEYS: ClassVar[tuple[str, ...]] = ("type", "corp_id", "include", "exclude")

    type: Literal["wecom"] = setting(
        doc="A WeCom corporation.", zh="企业微信", example="wecom", active=True
    )
    corp_id: CorpId = setting(
        doc="Console: 我的企业 → 企业信息.", zh="企业ID", example="ww0000000000000000", active=True
    )
    agent_id: int | None = setting(
        None,
        doc="The AgentId of the app; goes with app_secret.",
        zh="应用ID (AgentId)",
        example=1000003,
        active=True,
        ge=1,
    )
    app_secret: SecretSetting | None = setting(
        None,
        doc="The Secret of an app: says what people are like, as far as its visible range goes. "
        "This or contacts_secret is needed.",
        zh="自建应用密钥",
        example="env:WECOM_APP_SECRET",
        active=True,
    )
    contacts_secret: SecretSetting | None = setting(
        None,
        doc="The Secret of 管理工具 → 通讯录同步: says who exists, everywhere in the company.",
        zh="通讯录密钥",
        example="env:WECOM_CONTACTS_SECRET",
    )
    redirect_url: WebUrl | None = setting(
        None,
        doc="Where WeCom sends people who sign in.",
        zh="重定向URL",
        example="https://sign.example.com/wx/login",
    )
    every: Duration = setting(
        timedelta(minutes=10),
        doc="How often the daemon reads it.",
        zh="自动同步时间",
        active=True,
        ge=_SECOND,
    )
    base_url: WeComBase = setting(
        "https://qyapi.weixin.qq.com",
        doc="WeCom's API, without /cgi-bin; another one for a private deployment.",
    )
    fields: Fields = table(
        doc="Where a field comes from, merged over the defaults: field = key of WeCom, or "
        '"extattr.<name>" for an extended attribute; or made of them as for an LDAP source. '
        'A field of your own is "custom.<name>".',
        example={"employee_no": "extattr.工号", "custom.grade": "extattr.职级"},
    )
    bulk_timeout: Duration = setting(
        timedelta(seconds=60),
        doc="How long the answer to a bulk read (a department's people, all ids) may take.",
        ge=timedelta(milliseconds=10),
    )
    concurrency: int = setting(16, doc="How many requests run at the same time.", ge=1, le=64)
    rate: int = setting(9000, doc="Requests to one API within any minute.", ge=1)
    rate_hour: int = setting(135_000, doc="Requests to one API within any hour.", ge=1)
    rate_total: int = setting(18_000, doc="Requests to all APIs together within any minute.", ge=1)
    proxy: ProxyUrl | None = setting(
        None,
        doc='The proxy to WeCom, instead of the one in the environment; "none" for none at all.',
        example="http://proxy.example.com:3128",
    )
    lookup: bool = setting(
        default=False,
        doc="Ask WeCom whose a mobile or an e-mail address of another source is, where it shows nobody's; "
        "stops at half of the wrong ones that WeCom allows in a day.",
    )
    callback: Callback | None = setting(
        None,
        doc="WeCom's contact-change events.",
        example={"token": "env:WECOM_CALLBACK_TOKEN", "aes_key": "env:WECOM_CALLBACK_AES_KEY"},
    )


class LdapSource(Source):
    """An LDAP directory, read by one account."""

    SCOPE_KEYS: ClassVar[tuple[str, ...]] = (
        "type",
        "base_dn",
        "directory",
        "departments",
        "person_filter",
        "department_filter",
        "groups",
        "include",
        "exclude",
    )

    type: Literal["ldap"] = setting(doc="An LDAP directory.", example="ldap", active=True)
    urls: tuple[LdapUrl, ...] = setting(
        doc="The servers, all with the same content; the next is tried where one does not answer.",
        example=["ldaps://dc1.example.com", "ldaps://dc2.example.com"],
        active=True,
        min_length=1,
    )
    start_tls: bool = setting(
        default=False,
        doc="Ask for TLS on ldap:// before anything else is sent (StartTLS).",
    )
    bind_method: Literal["simple", "external"] = setting(
        "simple",
        doc='How the account shows who it is: "simple" by bind_dn and bind_password; "external" by client_cert, '
        "or over ldapi:// by the system's account (SASL EXTERNAL).",
    )
    bind_dn: str | None = setting(
        None,
        doc="The account that reads; without one the bind is anonymous.",
        example="cn=syncd,ou=services,dc=example,dc=com",
        active=True,
    )
    bind_password: SecretSetting | None = setting(
        None, doc="Its password.", example="env:LDAP_PASSWORD", active=True
    )
    base_dn: Dn = setting(
        doc="The entry under which everything is.",
        example="dc=example,dc=com",
        active=True,
        min_length=1,
    )
    directory: Literal["auto", "openldap", "ad", "389ds"] = setting(
        "auto",
        doc='What kind of server it is; "auto" asks it. It decides about ids, default fields and disabled accounts.',
    )
    every: Duration = setting(
        timedelta(hours=1), doc="How often the daemon reads it.", active=True, ge=_SECOND
    )
    page_size: int = setting(
        1000,
        doc="How many entries are asked for at a time; servers commonly allow 1,000.",
        ge=1,
        le=100_000,
    )
    departments: Annotated[
        str, Field(pattern=r"^(ou|none|attribute:[A-Za-z0-9][A-Za-z0-9.;-]*)$")
    ] = setting(
        "ou", doc='What departments are: "ou", "attribute:<name>" of the person, or "none".'
    )
    person_filter: LdapFilter | None = setting(
        None,
        doc="An LDAP filter for persons, instead of the built-in one.",
        example="(objectClass=inetOrgPerson)",
    )
    department_filter: LdapFilter | None = setting(
        None,
        doc="An LDAP filter for departments, instead of the built-in one.",
        example="(objectClass=organizationalUnit)",
    )
    groups: tuple[Dn, ...] = setting(
        (),
        doc="DNs of groups: read only who is a member of one of them, nested groups included.",
        example=["cn=staff,ou=groups,dc=example,dc=com"],
    )
    fields: LdapFields = table(
        doc="Where a field comes from, merged over the defaults: field = attribute, or made of "
        "attributes by braces or by steps (docs/configuration.md). "
        'A field of your own is "custom.<name>".',
        example={
            "mobile": "mobile",
            "name": "{sn}{givenName?}",
            "employee_no": {"from": "employeeNumber", "strip_prefix": "E", "pad_left": 8},
        },
    )


AnySource = Annotated[WeComSource | LdapSource, Field(discriminator="type")]
