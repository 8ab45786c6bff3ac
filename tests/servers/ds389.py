"""A real 389 Directory Server for tests, in a folder of its own.

Its own tool makes the instance, as the account `dirsrv`; the server is then started directly.
"""

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import sysconfig
import tempfile
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import ldap3

SUFFIX = "dc=example,dc=test"
ADMIN, ADMIN_PASSWORD = "cn=Directory Manager", "admin-secret"
_ACCOUNT = "dirsrv"
_ANSWERS = """\
[general]
config_version = 2
full_machine_name = localhost
strict_host_checking = False
selinux = False
start = True
[slapd]
instance_name = t
port = {port}
secure_port = {tls_port}
root_dn = {admin}
root_password = {password}
self_sign_cert = True
[backend-userroot]
suffix = {suffix}
create_suffix_entry = True
"""


class DirectoryServer389:
    """An instance, made once; each test works below an organizational unit of its own."""

    def __init__(self, program: Path) -> None:
        """Make the instance: some fifteen seconds."""
        self._program = program
        self.folder = Path(tempfile.mkdtemp(prefix="syncd-389ds-"))
        self.port, self.tls_port = _free_port(), _free_port()
        self._process: subprocess.Popen[bytes] | None = None
        account = pwd.getpwnam(_ACCOUNT)
        os.chown(self.folder, account.pw_uid, account.pw_gid)
        self.folder.chmod(0o755)
        answers = self.folder / "answers.inf"
        answers.write_text(
            _ANSWERS.format(
                port=self.port,
                tls_port=self.tls_port,
                admin=ADMIN,
                password=ADMIN_PASSWORD,
                suffix=SUFFIX,
            ),
            encoding="utf-8",
        )
        answers.chmod(0o644)
        self._make(answers)

    @property
    def url(self) -> str:
        return f"ldap://127.0.0.1:{self.port}"

    @property
    def tls_url(self) -> str:
        return f"ldaps://localhost:{self.tls_port}"

    @property
    def authority(self) -> Path:
        return self._configuration / "ca.crt"

    def start(self) -> None:
        """Start the server, where it does not run, and wait until it answers."""
        if self._process is not None:
            return
        self._process = subprocess.Popen(
            [
                *_as_account(self.folder),
                *(self._program, "-D", self._configuration, "-i", self.folder / "run.pid"),
                *("-d", "0"),
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
        )
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and self._process.poll() is None:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.05)
        self.remove()
        raise TimeoutError("ns-slapd did not start within 60 seconds")

    def kill(self) -> None:
        """End the server at once."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(20)
            self._process = None

    def remove(self) -> None:
        """End the server and remove all it has written."""
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    @contextlib.contextmanager
    def admin(self) -> Iterator[ldap3.Connection]:
        server = ldap3.Server("127.0.0.1", port=self.port, get_info=ldap3.NONE)
        connection = ldap3.Connection(
            server, ADMIN, ADMIN_PASSWORD, auto_bind=True, check_names=False
        )
        try:
            yield connection
        finally:
            connection.unbind()

    def unit_of_its_own(self) -> str:
        """Return the DN of an empty unit with a name that no other has."""
        dn = f"ou={uuid.uuid4().hex[:12]},{SUFFIX}"
        self.add(dn, objectClass="organizationalUnit")
        return dn

    def add(self, dn: str, **attributes: str | bytes | Sequence[str | bytes]) -> None:
        with self.admin() as connection:
            assert connection.add(dn, attributes=attributes), connection.result

    def add_person(self, uid: str, name: str, parent: str, **attributes: str) -> str:
        dn = f"uid={uid},{parent}"
        basis = {"objectClass": "inetOrgPerson", "cn": name, "sn": name}
        self.add(dn, **{**basis, **attributes})
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
        with self.admin() as connection:
            assert connection.delete(dn), connection.result

    @property
    def _configuration(self) -> Path:
        return self.folder / "root/etc/dirsrv/slapd-t"

    def _make(self, answers: Path) -> None:
        root, programs = self.folder / "root", self.folder / "bin"
        self._run("dscreate", "ds-root", root, programs)
        # Two things that its own tool gets wrong outside Red Hat's systems.
        defaults = root / "share/dirsrv/inf/defaults.inf"
        text = defaults.read_text(encoding="utf-8")
        libraries = f"/usr/lib/{sysconfig.get_config_var('MULTIARCH')}"
        text = text.replace("/usr/lib64", libraries).replace("with_systemd = 1", "with_systemd = 0")
        defaults.write_text(text, encoding="utf-8")
        self._run(programs / "dscreate", "from-file", answers)
        self._stop_made()
        dse = self._configuration / "dse.ldif"
        dse.write_text(
            dse.read_text(encoding="utf-8").replace(
                "\ncn: config\n",
                "\ncn: config\nnsslapd-listenhost: 127.0.0.1\nnsslapd-securelistenhost: 127.0.0.1\n",
                1,
            ),
            encoding="utf-8",
        )

    def _stop_made(self) -> None:
        """End what the tool has started: it is no child of ours."""
        found = list((self.folder / "root").rglob("slapd-t.pid"))
        if found:
            pid = int(found[0].read_text(encoding="ascii"))
            os.kill(pid, 15)
            deadline = time.monotonic() + 30
            while time.monotonic() < deadline:
                with socket.socket() as probe:
                    if probe.connect_ex(("127.0.0.1", self.port)) and not _is_alive(pid):
                        return
                time.sleep(0.05)
            raise TimeoutError("ns-slapd did not end within 30 seconds")

    def _run(self, *command: str | Path) -> None:
        done = subprocess.run(
            [*_as_account(self.folder), *command],
            cwd="/",
            capture_output=True,
            check=False,
            timeout=120,
        )
        if done.returncode:
            raise RuntimeError(f"{command[0]}: {(done.stdout + done.stderr).decode()[-3000:]}")


def _as_account(folder: Path) -> list[str]:
    path = f"{folder / 'bin'}:/usr/sbin:/usr/bin:/sbin:/bin"
    return [
        *("setpriv", f"--reuid={_ACCOUNT}", f"--regid={_ACCOUNT}", "--init-groups"),
        *("env", f"HOME={folder}", f"PATH={path}"),
    ]


def _is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"  # an orphan may be reaped late


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
