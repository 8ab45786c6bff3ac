"""The whole configuration, checked; every other module of this folder is one of its parts."""

from collections.abc import Mapping
from pathlib import Path

from syncd.config.alerts import AlertSettings
from syncd.config.audit import AuditSettings
from syncd.config.guard import GuardSettings
from syncd.config.later import ApplicationSettings, HttpSettings
from syncd.config.outbox import OutboxSettings
from syncd.config.reconcile import ReconcileSettings
from syncd.config.schedule import ScheduleSettings
from syncd.config.section import Section, setting, table
from syncd.config.source_values import SourceName
from syncd.config.sources import AnySource, LdapSource, WeComSource
from syncd.config.store import StoreSettings
from syncd.errors import ConfigError
from syncd.text import text


class Configuration(Section):
    """All settings; frozen, and valid as a whole."""

    store: StoreSettings = setting(StoreSettings(), doc="The database.")
    sources: Mapping[SourceName, AnySource] = table(doc="The directories that are read.")
    reconcile: ReconcileSettings = setting(ReconcileSettings(), doc="Which source owns what.")
    guard: GuardSettings = setting(GuardSettings(), doc="How much one plan may change.")
    schedule: ScheduleSettings = setting(ScheduleSettings(), doc="When the daemon does what.")
    audit: AuditSettings = setting(AuditSettings(), doc="The log of everything that was changed.")
    http: HttpSettings | None = setting(None, doc="The web server inside the daemon.")
    outbox: OutboxSettings = setting(OutboxSettings(), doc="Messages that applications queue.")
    applications: Mapping[str, ApplicationSettings] = table(doc="Who may use sign-in.")
    alerts: AlertSettings | None = setting(None, doc="Who is told when something needs a person.")

    @property
    def enabled_sources(self) -> Mapping[str, WeComSource | LdapSource]:
        """The sources that are switched on, by name."""
        return {name: source for name, source in self.sources.items() if source.enabled}

    @property
    def sending_sources(self) -> Mapping[str, WeComSource]:
        """The sources whose app sends messages, by name: WeCom's, switched on, with `app_secret`.

        One with `apply = false` is not among them: it sends nothing.
        """
        return {
            name: source
            for name, source in self.enabled_sources.items()
            if isinstance(source, WeComSource) and source.app_secret is not None and source.apply
        }

    @property
    def authority(self) -> str | None:
        """The name of the authority: the configured one, else the only enabled source."""
        if self.reconcile.authority:
            return self.reconcile.authority
        return next(iter(self.enabled_sources), None)

    @property
    def audit_file(self) -> Path:
        """The audit log's file, by default beside the SQLite file, else in the state directory.

        Raises:
            ConfigError: The address of the store is a reference that leads nowhere.
        """
        return self.audit.file or self.store.state_folder / "audit.jsonl"

    def require_source(self) -> None:
        """Refuse a command that reads a directory where none is switched on.

        Raises:
            ConfigError: No source is enabled.
        """
        if not self.enabled_sources:
            raise ConfigError(
                text("no source is enabled") if self.sources else text("no source is configured"),
                hint=text(
                    "Add a [sources.<name>] table, or set enabled = true; `syncd config example` prints one with every key."
                ),
            )

    def require_sender(self) -> None:
        """Refuse a command that sends messages where no source can.

        Raises:
            ConfigError: There is none.
        """
        if self.sending_sources:
            return
        shadows = [name for name, source in self.enabled_sources.items() if not source.apply]
        if shadows:
            raise ConfigError(
                text("no source sends: {names} has apply = false", names=", ".join(shadows)),
                hint=text("A shadow sends nothing; set apply = true when it is to take over."),
            )
        raise ConfigError(
            text("no source sends messages"),
            hint=text(
                "Messages go out through a WeCom app: give an enabled source of type wecom its "
                "agent_id and app_secret."
            ),
        )
