"""Trying an LDAP source out: bind, the base, and whether any person is below it."""

from collections.abc import Callable, Iterator
from datetime import datetime

from syncd.errors import SourceRejected
from syncd.sources.ldap.connection import open_directory
from syncd.sources.ldap.groups import read_members
from syncd.sources.ldap.settings import LdapSettings
from syncd.text import Text, text


def try_out(settings: LdapSettings, now: Callable[[], datetime]) -> Iterator[Text]:
    """Yield what was found.

    Raises:
        SourceError: No server answered, the bind was refused, or nobody is to be seen.
    """
    with open_directory(settings, now) as directory:
        view = settings.view(directory.kind)
        yield text("bind: accepted by {url}", url=directory.url)
        yield text("directory: {title}", title=directory.kind.title)
        if directory.entry(view.base_dn, ["1.1"]) is None:
            raise SourceRejected(
                text("There is nothing at {base!r}, or nothing to see.", base=view.base_dn),
                hint=text("Check base_dn, and what the account may read."),
            )
        if not directory.has_any(
            view.base_dn, read_members(directory, view.groups).narrowed(view.person_filter)
        ):
            raise SourceRejected(
                text("No person is to be seen below {base!r}.", base=view.base_dn),
                hint=text("Check base_dn, person_filter, and what the account may read."),
            )
        yield text("base_dn: people are to be seen below {base!r}", base=view.base_dn)
