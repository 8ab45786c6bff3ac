"""What has changed in a Windows domain is read alone, as a fake domain controller plays it.

Samba gives as many entries at a time as it is asked for, and lets everybody read which server it
is; Windows gives 1,000, and a forest may keep that to itself.
"""

import uuid
from contextlib import ExitStack

import pytest

from tests.integration.ldap.fake import SUFFIX, Entry, Fake, running
from tests.integration.ldap.office import Office, why

SERVICE = f"CN=NTDS Settings,CN=DC1,CN=Configuration,{SUFFIX}"
STAFF = f"OU=员工,{SUFFIX}"


class Controller(Fake):
    """A domain controller with two dozen people, of whom it shows ten at a time."""

    def __init__(self, *, invocation: bytes | None) -> None:
        """Begin; without an invocation id the account may not read which server it is."""
        super().__init__(
            root_dse={
                "supportedCapabilities": [b"1.2.840.113556.1.4.800"],
                "namingContexts": [SUFFIX.encode()],
                "dsServiceName": [SERVICE.encode()],
            },
            largest_page=10,
        )
        self.usn = 100
        self.put(SUFFIX, objectClass=b"domain")
        self.put(STAFF, objectClass=b"organizationalUnit", ou="员工".encode())
        for number in range(24):
            self.hire(number)
        known = {} if invocation is None else {"invocationId": [invocation]}
        self.entries.append(Entry(SERVICE, {"objectClass": [b"nTDSDSA"], **known}))

    def hire(self, number: int) -> None:
        """Let somebody be there."""
        self.put(
            f"CN=u{number},{STAFF}",
            objectClass=b"user",
            objectCategory=b"person",
            sAMAccountName=f"u{number}".encode(),
            displayName=f"员工{number}".encode(),
            mobile=f"1380000{number:04}".encode(),
            title="员工".encode(),
            userAccountControl=b"512",
        )

    def put(self, dn: str, **attributes: bytes) -> None:
        """Add an entry, or let it have these values."""
        self.usn += 1
        entry = next((one for one in self.entries if one.dn == dn), None)
        if entry is None:
            id_ = uuid.uuid5(uuid.NAMESPACE_OID, dn).bytes_le
            entry = Entry(dn, {"objectGUID": [id_], "uSNCreated": [b"%d" % self.usn]})
            self.entries.append(entry)
        entry.attributes |= {name: [value] for name, value in attributes.items()}
        entry.attributes["uSNChanged"] = [b"%d" % self.usn]
        self.root_dse["highestCommittedUSN"] = [b"%d" % self.usn]

    def delete(self, dn: str) -> None:
        """Let an entry go; what is left of it stands where an ordinary account may not look."""
        self.entries = [one for one in self.entries if one.dn != dn]
        self.usn += 1
        self.root_dse["highestCommittedUSN"] = [b"%d" % self.usn]


@pytest.fixture
def office_with(office_of):
    """Return a function that gives syncd beside a controller that was read once."""
    with ExitStack() as stack:

        def make(controller: Controller) -> Office:
            stack.enter_context(running(controller))
            return office_of(
                urls=(controller.url,),
                base_dn=SUFFIX,
                bind_dn="cn=reader",
                bind_password=lambda: "secret",
            )

        yield make


def test_a_day_in_a_windows_domain_is_followed_page_by_page(office_with):
    controller = Controller(invocation=b"\x01" * 16)
    office = office_with(controller)
    assert len(office.people()) == 24
    assert office.follow().is_partial
    controller.put(f"CN=u3,{STAFF}", title="经理".encode())
    for number in range(30, 42):
        controller.hire(number)
    changed = office.follow()
    assert changed.is_partial
    assert office.people()["u3"] == ("员工", None, "13800000003", "经理")
    assert len(office.people()) == 36
    controller.delete(f"CN=u41,{STAFF}")
    assert office.follow().is_partial
    assert "u41" not in office.people()
    controller.put(f"CN=u4,{STAFF}", userAccountControl=b"514")
    assert office.follow().is_partial
    assert "u4" not in office.people()


def test_a_restored_domain_controller_has_everything_read(office_with):
    controller = Controller(invocation=b"\x01" * 16)
    office = office_with(controller)
    (service,) = (one for one in controller.entries if one.dn == SERVICE)
    service.attributes["invocationId"] = [b"\x02" * 16]
    controller.put(f"CN=u3,{STAFF}", title="经理".encode())
    assert why(office.follow()) == "server"
    assert office.follow().is_partial


@pytest.mark.parametrize("hides", ["the id", "the entry"])
def test_where_nobody_may_know_which_controller_answers_everything_is_read(office_with, hides):
    controller = Controller(invocation=None)
    if hides == "the entry":
        controller.entries.pop()
    office = office_with(controller)
    controller.put(f"CN=u3,{STAFF}", title="经理".encode())
    reading = office.follow()
    assert not reading.is_partial
    assert office.people()["u3"] == ("员工", None, "13800000003", "经理")
    assert "yes" not in reading.capabilities["incremental"]
