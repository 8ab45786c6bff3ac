"""What must hold between several keys; judged on the file as written, so that nothing hides behind a typo."""

import difflib
from collections.abc import Iterator, Mapping
from typing import Any

from syncd.config.address import is_loopback
from syncd.config.problems import Problem
from syncd.text import joined, text

Table = Mapping[str, Any]


def broken_rules(document: Table) -> Iterator[Problem]:
    """Yield every rule between keys that ``document`` breaks."""
    sources = {
        name: table
        for name, table in _table(document, "sources").items()
        if isinstance(table, Mapping)
    }
    enabled = [name for name, table in sources.items() if table.get("enabled", True) is True]
    for name, table in sources.items():
        yield from (Problem(f"sources.{name}.{key}", text) for key, text in _of_source(table))
    yield from _of_reconcile(_table(document, "reconcile"), sources, enabled)
    alerts = _table(document, "alerts")
    for key, told in (*_of_alerts(alerts, sources), *_of_email(_table(alerts, "email"))):
        yield Problem(f"alerts.{key}", told)


def _table(document: Table, key: str) -> Table:
    value = document.get(key)
    return value if isinstance(value, Mapping) else {}


def _of_source(table: Table) -> Iterator[tuple[str, str]]:
    match table.get("type"):
        case "wecom":
            yield from _of_wecom(table)
        case "ldap":
            yield from _of_ldap(table)
    if ("client_cert" in table) != ("client_key" in table):
        missing = "client_key" if "client_cert" in table else "client_cert"
        yield missing, text("client_cert and client_key belong together, and this one is missing")


def _of_wecom(table: Table) -> Iterator[tuple[str, str]]:
    if "app_secret" not in table and "contacts_secret" not in table:
        yield (
            "app_secret",
            text("one of app_secret (自建应用密钥) and contacts_secret (通讯录密钥) is needed"),
        )
    if "app_secret" in table and "agent_id" not in table:
        yield (
            "agent_id",
            text("goes with app_secret: the AgentId (应用ID) of the app whose Secret that is"),
        )


def _of_ldap(table: Table) -> Iterator[tuple[str, str]]:
    if table.get("bind_method") == "external":
        yield from _of_external_bind(table)
    else:
        yield from _of_simple_bind(table)
    if table.get("start_tls") is True and not _addresses(table, "ldap://"):
        yield "start_tls", text("is for ldap:// addresses, and urls has none")


def _of_simple_bind(table: Table) -> Iterator[tuple[str, str]]:
    if "bind_dn" in table and "bind_password" not in table:
        yield (
            "bind_password",
            text(
                "is needed with bind_dn: servers take a bind without a password for an anonymous one"
            ),
        )
    if "bind_password" in table and "bind_dn" not in table:
        yield "bind_dn", text("is needed with bind_password")
    if "bind_password" not in table or table.get("allow_plaintext") is True:
        return
    for url in () if table.get("start_tls") is True else _addresses(table, "ldap://"):
        if not _loopback(url):
            yield (
                "urls",
                text(
                    "{url} would send the password unencrypted: use ldaps://, or set start_tls = true or allow_plaintext = true",
                    url=url,
                ),
            )


def _of_external_bind(table: Table) -> Iterator[tuple[str, str]]:
    for key in ("bind_dn", "bind_password"):
        if key in table:
            yield key, text('has no place beside bind_method = "external"')
    if "client_cert" not in table and (
        _addresses(table, "ldap://") or _addresses(table, "ldaps://")
    ):
        yield "client_cert", text('is needed with bind_method = "external"')
    if table.get("start_tls") is not True and _addresses(table, "ldap://"):
        yield (
            "start_tls",
            text('must be true with bind_method = "external": a certificate is shown in TLS only'),
        )


def _addresses(table: Table, scheme: str) -> list[str]:
    urls = table.get("urls")
    given = urls if isinstance(urls, list) else []
    return [url for url in given if isinstance(url, str) and url.startswith(scheme)]


def _loopback(url: str) -> bool:
    try:
        return is_loopback(url)
    except ValueError:  # no address at all, which its own check says
        return True


def _is_asked(source: object) -> bool:
    return (
        isinstance(source, Mapping)
        and source.get("type") == "wecom"
        and source.get("lookup") is True
    )


def _of_several(table: Table, enabled: list[str]) -> Iterator[Problem]:
    """Yield what is missing where people of several sources have to be told from each other."""
    names = joined(", ", enabled)
    if "authority" not in table:
        yield Problem(
            "reconcile.authority",
            text(
                "is needed with several enabled sources: name the one whose people become users, one of {names}",
                names=names,
            ),
        )
    if "common_field" not in table:
        yield Problem(
            "reconcile.common_field",
            text(
                'is needed with several enabled sources ({names}): name the field whose equal value makes two records the same person, such as "mobile" or "employee_no"',
                names=names,
            ),
        )


def _of_reconcile(table: Table, sources: Table, enabled: list[str]) -> Iterator[Problem]:
    if len(enabled) > 1:
        yield from _of_several(table, enabled)
    authority = table.get("authority")
    if isinstance(authority, str) and authority not in enabled:
        near = difflib.get_close_matches(authority, enabled, n=1)
        advice = text('; did you mean "{near}"?', near=near[0]) if near else ""
        state = text("is not enabled") if authority in sources else text("is not configured")
        yield Problem(
            "reconcile.authority",
            text(
                'the source "{authority}" {state}{advice}',
                authority=authority,
                state=state,
                advice=advice,
            ),
        )
    makes_users = table.get("unmatched") == "create" and len(enabled) > 1
    if makes_users and _is_asked(sources.get(str(authority))):
        yield Problem(
            f"sources.{authority}.lookup",
            text(
                'does not go with unmatched = "create" where the source is the authority: whoever is found '
                "only later would be two users for good"
            ),
        )
    prefer = table.get("prefer")
    for field, names in prefer.items() if isinstance(prefer, Mapping) else ():
        unknown = (
            [str(name) for name in names if name not in sources] if isinstance(names, list) else []
        )
        if unknown:
            yield Problem(
                f"reconcile.prefer.{field}",
                text("no source is called {unknown}", unknown=joined(", ", unknown)),
            )


def _of_alerts(table: Table, sources: Table) -> Iterator[tuple[str, str]]:
    """Yield what is in the way of telling people by WeCom."""
    sending = [name for name, one in sources.items() if _sends(one)]
    named = table.get("source")
    if isinstance(named, str) and named not in sending:
        yield (
            "source",
            text('"{name}" is no enabled WeCom source with an app_secret', name=named),
        )
    elif "to" in table and not sending:
        yield "to", text("needs an enabled WeCom source with an app_secret, which sends it")
    elif "to" in table and named is None and len(sending) > 1:
        yield (
            "source",
            text(
                "is needed where several sources could send: {names}", names=joined(", ", sending)
            ),
        )


def _sends(source: Table) -> bool:
    is_on = source.get("enabled", True) is True and source.get("apply", True) is True
    return is_on and source.get("type") == "wecom" and "app_secret" in source


def _of_email(table: Table) -> Iterator[tuple[str, str]]:
    if "password" in table and "user" not in table:
        yield "email.user", text("is needed with password")
    if "user" in table and "password" not in table:
        yield "email.password", text("is needed with user")
    host = table.get("host")
    is_here = isinstance(host, str) and _loopback(f"smtp://{host}")
    if table.get("security") == "none" and "password" in table and not is_here:
        yield (
            "email.security",
            text('"none" would send the password unencrypted: use "starttls" or "tls"'),
        )
