"""A company in a real OpenLDAP server, for measuring how long it takes to read it."""

import shutil
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[2]))  # the tests' own servers serve here too

from tests.integration.ldap import slapd as openldap
from tests.integration.ldap.slapd import SUFFIX, Attributes, Slapd, unit

ATTRIBUTES = (
    *("uid", "cn", "sn", "givenName", "mail", "mobile", "telephoneNumber", "employeeNumber"),
    *("title", "manager", "street", "entryUUID"),
)
READER = (openldap.READER, openldap.READER_PASSWORD)
FILTER = "(|(objectClass=inetOrgPerson)(objectClass=person))"
#: A tenth of the people is below this one, to see what more pages cost.
TENTH, REST = f"ou=一部,{SUFFIX}", f"ou=总部,{SUFFIX}"


@contextmanager
def slapd(
    users: int,
    departments: int,
    folder: Path,
    configuration: Sequence[str] = (),
    mobiles: Iterable[str] | None = None,
) -> Iterator[Slapd]:
    """Give a running server with so many people, with more lines of its configuration.

    They have mobiles of their own, or these.
    """
    server = Slapd(_program("slapd"), folder / "slapd", policy=configuration)
    if configuration:
        server.options = ["moduleload syncprov"]
    server.prepare(_entries(departments, _mobiles(users) if mobiles is None else mobiles))
    server.start()
    try:
        yield server
    finally:
        server.kill()


def _mobiles(users: int) -> Iterator[str]:
    for number in range(users):
        yield f"138{number:08}"


def _entries(departments: int, mobiles: Iterable[str]) -> Iterator[tuple[str, Attributes]]:
    yield unit("一部")
    yield unit("总部")
    parents = []
    for number in range(departments - 3):  # the base is a department as well
        dn, attributes = _unit(number)
        parents.append(dn)
        yield dn, attributes
    for number, mobile in enumerate(mobiles):
        yield dn_of(number, departments), _person(number, parents, mobile)


def _unit(number: int) -> tuple[str, Attributes]:
    return unit(f"部门{number:05}", TENTH if number % 10 == 0 else REST)


def dn_of(number: int, departments: int) -> str:
    """Return where one of the people is."""
    return f"uid=user{number:07},{_unit(number % (departments - 3))[0]}"


def _person(number: int, parents: list[str], mobile: str) -> Attributes:
    boss = number // 10
    return {
        "objectClass": ["top", "person", "organizationalPerson", "inetOrgPerson"],
        "uid": f"user{number:07}",
        "cn": f"员工{number:07}",
        "sn": "欧阳",
        "givenName": f"明{number % 977}",
        "mail": f"user{number:07}@corp.example.test",
        "mobile": f"+86 {mobile[:3]} {mobile[3:7]} {mobile[7:]}",
        "telephoneNumber": f"010-{number:08}",
        "employeeNumber": f"E{number:07}",
        "title": "高级工程师",
        "manager": f"uid=user{boss:07},{parents[boss % len(parents)]}",
        "street": f"科技园路{number % 500}号",
        "l": "深圳市",
        "postalCode": f"{number % 1_000_000:06}",
        "o": "示例公司",
        "roomNumber": f"{number % 4000}",
        "description": f"第{number}号",
    }


def ldapsearch(server: Slapd, base: str, account: tuple[str, str]) -> list[str | Path]:
    """Return the command that prints all people with the same attributes and paging."""
    return [
        _program("ldapsearch"),
        *("-LLL", "-o", "ldif-wrap=no", "-x", "-H", server.url, "-D", account[0], "-w", account[1]),
        *("-b", base, "-E", "pr=1000/noprompt", FILTER, *ATTRIBUTES),
    ]


def _program(name: str) -> Path:
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin")
    if found is None:
        raise SystemExit(f"{name} is not installed; `make servers` installs it")
    return Path(found)
