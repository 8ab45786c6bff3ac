"""Where a server stands: up to which change it shows a directory."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from syncd.errors import SourceError
from syncd.model.cursor import Why
from syncd.model.word import Word
from syncd.sources.ldap.directory import Directory
from syncd.sources.ldap.dn import dn_key
from syncd.sources.ldap.kinds import ACTIVE_DIRECTORY, OPENLDAP
from syncd.sources.ldap.root_dse import read_root_dse

#: How far back what was seen already is looked at again, where only times tell what is new: clocks
#: of replicas differ, and a change takes its time from one to the other.
OVERLAP: Final = timedelta(minutes=10)
_STAMP: Final = "%Y%m%d%H%M%S"
_CONTEXT_CSN: Final = "contextCSN"
_WINDOWS: Final = ("dsServiceName", "highestCommittedUSN")


class How(Word):
    """What tells where a server stands."""

    #: OpenLDAP's `contextCSN`: the last change of each server that makes changes, wherever we ask.
    CSN = "csn"
    #: `highestCommittedUSN` of one domain controller (MS-ADTS, 3.1.1.1.9).
    USN = "usn"
    #: Nothing but the times of the entries themselves.
    TIME = "time"


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a server stood at one moment."""

    how: How
    #: Which server it was, where another one must not be gone on with.
    server: str = ""
    #: The tree of the server that the directory is in, where that is what stands somewhere.
    context: str = ""
    #: Server that makes changes → its last one; with `usn` one number, with `time` nothing.
    marks: Mapping[str, str] | None = None

    def as_json(self) -> dict[str, Any]:
        """Return the standing as JSON values."""
        return asdict(self)


def recall_standing(stored: Mapping[str, Any]) -> Standing:
    """Return what `as_json` gave."""
    return Standing(How(stored["how"]), stored["server"], stored["context"], stored["marks"])


def read_standing(directory: Directory, base_dn: str) -> Standing | None:
    """Return where the server stands with the directory below `base_dn`; None where it cannot tell.

    Raises:
        SourceError: The server did not answer.
    """
    if directory.kind is ACTIVE_DIRECTORY:
        return _of_controller(directory)
    if directory.kind is OPENLDAP:
        context = context_of(naming_contexts(directory), base_dn)
        marks = _context_csn(directory, context) if context else None
        if context and marks:
            return Standing(How.CSN, "", context, marks)
    return Standing(How.TIME, directory.url)


def read_again(directory: Directory, before: Standing) -> Standing | None:
    """Return where the server stands now, by the same means; None where it cannot tell any more.

    Raises:
        SourceError: The server did not answer.
    """
    if before.how is How.USN:
        return _of_controller(directory)
    if before.how is How.TIME:
        return Standing(How.TIME, directory.url)
    marks = _context_csn(directory, before.context)
    return Standing(How.CSN, "", before.context, marks) if marks else None


def since(before: Standing, now: Standing | None, latest: str) -> str | Why | None:
    """Return the least mark that an entry has which was changed in between.

    None where nothing was; a reason where that cannot be told, and everything is to be read.

    Args:
        before: Where the server stood when it was read last.
        now: Where it stands.
        latest: The latest mark that was seen in an entry.
    """
    if now is None:
        return Why.UNREADABLE
    if before.how is not now.how or before.server != now.server:
        return Why.SERVER
    if before.how is How.TIME:
        return earlier(latest)
    return _least(before.marks or {}, now.marks or {}, now.how)


def _least(old: Mapping[str, str], new: Mapping[str, str], how: How) -> str | Why | None:
    if old.keys() != new.keys():
        return Why.SERVER if old.keys() < new.keys() else Why.RESTORED
    if any(_order(new[name]) < _order(old[name]) for name in old):
        return Why.RESTORED
    if how is How.USN:
        return None if old == new else str(int(old["usn"]) + 1)
    return min((old[name] for name in old if old[name] != new[name]), default=None)


def earlier(mark: str) -> str:
    """Return the mark that stands for `OVERLAP` before another one, a time or a CSN."""
    moment = datetime.strptime(mark[:14], _STAMP).replace(tzinfo=UTC) - OVERLAP
    stamp = moment.strftime(_STAMP)
    return f"{stamp}.000000Z#000000#000#000000" if "#" in mark else f"{stamp}Z"


def naming_contexts(directory: Directory) -> tuple[str, ...]:
    """Return the trees that the server has.

    Raises:
        SourceError: The server did not answer.
    """
    shown = read_root_dse(directory).get("namingcontexts", ())
    return tuple(raw.decode("utf-8", "replace") for raw in shown)


def context_of(trees: Iterable[str], dn: str) -> str | None:
    """Return the tree that an entry is in; None where it is in none of them."""
    key = dn_key(dn)
    keys = {dn_key(tree): tree for tree in trees}
    above = [parts for parts in keys if parts and parts == key[len(key) - len(parts) :]]
    return keys[max(above, key=len)] if above else None


def mark_of(directory: Directory, dn: str) -> str | None:
    """Return when an entry was changed last; None where there is none, or it is not to be seen.

    Raises:
        SourceError: The server did not answer.
    """
    name = directory.kind.mark
    found = directory.entry(dn, [name])
    values = found.attributes.get(name.lower(), ()) if found else ()
    return values[0].decode("ascii", "replace") if values else None


def _order(mark: str) -> tuple[int, str]:
    """Return what two marks of one server are compared by: numbers by their value."""
    return (int(mark), "") if mark.isdigit() else (0, mark)


def _context_csn(directory: Directory, context: str) -> dict[str, str] | None:
    found = directory.entry(context, [_CONTEXT_CSN])
    values = found.attributes.get(_CONTEXT_CSN.lower(), ()) if found else ()
    marks = [raw.decode("ascii", "replace") for raw in values]
    return {mark[-10:-7]: mark for mark in marks} or None


def _of_controller(directory: Directory) -> Standing | None:
    """Return where a domain controller stands, and which one it is.

    One that was restored from a backup keeps its name and gets another `invocationId`.
    """
    root = directory.entry("", list(_WINDOWS))
    shown = root.attributes if root else {}
    service = next(iter(shown.get("dsservicename", ())), b"").decode("utf-8", "replace")
    usn = next(iter(shown.get("highestcommittedusn", ())), b"").decode("ascii", "replace")
    invocation = _invocation(directory, service) if service else None
    if invocation is None or not usn.isdigit():
        return None
    return Standing(How.USN, f"{service}#{invocation}", "", {"usn": usn})


def _invocation(directory: Directory, service: str) -> str | None:
    try:
        found = directory.entry(service, ["invocationId"])
    except SourceError as error:
        if error.retryable:
            raise
        return None  # it may not be read
    values = found.attributes.get("invocationid", ()) if found else ()
    return values[0].hex() if values else None
