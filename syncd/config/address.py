"""Addresses: which are loopback, which are well-formed, and how they are shown without a password."""

import ipaddress
import re
from typing import Annotated
from urllib.parse import SplitResult, urlsplit

from pydantic import AfterValidator

from syncd.text import joined, text

_USERINFO = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*://)(?P<user>[^/@\s:]*):[^/@\s]*@")
#: How the address of a database server may begin → how SQLAlchemy and our driver know it.
SERVERS = {
    "postgresql+psycopg": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "postgres": "postgresql+psycopg",
    "mysql+pymysql": "mysql+pymysql",
    "mysql": "mysql+pymysql",
    "mariadb+pymysql": "mysql+pymysql",
    "mariadb": "mysql+pymysql",
}


def is_database(url: str) -> bool:
    """Return whether a text is the address of a database that syncd knows."""
    return url.partition("://")[0] in {"sqlite", *SERVERS}


def shown_database(url: str) -> str:
    """Return the address of a database as it may be shown: no password, and no options."""
    return mask_password(url).partition("?")[0]


def mask_password(url: str) -> str:
    """Return ``url`` with the password in it, if any, replaced by asterisks."""
    return _USERINFO.sub(r"\g<scheme>\g<user>:********@", url)


def is_loopback(url: str) -> bool:
    """Return whether ``url`` leads to this machine only (``ldapi:`` does, too)."""
    parts = urlsplit(url)
    if parts.scheme == "ldapi":
        return True
    host = (parts.hostname or "").removesuffix(".")
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def check_url(value: str, schemes: tuple[str, ...]) -> SplitResult:
    """Return the parts of ``value``, an address with one of ``schemes``.

    Raises:
        ValueError: It is none; the text says why, and holds no password.
    """
    wanted = joined(" or ", [f"{scheme}://" for scheme in schemes])
    shown = mask_password(value)
    try:
        parts = urlsplit(value)
        _ = parts.port
    except ValueError as error:
        raise ValueError(
            text('"{shown}" is no address: {error}', shown=shown, error=str(error))
        ) from None
    if parts.scheme not in schemes:
        raise ValueError(text('"{shown}" must start with {wanted}', shown=shown, wanted=wanted))
    if not parts.hostname and parts.scheme != "ldapi":
        raise ValueError(text('"{shown}" names no host', shown=shown))
    return parts


def _web_url(value: str) -> str:
    check_url(value, ("https", "http"))
    return value


WebUrl = Annotated[str, AfterValidator(_web_url)]
