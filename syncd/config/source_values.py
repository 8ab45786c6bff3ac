"""The values that only sources have: what is accepted, and what is said about the rest."""

import re
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator

from syncd.config.address import check_url
from syncd.config.ldap_filter import check_filter
from syncd.config.proxy import DIRECT
from syncd.text import text

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


def _source_name(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise ValueError(
            text(
                '"{name}" cannot be the name of a source: letters, digits, "_" and "-", at most 64 of them',
                name=name,
            )
        )
    return name


def _department(value: object) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, str) and value.strip():
        return value.strip()
    raise ValueError(text('must be a department: its id, or its path such as "公司/销售部"'))


def _corp_id(value: object) -> str:
    if isinstance(value, int) or (isinstance(value, str) and value.strip().isdigit()):
        raise ValueError(
            text(
                "looks like an AgentId; the corp id (企业ID) starts with ww or wx and stands under 我的企业 → 企业信息 in WeCom's console"
            )
        )
    if not isinstance(value, str) or not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", value):
        raise ValueError(
            text('must be the corp id (企业ID) in quotes, such as "ww0123456789abcdef"')
        )
    return value


def _wecom_base(value: str) -> str:
    path = check_url(value, ("https", "http")).path
    if "/cgi-bin" in path:
        raise ValueError(text("must not have /cgi-bin in it: syncd adds that itself, drop it"))
    return value.rstrip("/")


def _proxy(value: str) -> str:
    if value != DIRECT:
        check_url(value, ("http", "https", "socks5", "socks5h"))
    return value


def _ldap_url(value: str) -> str:
    parts = check_url(value, ("ldaps", "ldap", "ldapi"))
    if parts.scheme != "ldapi" and (parts.path.strip("/") or parts.query):
        raise ValueError(text("must end with the host and port; the base has its own key, base_dn"))
    return value.rstrip("/")


def _dn(value: str) -> str:
    if "=" not in value:
        raise ValueError(text('is no DN: write it as the server does, such as "dc=example,dc=com"'))
    return value


CorpId = Annotated[str, BeforeValidator(_corp_id)]
WeComBase = Annotated[str, AfterValidator(_wecom_base)]
ProxyUrl = Annotated[str, AfterValidator(_proxy)]
LdapUrl = Annotated[str, AfterValidator(_ldap_url)]
LdapFilter = Annotated[str, AfterValidator(check_filter)]
Dn = Annotated[str, AfterValidator(_dn)]
Department = Annotated[str, BeforeValidator(_department)]
SourceName = Annotated[str, AfterValidator(_source_name)]
