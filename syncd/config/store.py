"""``[store]``: the database that the directory arrives in."""

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator

from syncd.config.address import mask_password
from syncd.config.duration import Duration
from syncd.config.origin import Origin
from syncd.config.secret import Reference, Secret, SecretSetting
from syncd.config.section import Section, setting
from syncd.errors import ConfigError
from syncd.text import message_of, text

_SQLITE = "sqlite:///"
_LATER = (
    "postgresql+psycopg://",
    "postgresql://",
    "postgres://",
    "mysql+pymysql://",
    "mysql://",
    "mariadb://",
)

_DEFAULT_URL = Secret(
    (Reference("literal", "sqlite:////var/lib/syncd/syncd.db"),), Origin(Path("/"), {})
)


def sqlite_file(url: str, folder: Path) -> Path:
    """Return the file that an SQLite address names; a relative one is relative to ``folder``.

    Raises:
        ValueError: The address names another database, or no file.
    """
    if url.startswith(_LATER):
        raise ValueError(
            text(
                '{url} is not supported by this version; it arrives with a later release, use "sqlite:////path/of/syncd.db" until then',
                url=url.partition(":")[0],
            )
        )
    if not url.startswith(_SQLITE):
        raise ValueError(
            text(
                '"{url}" is no address of a database: write "sqlite:///relative/path.db" or "sqlite:////absolute/path.db"',
                url=mask_password(url),
            )
        )
    name = url.removeprefix(_SQLITE)
    if not name or name.startswith(":memory:"):
        raise ValueError(text("a database in memory keeps nothing; name a file"))
    if "?" in name:
        raise ValueError(text('takes no "?…" options'))
    return folder / Path(name)


def _check_literal(url: Secret) -> Secret:
    if url.is_literal:
        sqlite_file(url.reveal(), url.origin.folder)
    return url


class StoreSettings(Section):
    """The database, and what is kept in it for how long."""

    url: Annotated[SecretSetting, AfterValidator(_check_literal)] = setting(
        _DEFAULT_URL,
        doc="The database: sqlite:////absolute/path.db, or sqlite:///path.db relative to this file. "
        'May itself be a secret reference such as "env:SYNCD_STORE_URL".',
        active=True,
    )
    password: SecretSetting | None = setting(
        None,
        doc="The database's password, apart from its address.",
        example="env:SYNCD_STORE_PASSWORD",
    )
    purge_after: Duration | None = setting(
        None, doc="Remove people this long after they went; by default never.", example="365d"
    )
    keep_changes: Duration | None = setting(
        None, doc="How long changes are kept; by default for ever.", example="730d"
    )
    keep_runs: Duration | None = setting(
        None, doc="How long runs are kept; by default for ever.", example="365d"
    )
    keep_messages: Duration | None = setting(
        None, doc="How long finished messages are kept; by default for ever.", example="90d"
    )

    @property
    def sqlite_path(self) -> Path:
        """The SQLite file, absolute where the configuration's folder is.

        Raises:
            ConfigError: The address is a reference that leads nowhere, or to no usable address.
        """
        try:
            return sqlite_file(self.url.reveal(), self.url.origin.folder)
        except ValueError as error:
            raise ConfigError(text("store.url: {problem}", problem=message_of(error))) from None

    @property
    def sqlalchemy_url(self) -> str:
        """The address of the database as SQLAlchemy takes it.

        Raises:
            ConfigError: As for `sqlite_path`.
        """
        return f"sqlite:///{self.sqlite_path}"
