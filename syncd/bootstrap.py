"""Puts the parts together: the only place that names concrete adapters."""

import hashlib
import os
import socket
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from syncd.config.configuration import Configuration
from syncd.config.proxy import EnvironmentProxies, proxy_for
from syncd.config.secret import Secret
from syncd.config.sources import LdapSource as LdapSourceSettings
from syncd.config.sources import WeComSource as WeComSourceSettings
from syncd.errors import UsageError
from syncd.model.lookup import Meter
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
    from threading import Event

    from syncd.config.alerts import AlertSettings
    from syncd.model.incident import Way
    from syncd.services.alerts import AlertContext, Sender
    from syncd.services.deliver import DeliverSettings, Engine
    from syncd.services.keys import AskedSource
    from syncd.sources.ldap.source import LdapSource
    from syncd.sources.wecom.source import WecomSource
    from syncd.wecom.client import WeComClient
    from syncd.wecom.messenger import Messenger
    from syncd.wecom.retry import RetryPolicy


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

    client = _clients(settings, proxies, sleep)
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


def _clients(
    settings: WeComSourceSettings,
    proxies: EnvironmentProxies,
    sleep: Callable[[float], object],
    concurrency: int | None = None,
    policy: "RetryPolicy | None" = None,
) -> "Callable[[str, Secret | None], WeComClient | None]":
    """Return what makes the client of a secret; all of them share one pace."""
    from syncd.wecom.client import WeComClient  # noqa: PLC0415 - start-up time
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
            concurrency=concurrency or settings.concurrency,
            proxy=proxy_for(settings.base_url, settings.proxy, proxies),
            ca_file=settings.ca_file,
            policy=policy,
            pace=pace,
            tokens=tokens,
            sleep=sleep,
        )

    return client


def app_client(
    configuration: Configuration,
    name: str,
    *,
    env: Mapping[str, str] = os.environ,
    sleep: Callable[[float], object] = time.sleep,
    policy: "RetryPolicy | None" = None,
) -> "WeComClient":
    """Return the client of the app by which a source sends messages.

    Raises:
        ConfigError: Its secret is not where it should be.
    """
    settings = configuration.sending_sources[name]
    threads = configuration.outbox.threads
    made = _clients(settings, EnvironmentProxies.read(env), sleep, threads, policy)
    client = made("app_secret", settings.app_secret)
    if client is None:
        raise AssertionError("a source that sends has an app_secret")
    return client


@contextmanager
def messenger(configuration: Configuration, name: str) -> "Iterator[Messenger]":
    """Give what takes messages back and changes cards, by the app of a source.

    Raises:
        ConfigError: Its secret is not where it should be.
    """
    from syncd.wecom.messenger import Messenger  # noqa: PLC0415 - start-up time

    with app_client(configuration, name) as client:
        yield Messenger(client)


@contextmanager
def delivering(
    configuration: Configuration,
    store: Store,
    asked: "Event",
    *,
    env: Mapping[str, str] = os.environ,
) -> "Iterator[Engine]":
    """Give the engine that delivers messages by every source that sends.

    No call waits for its turn any more once the process is `asked` to stop.

    Raises:
        ConfigError: A secret is not where it should be.
    """
    from syncd.services.deliver import DeliverContext, Engine  # noqa: PLC0415 - start-up time
    from syncd.services.deliver_sender import WeComSender  # noqa: PLC0415
    from syncd.store.holder import this_process  # noqa: PLC0415
    from syncd.wecom.errors import WeComUnreachable  # noqa: PLC0415
    from syncd.wecom.retry import RetryPolicy  # noqa: PLC0415

    # What fails is due again by outbox.retry, and keeps no thread from other messages meanwhile.
    policy = RetryPolicy(repeats=0, budget=timedelta(0))

    def sleep(seconds: float) -> None:
        if asked.wait(seconds):
            raise WeComUnreachable(text("syncd was asked to stop before the call was sent"))

    with ExitStack() as opened:
        senders = {
            name: WeComSender(
                name,
                opened.enter_context(
                    app_client(configuration, name, env=env, sleep=sleep, policy=policy)
                ),
                settings.agent_id or 0,
            )
            for name, settings in configuration.sending_sources.items()
        }
        yield Engine(
            DeliverContext(
                outbox=store.outbox,
                senders=senders,
                settings=deliver_settings(configuration),
                here=this_process(),
            )
        )


def deliver_settings(configuration: Configuration) -> "DeliverSettings":
    """Return how messages are delivered, as the settings say."""
    from syncd.services.deliver import DeliverSettings  # noqa: PLC0415 - start-up time

    outbox = configuration.outbox
    apps = [
        name
        for name, source in configuration.enabled_sources.items()
        if isinstance(source, WeComSourceSettings) and source.app_secret is not None
    ]
    return DeliverSettings(
        retry=outbox.retry,
        max_age=outbox.max_age,
        confirm_above=outbox.confirm_above,
        daily_limit=outbox.daily_limit,
        media_folders=outbox.media_folders,
        threads=outbox.threads,
        default_source=apps[0] if len(apps) == 1 else None,
        shadow=frozenset(name for name in apps if name not in configuration.sending_sources),
    )


def asking_client(configuration: Configuration, name: str) -> "WeComClient | None":
    """Return the client of the app of a source, to ask about a person; None where it has none.

    Raises:
        ConfigError: Its secret is not where it should be.
    """
    return app_client(configuration, name) if name in configuration.sending_sources else None


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
        )
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
        lookups=frozenset(
            name
            for name, source in configuration.enabled_sources.items()
            if isinstance(source, WeComSourceSettings) and source.lookup
        ),
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
        spare_cores=_cores() - 1,
    )


def _cores() -> int:
    """Return how many cores this process may compute on."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _mark(rules: Policy) -> str:
    """Return a hex of what decides what is made of a record, where there are several sources.

    Where it changes, everybody is looked at again.
    """
    if not rules.others and not rules.prefer:
        return ""
    prefer = sorted((field, tuple(order)) for field, order in rules.prefer.items())
    told = (rules.authority, rules.common_field, prefer, sorted(rules.others), rules.creates)
    asked = repr(sorted(rules.lookups)) if rules.lookups else ""
    return hashlib.sha256(f"{told!r}{asked}".encode()).hexdigest()[:16]


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
        AskedSource(
            name,
            one.type,
            _default_fields(one) | one.fields.keys(),
            isinstance(one, WeComSourceSettings) and one.lookup,
        )
        for name, one in configuration.enabled_sources.items()
    )


def lookup_meters(configuration: Configuration) -> dict[str, Meter]:
    """Return what the questions of each source count on that is asked whose values are."""
    from syncd.sources.wecom.lookup import ENDPOINTS  # noqa: PLC0415 - start-up time

    rules = policy(configuration)
    field = rules.matching_field
    if field is None or field not in ENDPOINTS:
        return {}
    return {
        name: Meter(_identity(configuration.sources[name]), ENDPOINTS[field])
        for name in sorted(rules.lookups)
    }


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


def alert_context(
    configuration: Configuration,
    store: Store,
    *,
    env: Mapping[str, str] = os.environ,
    pause: Callable[[], object] = lambda: None,
) -> "AlertContext":
    """Return what noticing and telling incidents works with; no secret is read yet.

    Args:
        configuration: The settings.
        store: The store.
        env: Names the proxies.
        pause: Called before somebody is told; what it raises ends the telling.
    """
    from syncd.alerts.judging import Wanted  # noqa: PLC0415 - start-up time
    from syncd.alerts.words import Teller  # noqa: PLC0415
    from syncd.config.alerts import AlertSettings  # noqa: PLC0415
    from syncd.model.incident import Way  # noqa: PLC0415
    from syncd.services.alerts import AlertContext  # noqa: PLC0415

    settings = configuration.alerts or AlertSettings()
    senders = _alert_senders(settings, EnvironmentProxies.read(env))
    in_wecom = (Way.WECOM,) if settings.to else ()
    return AlertContext(
        store=store,
        watched=frozenset(configuration.enabled_sources),
        wanted=Wanted((*in_wecom, *senders), settings.after, _alert_source(configuration)),
        teller=Teller(settings.lang, host(), configuration.schedule.timezone),
        clock=now,
        senders=senders,
        recipient="|".join(settings.to),
        pause=pause,
    )


def _alert_source(configuration: Configuration) -> str | None:
    """Return the source that sends messages about incidents; None where none can."""
    if configuration.alerts is not None and configuration.alerts.source is not None:
        return configuration.alerts.source
    return default_sender(configuration)


def default_sender(configuration: Configuration) -> str | None:
    """Return the source that sends where none is named; None where none can."""
    sending = (
        name
        for name, one in configuration.enabled_sources.items()
        if isinstance(one, WeComSourceSettings) and one.app_secret is not None and one.apply
    )
    return next(sending, None)


def _alert_senders(settings: "AlertSettings", proxies: EnvironmentProxies) -> "dict[Way, Sender]":
    from syncd.model.incident import Way  # noqa: PLC0415 - start-up time

    senders: dict[Way, Sender] = {}
    mail, webhook = settings.email, settings.webhook
    if mail is not None:
        from syncd.alerts.mail import MailServer  # noqa: PLC0415 - see above

        senders[Way.EMAIL] = MailServer(
            host=mail.host,
            port=mail.effective_port,
            security=mail.security,
            sender=mail.sender,
            to=mail.to,
            here=host(),
            user=mail.user,
            password=mail.password.reveal if mail.password is not None else None,
            ca_file=settings.ca_file,
        )
    if webhook is not None:
        from syncd.alerts.webhook import Webhook  # noqa: PLC0415 - see above

        senders[Way.WEBHOOK] = Webhook(
            url=webhook.reveal,
            here=host(),
            proxy=lambda url: proxy_for(url, settings.proxy, proxies),
            ca_file=settings.ca_file,
        )
    return senders
