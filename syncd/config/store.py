"""``[store]``: the database that the directory arrives in."""

from pathlib import Path
from typing import Annotated
from urllib.parse import quote, urlsplit

from pydantic import AfterValidator

from syncd.config.address import SERVERS, mask_password
from syncd.config.duration import Duration
from syncd.config.origin import Origin
from syncd.config.secret import Reference, Secret, SecretSetting
from syncd.config.section import Section, setting
from syncd.errors import ConfigError
from syncd.text import message_of, text

_SQLITE = "sqlite:///"
_DEFAULT_URL = Secret(
    (Reference("literal", "sqlite:////var/lib/syncd/syncd.db"),), Origin(Path("/"), {})
)


def sqlite_file(url: str, folder: Path) -> Path | None:
    """Return the file that an SQLite address names; a relative one is relative to ``folder``.

    Of a server's address, which must name a database, None is returned.

    Raises:
        ValueError: The address is none, or names no file or no database.
    """
    scheme, separator, rest = url.partition("://")
    if separator and scheme in SERVERS:
        _check_server(url, rest)
        return None
    if not url.startswith(_SQLITE):
        raise ValueError(
            text(
                '"{url}" is no address of a database: write "sqlite:////path/of/syncd.db", "postgresql+psycopg://user@host/database" or "mysql+pymysql://user@host/database"',
                url=mask_password(url),
            )
        )
    name = url.removeprefix(_SQLITE)
    if not name or name.startswith(":memory:"):
        raise ValueError(text("a database in memory keeps nothing; name a file"))
    if "?" in name:
        raise ValueError(text('takes no "?…" options'))
    return folder / Path(name)


def _check_server(url: str, rest: str) -> None:
    try:
        _ = urlsplit(url).port
    except ValueError:
        raise ValueError(text("the port is no number")) from None
    if not rest.partition("?")[0].partition("/")[2]:
        raise ValueError(
            text("names no database: write it behind the host, as in …://user@host/database")
        )


def _check_literal(url: Secret) -> Secret:
    if url.is_literal:
        sqlite_file(url.reveal(), url.origin.folder)
    return url


def _with_password(url: str, password: str) -> str:
    """Return the address of a server with a password in it, in place of any that it has.

    Raises:
        ValueError: It names no user.
    """
    scheme, _, rest = url.partition("://")
    userinfo, separator, place = rest.rpartition("@")
    user = userinfo.partition(":")[0]
    if not separator or not user:
        raise ValueError(text("names no user, and store.password is somebody's: write user@host"))
    return f"{scheme}://{user}:{quote(password, safe='')}@{place}"


class StoreSettings(Section):
    """The database, and what is kept in it for how long."""

    url: Annotated[SecretSetting, AfterValidator(_check_literal)] = setting(
        _DEFAULT_URL,
        doc="The database: sqlite:////absolute/path.db, or sqlite:///path.db relative to this file; "
        "postgresql+psycopg://user@host/database; mysql+pymysql://user@host/database, also for MariaDB. "
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
    def sqlite_path(self) -> Path | None:
        """The SQLite file, absolute where the configuration's folder is; None for a server.

        Raises:
            ConfigError: The address is a reference that leads nowhere, or to no usable address.
        """
        try:
            return sqlite_file(self.url.reveal(), self.url.origin.folder)
        except ValueError as error:
            raise ConfigError(text("store.url: {problem}", problem=message_of(error))) from None

    @property
    def sqlalchemy_url(self) -> str:
        """The address of the database as SQLAlchemy takes it, the password included.

        Raises:
            ConfigError: As for `sqlite_path`, or the password is not where it should be.
        """
        path = self.sqlite_path
        if path is not None:
            return f"sqlite:///{path}"
        scheme, _, rest = self.url.reveal().partition("://")
        url = f"{SERVERS[scheme]}://{rest}"
        if self.password is None:
            return url
        try:
            return _with_password(url, self.password.reveal())
        except ValueError as error:
            raise ConfigError(text("store.url: {problem}", problem=message_of(error))) from None

    @property
    def state_folder(self) -> Path:
        """Where files stand that belong to the store: beside the SQLite file, else systemd's folder."""
        if self.sqlite_path is not None:
            return self.sqlite_path.parent
        given = self.url.origin.env.get("STATE_DIRECTORY", "").partition(":")[0]
        return Path(given or "/var/lib/syncd")
