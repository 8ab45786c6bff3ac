"""People come from an LDAP directory, and the same people are linked with WeCom by their mobile."""

import shutil
from collections.abc import Iterator

from people import READER, SUFFIX
from process import Failed
from pull import ask, session
from scenario import Measurement

from syncd.simulator import Simulator

TITLE = "LDAP and WeCom"
_CONFIGURATION = """
[reconcile]
authority = "ldap"
common_field = "mobile"

[sources.ldap]
type = "ldap"
urls = ["{url}"]
bind_dn = "{account}"
bind_password = "{password}"
base_dn = "{base}"
"""


def configuration(url: str) -> str:
    """Return what makes an LDAP directory the authority."""
    account, password = READER
    return _CONFIGURATION.format(url=url, account=account, password=password, base=SUFFIX)


def mobiles(wecom: Simulator) -> Iterator[str]:
    """Yield the mobile of everybody in WeCom, eleven figures each.

    Raises:
        Failed: Two people have the same, so that not everybody can be linked.
    """
    client, seen = session(1), set[str]()
    answer, _ = ask(
        client, wecom.base_url, "gettoken", corpid=wecom.corp_id, corpsecret=wecom.app_secret
    )
    token = {"access_token": answer["access_token"]}
    listing, _ = ask(client, wecom.base_url, "department/list", **token)
    people = set[str]()
    for department in listing["department"]:
        page, _ = ask(client, wecom.base_url, "user/list", department_id=department["id"], **token)
        for member in page["userlist"]:
            if member["userid"] in people:
                continue
            people.add(member["userid"])
            mobile = member["mobile"].removeprefix("+86 ")  # some have written it so
            if mobile in seen:
                raise Failed(f"two people have the mobile {mobile}")
            seen.add(mobile)
            yield mobile


class TwoSources(Measurement):
    """The rounds of a run that reads both."""

    def case(self, number: int) -> None:
        """Load both directories, and look again twice.

        Raises:
            Failed: A command failed, or did not do its work.
        """
        place = self._folder / f"two-{number}"
        syncd = self._install(place)
        self._sync(syncd, "first load")
        syncd.expect("applied", {"department": {"create": self._size.departments}})
        people = self._wecom.state()["users"]
        found = syncd.people(), syncd.linked("ldap"), syncd.linked("wecom")
        if found != (people, people, people):
            raise Failed(f"of {people} people {found} were stored, made users, and linked")
        self._look_again(syncd)
        shutil.rmtree(place)
