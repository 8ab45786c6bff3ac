"""What a simulator is started with."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Self

from syncd.errors import UsageError
from syncd.simulator.entities import Regime

#: The options that describe a company; one that was given or read from a file says it itself.
COMPANY_OPTIONS = frozenset(
    {
        "company_file",
        "shape",
        "users",
        "departments",
        "share_in_two",
        "seed",
        "corp_id",
        "agent_id",
        "app_secret",
        "contacts_secret",
        "contacts_regime",
        "contacts_editing",
        "fields_withheld",
        "visible_parties",
        "visible_users",
        "visible_tags",
    }
)


@dataclass(frozen=True, slots=True)
class SimulatorOptions:
    """Everything that can be chosen; the defaults are the demonstration's company, no limits."""

    host: str = "127.0.0.1"
    port: int = 0  #: 0 takes a free one

    # the company: from a file, or else made by size and seed
    company_file: Path | None = None
    shape: str = "demo"  #: `demo` (about 200 people, 20 departments) or `sized`
    users: int = 1000  #: for `sized`
    departments: int = 50  #: for `sized`
    share_in_two: float = 0.2  #: for `sized`: part of the people in two departments
    seed: int = 1

    # who may call; for a company that was made, a file says it itself
    corp_id: str = "ww5f3a91c07de24b68"
    agent_id: int = 1000002
    app_secret: str = field(default="simulated-app-secret", repr=False)
    contacts_secret: str = field(default="simulated-contacts-secret", repr=False)
    contacts_regime: Regime = Regime.OLD_IP
    contacts_editing: bool = True
    fields_withheld: bool = False  #: the app was created after 2022-06-20
    visible_parties: tuple[int, ...] = (1,)
    visible_users: tuple[str, ...] = ()
    visible_tags: tuple[int, ...] = ()

    # how it behaves
    latency: timedelta = timedelta(0)  #: from a request's arrival to its answer
    token_life: timedelta = timedelta(hours=2)
    expired_errcode: int = 42001  #: or 40014, which expired tokens often get
    out_of_range_errcode: int = 60111  #: or 60011, for `user/get` of somebody not visible
    per_minute: Mapping[str, int] = field(default_factory=dict)  #: calls, by endpoint or `*`
    concurrency: int | None = None  #: calls at the same time before 45033
    member_per_minute: int | None = 30  #: messages to one member by one app; more are dropped
    member_per_hour: int | None = 1000  #: the same in an hour
    person_messages_per_day: int | None = None  #: of one app, before 45009
    caller_ip: str | None = None  #: what WeCom takes every caller's address for
    prepare: bool = True  #: put the pages of `user/list` together before the first call

    def to_json(self) -> dict[str, Any]:
        """Return the options as JSON values: times in seconds, paths as text."""
        shown = asdict(self)
        shown["latency"] = self.latency.total_seconds()
        shown["token_life"] = self.token_life.total_seconds()
        shown["company_file"] = None if self.company_file is None else str(self.company_file)
        return shown

    @classmethod
    def from_json(cls, given: Mapping[str, Any]) -> Self:
        """Return options from JSON values; what is not given has its default.

        Raises:
            UsageError: A name is unknown.
        """
        return cls().updated(given)

    def updated(self, given: Mapping[str, Any]) -> Self:
        """Return these options with other JSON values for some of them.

        Raises:
            UsageError: A name is unknown.
        """
        known = {f.name for f in fields(self)}
        if unknown := sorted(set(given) - known):
            raise UsageError(
                f"The simulator has no option {', '.join(unknown)}.",
                hint="Known are: " + ", ".join(sorted(known)) + ".",
            )
        return replace(self, **{name: _value(name, value) for name, value in given.items()})


def _value(name: str, value: Any) -> Any:
    if name in ("latency", "token_life"):
        return timedelta(seconds=value)
    if name == "company_file":
        return None if value is None else Path(value)
    if name == "contacts_regime":
        return Regime(value)
    return tuple(value) if isinstance(value, list) else value
