"""A real Active Directory domain controller for tests: Samba's, LDAP only.

Its ports are fixed, so each has a loopback address of its own. Samba must be run as root.
"""

import contextlib
import shutil
import socket
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import ldap3

REALM = "AD.EXAMPLE.TEST"
SUFFIX = "DC=ad,DC=example,DC=test"
ADMIN, ADMIN_PASSWORD = f"CN=Administrator,CN=Users,{SUFFIX}", "Passw0rd!Adm"
READER_PASSWORD = "Passw0rd!Reader"
#: `userAccountControl` of an account that may sign in, and of one that may not.
ENABLED, DISABLED = "512", "514"
#: A port that nobody serves: whoever is bound to it has the address.
_CLAIM = 3899
#: MS-ADTS, 3.1.1.3.4.1.15.
_TREE_DELETE = ("1.2.840.113556.1.4.805", True, None)


class Samba:
    """A domain, provisioned once; each test works below an organizational unit of its own."""

    def __init__(self, tool: Path, program: Path) -> None:
        """Provision the domain: five seconds."""
        self._program = program
        self.folder = Path(tempfile.mkdtemp(prefix="syncd-samba-"))
        self.address, self._claim = _claim_address()
        self._tls: dict[str, Path] = {}
        self._process: subprocess.Popen[bytes] | None = None
        subprocess.run(
            [
                *(tool, "domain", "provision", f"--targetdir={self.folder / 'dc'}"),
                *(f"--realm={REALM}", "--domain=ADEX", f"--adminpass={ADMIN_PASSWORD}"),
                *("--server-role=dc", "--dns-backend=SAMBA_INTERNAL", "--host-name=dc1"),
                *(f"--host-ip={self.address}", "--use-rfc2307"),
                f"--option=interfaces={self.address}/8",
                "--option=bind interfaces only=yes",
                "--option=dns forwarder=127.0.0.1",
            ],
            check=True,
            capture_output=True,
            timeout=120,
            cwd="/",
        )

    @property
    def url(self) -> str:
        return f"ldap://{self.address}"

    @property
    def tls_url(self) -> str:
        return f"ldaps://{self.address}"

    def encrypt(self, chain: Path, key: Path, authority: Path) -> None:
        """Say which certificate the server shows."""
        self._tls = {"keyfile": key, "certfile": chain, "cafile": authority}

    def start(self) -> None:
        """Start the server, where it does not run, and wait until it answers."""
        if self._process is not None:
            return
        options = {
            "server services": "ldap",
            "logging": "file",
            "log file": self.folder / "log",
            "pid directory": self.folder,
            "ncalrpc dir": self.folder / "ncalrpc",
            **{f"tls {name}": path for name, path in self._tls.items()},
        }
        self._process = subprocess.Popen(
            [
                *(self._program, "-i", "-M", "single", "--no-process-group", "-d0"),
                *("-s", self.folder / "dc/etc/smb.conf"),
                *(f"--option={name}={value}" for name, value in options.items()),
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
        )
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline and self._process.poll() is None:
            with socket.socket() as probe:
                if probe.connect_ex((self.address, 636)) == 0:
                    return
            time.sleep(0.02)
        self.remove()
        raise TimeoutError("samba did not start within 30 seconds")

    def kill(self) -> None:
        """End the server at once."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(10)
            self._process = None

    def remove(self) -> None:
        """End the server and remove all it has written."""
        self.kill()
        self._claim.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    @contextlib.contextmanager
    def admin(self) -> Iterator[ldap3.Connection]:
        server = ldap3.Server(self.tls_url, get_info=ldap3.NONE)
        connection = ldap3.Connection(
            server, ADMIN, ADMIN_PASSWORD, auto_bind=True, check_names=False, auto_referrals=False
        )
        try:
            yield connection
        finally:
            connection.unbind()

    def unit_of_its_own(self) -> str:
        """Return the DN of an empty unit with a name that no other has."""
        dn = f"OU={uuid.uuid4().hex[:12]},{SUFFIX}"
        self.add(dn, objectClass="organizationalUnit")
        return dn

    def add(self, dn: str, **attributes: str | bytes | Sequence[str | bytes]) -> None:
        with self.admin() as connection:
            assert connection.add(dn, attributes=attributes), connection.result

    def add_person(
        self, uid: str, parent: str, *, password: str | None = None, **attributes: str
    ) -> str:
        """Add a person; who has a password may sign in."""
        dn = f"CN={uid},{parent}"
        given: dict[str, str | bytes] = {
            "objectClass": "user",
            "sAMAccountName": uid,
            "userAccountControl": ENABLED if password else DISABLED,
            **attributes,
        }
        if password:
            given["unicodePwd"] = f'"{password}"'.encode("utf-16-le")
        self.add(dn, **given)
        return dn

    def replace(self, dn: str, changes: Mapping[str, Sequence[str]]) -> None:
        with self.admin() as connection:
            modifications = {
                name: [(ldap3.MODIFY_REPLACE, list(values))] for name, values in changes.items()
            }
            assert connection.modify(dn, modifications), connection.result

    def move(self, dn: str, own_name: str, parent: str) -> None:
        with self.admin() as connection:
            assert connection.modify_dn(dn, own_name, new_superior=parent), connection.result

    def delete(self, dn: str) -> None:
        """Delete an entry and all below it."""
        with self.admin() as connection:
            assert connection.delete(dn, controls=[_TREE_DELETE]), connection.result


def _claim_address() -> tuple[str, socket.socket]:
    """Return a loopback address on which nobody has LDAP's ports, and what keeps others off it.

    Between this and the start of the server lie seconds in which another domain is looking, too.
    """
    for last in range(53, 250):
        address = f"127.0.0.{last}"
        claim = socket.socket()
        try:
            claim.bind((address, _CLAIM))
            with socket.socket() as first, socket.socket() as second:
                first.bind((address, 389))
                second.bind((address, 636))
        except OSError:
            claim.close()
            continue
        return address, claim
    raise RuntimeError("no loopback address is free for port 389")
