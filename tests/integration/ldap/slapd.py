"""A real OpenLDAP server for one test module, and its content."""

import shutil
import socket
import subprocess
import time
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import ldap3

SUFFIX = "dc=example,dc=test"
ADMIN, ADMIN_PASSWORD = f"cn=admin,{SUFFIX}", "admin-secret"
READER, READER_PASSWORD = f"cn=reader,{SUFFIX}", "reader-secret"
#: An account that may not read mobile numbers, nor whether an account is locked.
BLIND, BLIND_PASSWORD = f"cn=blind,{SUFFIX}", "blind-secret"
#: An account whose searches end after 500 entries, paged or not.
LIMITED, LIMITED_PASSWORD = f"cn=limited,{SUFFIX}", "limited-secret"

_CONFIGURATION = """\
include {schema}/core.schema
include {schema}/cosine.schema
include {schema}/inetorgperson.schema
modulepath {modules}
moduleload back_mdb
moduleload ppolicy
pidfile {folder}/slapd.pid
argsfile {folder}/slapd.args
{tls}
{options}
disallow bind_anon
require bind
database mdb
suffix {suffix}
rootdn {admin}
rootpw {password}
directory {folder}/db
maxsize 2147483648
dbnosync
index objectClass,entryUUID,uid eq
limits dn.exact="{reader}" size.soft=500 size.hard=500 size.pr=1000 size.prtotal=unlimited
limits dn.exact="{blind}" size=unlimited
limits dn.exact="{limited}" size=500 size.pr=200 size.prtotal=500
access to attrs=userPassword by anonymous auth by * none
access to attrs=mobile,pwdAccountLockedTime by dn.exact="{blind}" none by dn.exact="{reader}" read by * none
access to filter=(description=hidden) attrs=entryUUID by * none
access to filter=(description=secret) by dn.exact="{blind}" none by dn.exact="{reader}" read by * none
access to * by dn.exact="{reader}" read by dn.exact="{blind}" read by dn.exact="{limited}" read by * none
overlay ppolicy
{policy}
"""

Attributes = Mapping[str, str | bytes | Sequence[str | bytes]]


@dataclass
class Slapd:
    """slapd as a direct child of the test process, with its data in one folder."""

    program: Path
    folder: Path
    certificate: Path | None = None
    key: Path | None = None
    #: The authority of clients' certificates.
    authority: Path | None = None
    #: More lines for the head of the configuration, and for the password policy.
    options: Sequence[str] = ()
    policy: Sequence[str] = ()
    port: int = 0
    tls_port: int = 0
    _process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"ldap://127.0.0.1:{self.port}"

    @property
    def tls_url(self) -> str:
        return f"ldaps://localhost:{self.tls_port}"

    @property
    def local_url(self) -> str:
        return f"ldapi://{self._socket}"

    def prepare(self, entries: Iterable[tuple[str, Attributes]] = ()) -> None:
        """Write the configuration, and load the accounts and these entries."""
        (self.folder / "db").mkdir(parents=True)
        self.port, self.tls_port = _free_port(), _free_port()
        self._configuration.write_text(
            _CONFIGURATION.format(
                schema="/etc/ldap/schema",
                modules="/usr/lib/ldap",
                folder=self.folder,
                tls="\n".join(self._tls),
                options="\n".join(self.options),
                policy="\n".join(self.policy),
                suffix=SUFFIX,
                admin=ADMIN,
                password=ADMIN_PASSWORD,
                reader=READER,
                blind=BLIND,
                limited=LIMITED,
            )
        )
        content = self.folder / "content.ldif"
        with content.open("w", encoding="utf-8") as lines:
            # One by one: a benchmark loads 100,000, and its own memory counts in what it measures.
            lines.writelines(
                f"{_ldif(dn, attributes)}\n" for dn, attributes in chain(_basis(), entries)
            )
        command = [self.program.with_name("slapadd"), "-q", "-f", self._configuration]
        subprocess.run(
            [*command, "-b", SUFFIX, "-l", content], check=True, capture_output=True, timeout=60
        )
        content.unlink()

    def start(self) -> None:
        urls = f"ldap://127.0.0.1:{self.port}/ ldapi://{self._socket}/"
        if self.certificate:
            urls += "".join(f" ldaps://127.0.0.{end}:{self.tls_port}/" for end in (1, 2))
        self._process = subprocess.Popen(
            [self.program, "-f", self._configuration, "-h", urls, "-d", "0"],
            cwd="/",
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline and self._process.poll() is None:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.02)
        self.kill()
        raise TimeoutError("slapd did not start within 10 seconds")

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait(10)
            self._process = None

    def add(self, dn: str, attributes: Attributes) -> None:
        with self.admin() as connection:
            assert connection.add(dn, attributes=dict(attributes)), connection.result

    def delete(self, dn: str) -> None:
        with self.admin() as connection:
            assert connection.delete(dn), connection.result

    def replace(self, dn: str, attribute: str, *values: str | bytes) -> None:
        """Give an attribute these values; without any it goes."""
        with self.admin() as connection:
            changes = {attribute: [(ldap3.MODIFY_REPLACE, list(values))]}
            assert connection.modify(dn, changes), connection.result

    def move(self, dn: str, own_name: str, parent: str) -> None:
        with self.admin() as connection:
            assert connection.modify_dn(dn, own_name, new_superior=parent), connection.result

    def save(self, file: Path) -> None:
        """Write everything that the server has into a file."""
        self._run("slapcat", "-l", file)

    def restore(self, file: Path) -> None:
        """Let the server have what a file says and nothing else, and run again."""
        self.kill()
        shutil.rmtree(self.folder / "db")
        (self.folder / "db").mkdir()
        self._run("slapadd", "-q", "-l", file)
        self.start()

    def _run(self, tool: str, *words: str | Path) -> None:
        command = [self.program.with_name(tool), "-f", self._configuration, "-b", SUFFIX, *words]
        subprocess.run(command, check=True, capture_output=True, timeout=60)

    @contextmanager
    def admin(self) -> Iterator[ldap3.Connection]:
        server = ldap3.Server("127.0.0.1", port=self.port, get_info=ldap3.NONE)
        connection = ldap3.Connection(
            server, ADMIN, ADMIN_PASSWORD, auto_bind=True, check_names=False
        )
        try:
            yield connection
        finally:
            connection.unbind()  # ldap3's own context leaves open what was open before

    @property
    def _socket(self) -> str:
        return str(self.folder / "ldapi").replace("/", "%2F")

    @property
    def _tls(self) -> list[str]:
        named = {
            "TLSCertificateFile": self.certificate,
            "TLSCertificateKeyFile": self.key,
            "TLSCACertificateFile": self.authority,
        }
        return [f"{name} {path}" for name, path in named.items() if path]

    @property
    def _configuration(self) -> Path:
        return self.folder / "slapd.conf"


def unit(name: str, parent: str = SUFFIX) -> tuple[str, Attributes]:
    """Return an organizational unit."""
    return f"ou={name},{parent}", {"objectClass": "organizationalUnit", "ou": name}


def person(
    uid: str, name: str, parent: str = SUFFIX, **attributes: str | bytes
) -> tuple[str, Attributes]:
    """Return a person."""
    basis = {"objectClass": "inetOrgPerson", "uid": uid, "cn": name, "sn": name[0]}
    return f"uid={uid},{parent}", {**basis, **attributes}


def _basis() -> list[tuple[str, Attributes]]:
    accounts = {
        READER: READER_PASSWORD,
        BLIND: BLIND_PASSWORD,
        LIMITED: LIMITED_PASSWORD,
    }
    classes = ["organizationalRole", "simpleSecurityObject"]
    return [
        (
            SUFFIX,
            {"objectClass": ["dcObject", "organization"], "dc": "example", "o": "示例公司"},
        ),
        *((dn, {"objectClass": classes, "userPassword": pw}) for dn, pw in accounts.items()),
    ]


def _ldif(dn: str, attributes: Attributes) -> str:
    lines = [f"dn: {dn}"]
    for name, values in attributes.items():
        several = values if isinstance(values, list | tuple) else [values]
        lines.extend(f"{name}: {value}" for value in several)
    if dn.startswith("cn="):
        lines.append(f"cn: {dn.split(',', maxsplit=1)[0].removeprefix('cn=')}")
    return "\n".join((*lines, f"entryUUID: {uuid.uuid4()}", ""))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
