"""Puts the parts together: the only place that names concrete adapters."""

import hashlib
import os
import socket
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from syncd.config.configuration import Configuration
from syncd.config.proxy import EnvironmentProxies, proxy_for
from syncd.config.secret import Secret
from syncd.config.sources import LdapSource as LdapSourceSettings
from syncd.config.sources import WeComSource as WeComSourceSettings
from syncd.errors import UsageError
from syncd.reconcile.normalize import fold_userid
from syncd.reconcile.settings import Limit, Limits, Policy
from syncd.services.by_hand import ByHand
from syncd.services.decide import Context
from syncd.services.purge_people import Keeping, PurgeContext
from syncd.services.sources import Configured
from syncd.sources.base import Progress, Source, ignore_progress
from syncd.store.store import Store
from syncd.text import Text, text

if TYPE_CHECKING:
    from syncd.services.keys import AskedSource
    from syncd.sources.ldap.source import LdapSource
    from syncd.sources.wecom.source import WecomSource


def now() -> datetime:
    """Return the time, in UTC."""
    return datetime.now(UTC)


def actor(env: Mapping[str, str] = os.environ) -> str:
    """Return who runs this process: the login name, or the one behind sudo."""
    import getpass  # noqa: PLC0415 - of no use to most commands

    if env.get("SUDO_USER"):
        return env["SUDO_USER"]
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # no name for this number, as in many containers
        return f"uid {os.getuid()}"


def host() -> str:
    """Return this machine's name, under which its copy of the audit log is registered."""
    return socket.gethostname()


def open_store(configuration: Configuration, *, read_only: bool = False) -> Store:
    """Return the configured store; nothing is created before it is used.

    Raises:
        StoreError: It cannot be opened.
    """
    settings = configuration.audit
    return Store.open(
        configuration.store.sqlalchemy_url,
        read_only=read_only,
        personal_data=settings.personal_data == "plain",
    )


def choose_sources(configuration: Configuration, names: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Return the names of the enabled sources, or those of them that `names` gives; the authority first.

    Raises:
        ConfigError: No source is enabled.
        UsageError: A name is not that of an enabled source.
    """
    configuration.require_source()
    enabled = configuration.enabled_sources
    for name in names:
        if name not in enabled:
            known = ", ".join(sorted(enabled))
            raise UsageError(
                text("No enabled source is called {name!r}.", name=name),
                hint=text("Enabled: {known}.", known=known),
            )
    chosen = [name for name in enabled if not names or name in names]
    return tuple(sorted(chosen, key=lambda name: name != configuration.authority))


def build_source(
    configuration: Configuration,
    name: str,
    env: Mapping[str, str] = os.environ,
    sleep: Callable[[float], object] = time.sleep,
) -> Source:
    """Return the source of that name; its secrets are read here. What `sleep` raises ends waits.

    Raises:
        ConfigError: A secret is not where it should be.
    """
    settings = configuration.sources[name]
    if isinstance(settings, WeComSourceSettings):
        return _wecom(name, settings, EnvironmentProxies.read(env), sleep)
    return _ldap(name, settings)


def try_source(
    configuration: Configuration, name: str, env: Mapping[str, str] = os.environ
) -> list[Text]:
    """Return what was found when a source was asked for as little as possible.

    Raises:
        ConfigError: A secret is not where it should be.
        SourceError: It cannot be read.
    """
    settings = configuration.sources[name]
    if isinstance(settings, WeComSourceSettings):
        with closing(_wecom(name, settings, EnvironmentProxies.read(env), time.sleep)) as wecom:
            return wecom.try_out()
    return _ldap(name, settings).try_out()


def _wecom(
    name: str,
    settings: WeComSourceSettings,
    proxies: EnvironmentProxies,
    sleep: Callable[[float], object],
) -> "WecomSource":
    from syncd.sources.wecom.settings import WecomSettings  # noqa: PLC0415 - start-up time
    from syncd.sources.wecom.source import WecomSource  # noqa: PLC0415
    from syncd.wecom.client import WeComClient  # noqa: PLC0415
    from syncd.wecom.pace import Pace  # noqa: PLC0415
    from syncd.wecom.token import Tokens  # noqa: PLC0415

    clock = time.monotonic
    pace = Pace(
        per_minute=settings.rate,
        per_hour=settings.rate_hour,
        total_per_minute=settings.rate_total,
        clock=clock,
        sleep=sleep,
    )
    tokens = Tokens(clock=clock)

    def client(secret_name: str, secret: Secret | None) -> WeComClient | None:
        if secret is None:
            return None
        return WeComClient(
            settings.corp_id,
            secret.reveal(),
            secret_name=secret_name,
            base_url=settings.base_url,
            agent_id=settings.agent_id,
            timeout=settings.timeout,
            bulk_timeout=settings.bulk_timeout,
            concurrency=settings.concurrency,
            proxy=proxy_for(settings.base_url, settings.proxy, proxies),
            ca_file=settings.ca_file,
            pace=pace,
            tokens=tokens,
            sleep=sleep,
        )

    return WecomSource(
        WecomSettings(
            name=name,
            corp_id=settings.corp_id,
            fields=settings.fields,
            include=settings.include,
            exclude=settings.exclude,
            concurrency=settings.concurrency,
        ),
        app=client("app_secret", settings.app_secret),
        contacts=client("contacts_secret", settings.contacts_secret),
        now=now,
    )


def _ldap(name: str, settings: LdapSourceSettings) -> "LdapSource":
    from syncd.sources.ldap.settings import LdapSettings  # noqa: PLC0415 - start-up time
    from syncd.sources.ldap.source import LdapSource  # noqa: PLC0415

    password = settings.bind_password
    return LdapSource(
        LdapSettings(
            name=name,
            urls=settings.urls,
            base_dn=settings.base_dn,
            bind_dn=settings.bind_dn,
            bind_password=password.reveal if password is not None else None,
            bind_method=settings.bind_method,
            start_tls=settings.start_tls,
            page_size=settings.page_size,
            ca_file=settings.ca_file,
            client_cert=settings.client_cert,
            client_key=settings.client_key,
            timeout=settings.timeout,
            fields=settings.fields,
            include=settings.include,
            exclude=settings.exclude,
            directory=settings.directory,
            departments=settings.departments,
            groups=settings.groups,
            person_filter=settings.person_filter,
            department_filter=settings.department_filter,
            allow_plaintext=settings.allow_plaintext,
        ),
        clock=now,
    )


def policy(configuration: Configuration) -> Policy:
    """Return what the administrator has decided about reconciling."""
    limits = {
        name: Limit(limit.floor, limit.share, limit.small_floor)
        for name, limit in configuration.guard.limits.items()
    }
    protected = frozenset(fold_userid(userid) for userid in configuration.guard.protected)
    authority = configuration.authority or ""
    return Policy(
        authority=authority,
        common_field=configuration.reconcile.common_field,
        deactivate_out_of_scope=frozenset(
            name
            for name, source in configuration.enabled_sources.items()
            if source.out_of_scope == "deactivate"
        ),
        limits=Limits(**limits, protected=protected),
        prefer=configuration.reconcile.prefer,
        others=frozenset(configuration.enabled_sources) - {authority},
        creates=configuration.reconcile.unmatched == "create",
    )


def sync_context(
    configuration: Configuration,
    store: Store,
    sources: Iterable[Source],
    *,
    progress: Progress = ignore_progress,
    clock: Callable[[], datetime] = now,
) -> Context:
    """Return what one sync of `sources` works with."""
    rules = policy(configuration)
    mark = _mark(rules)
    return Context(
        store=store,
        sources=tuple(sources),
        policy=rules,
        fingerprints={
            name: source.fingerprint + mark for name, source in configuration.sources.items()
        },
        configured=frozenset(configuration.sources),
        clock=clock,
        audit_file=configuration.audit_file,
        host=host(),
        progress=progress,
        shadows=frozenset(
            name for name, source in configuration.enabled_sources.items() if not source.apply
        ),
        asked=asked_sources(configuration),
    )


def _mark(rules: Policy) -> str:
    """Return a hex of what decides what is made of a record, where there are several sources.

    Where it changes, everybody is looked at again.
    """
    if not rules.others and not rules.prefer:
        return ""
    prefer = sorted((field, tuple(order)) for field, order in rules.prefer.items())
    told = (rules.authority, rules.common_field, prefer, sorted(rules.others), rules.creates)
    return hashlib.sha256(repr(told).encode()).hexdigest()[:16]


def purge_context(
    configuration: Configuration,
    store: Store,
    sources: Callable[[str], Source | None],
    *,
    pause: Callable[[], object] = lambda: None,
) -> PurgeContext:
    """Return what a purge works with, by the `purge_after` and `keep_*` settings.

    Args:
        configuration: The settings.
        store: The store.
        sources: Returns the source of a name, None where it is not enabled; the caller closes it.
        pause: Called between steps; what it raises ends the purge where it is.
    """
    kept = configuration.store
    return PurgeContext(
        store=store,
        keeping=Keeping(
            people=kept.purge_after,
            changes=kept.keep_changes,
            runs=kept.keep_runs,
            messages=kept.keep_messages,
        ),
        sources=sources,
        configured=frozenset(configuration.sources),
        clock=now,
        audit_file=configuration.audit_file,
        host=host(),
        pause=pause,
    )


def configured_sources(configuration: Configuration) -> tuple[Configured, ...]:
    """Return every configured source, disabled ones too, without its secrets."""
    return tuple(
        Configured(name, one.type, one.enabled, _identity(one))
        for name, one in configuration.sources.items()
    )


def _identity(settings: WeComSourceSettings | LdapSourceSettings) -> str:
    """Return what the source built of these settings would say it is; needs no secret."""
    if isinstance(settings, WeComSourceSettings):
        return settings.corp_id
    from syncd.sources.ldap.dn import dn_key  # noqa: PLC0415 - start-up time

    return ",".join(dn_key(settings.base_dn))


def asked_sources(configuration: Configuration) -> "tuple[AskedSource, ...]":
    """Return the sources that are switched on, with the fields that each is asked for."""
    from syncd.services.keys import AskedSource  # noqa: PLC0415 - start-up time

    return tuple(
        AskedSource(name, one.type, _default_fields(one) | one.fields.keys())
        for name, one in configuration.enabled_sources.items()
    )


def _default_fields(settings: WeComSourceSettings | LdapSourceSettings) -> frozenset[str]:
    if isinstance(settings, WeComSourceSettings):
        from syncd.sources.wecom.attributes import DEFAULTS  # noqa: PLC0415 - start-up time

        return frozenset(DEFAULTS)
    from syncd.sources.ldap.kinds import KINDS  # noqa: PLC0415 - start-up time

    return frozenset(name for kind in KINDS.values() for name in kind.fields)


def by_hand(configuration: Configuration, store: Store) -> ByHand:
    """Return what a decision of an administrator works with."""
    return ByHand(store, policy(configuration), now, configuration.audit_file, host())


def configuration_digest(configuration: Configuration) -> str:
    """Return the SHA-256 of the effective configuration, secrets masked, in hex."""
    from syncd.config.show import as_toml  # noqa: PLC0415 - start-up time

    return hashlib.sha256(as_toml(configuration).encode()).hexdigest()
