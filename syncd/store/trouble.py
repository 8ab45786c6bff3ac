"""What the databases can say, as a table: code → class, what is wrong, what to do."""

from typing import Final, NamedTuple

from syncd.errors import StoreBusy, StoreDeadlock, StoreError, StoreUnavailable


class Trouble(NamedTuple):
    """What one code of a database means to an administrator."""

    kind: type[StoreError]
    #: A sentence with `{name}` for the store.
    message: str
    hint: str


_LOCKED: Final = Trouble(
    StoreBusy,
    "The store {name} is locked by another process.",
    "Wait for it; if it stays so, find the session that leaves a transaction open.",
)
_DEADLOCK: Final = Trouble(
    StoreDeadlock,
    "The store {name} was locked crosswise with another program's transaction.",
    "Nothing was written; try again. Applications should keep their transactions short.",
)
_LOST: Final = Trouble(
    StoreUnavailable,
    "The connection to the store {name} was lost.",
    "Nothing was half-written. See whether the server runs and can be reached, then try again.",
)
_UNREACHABLE: Final = Trouble(
    StoreUnavailable,
    "The store {name} cannot be reached.",
    "See whether the server runs, and whether host and port in [store] url are right.",
)
_FULL: Final = Trouble(
    StoreUnavailable,
    "The store {name} cannot grow: the disk is full.",
    "Make room where the database lies; nothing was half-written.",
)
_DENIED: Final = Trouble(
    StoreError,
    "The store {name} does not let this account in.",
    "Check user and password in [store], and what the server allows the account.",
)
_UNKNOWN: Final = Trouble(
    StoreError,
    "The store {name} is not there: the server has no such database.",
    "Make it first, with UTF-8 as its encoding, or correct [store] url.",
)
_FORBIDDEN: Final = Trouble(
    StoreError,
    "The store {name} does not allow this account what syncd has to do.",
    "Grant syncd's account what docs/database.md lists under least privilege.",
)
_READ_ONLY: Final = Trouble(
    StoreError,
    "The store {name} is read-only for this account.",
    "Connect to the server that may be written, not to a replica, and look at the account's settings.",
)
_CROWDED: Final = Trouble(
    StoreUnavailable,
    "The store {name} has no connection left for us.",
    "Raise the server's limit of connections, or end what holds them.",
)
_TOO_LARGE: Final = Trouble(
    StoreError,
    "The store {name} refuses a statement of this size.",
    "Set max_allowed_packet of the server to 64M; nothing was written.",
)

#: SQLite's result code, or how it begins. https://www.sqlite.org/rescode.html
SQLITE: Final = {
    "SQLITE_BUSY": Trouble(
        StoreBusy,
        "The store {name} is locked by another process.",
        "Wait for it, or find out who holds the file open (fuser FILE).",
    ),
    "SQLITE_LOCKED": Trouble(StoreBusy, "The store {name} is locked.", "Try again in a moment."),
    "SQLITE_FULL": _FULL,
    "SQLITE_CANTOPEN": Trouble(
        StoreUnavailable,
        "The store {name} cannot be opened.",
        "Check that the folder exists and that this account may write to it.",
    ),
    "SQLITE_READONLY": Trouble(
        StoreError,
        "The store {name} is read-only for this account.",
        "Check owner and mode of the file and of its folder.",
    ),
    "SQLITE_PERM": Trouble(
        StoreError, "The store {name} refuses access.", "Check owner and mode of the file."
    ),
    "SQLITE_CORRUPT": Trouble(
        StoreError,
        "The store {name} is damaged.",
        "Restore it from a backup; sqlite3 FILE 'PRAGMA integrity_check' tells how far it goes.",
    ),
    "SQLITE_NOTADB": Trouble(
        StoreError,
        "The store {name} is not an SQLite database.",
        "Check [store] url: it names a file of another kind.",
    ),
    "SQLITE_IOERR": Trouble(
        StoreError,
        "The store {name} could not be read or written: the disk reported an error.",
        "Look at the system's log for the disk's errors.",
    ),
}
#: SQLSTATE, or how it begins; the first that fits. PostgreSQL 15, appendix A.
POSTGRESQL: Final = {
    "55P03": _LOCKED,
    "40P01": _DEADLOCK,
    "40001": _DEADLOCK,
    "08001": _UNREACHABLE,
    "08": _LOST,
    "57P03": _UNREACHABLE,  # starting up or shutting down
    "57P": _LOST,
    "25P03": _LOST,  # our transaction stood still for too long
    "53300": _CROWDED,
    "53": _FULL,
    "58030": _FULL,  # could not write to a file
    "28": _DENIED,
    "3D000": _UNKNOWN,
    "42501": _FORBIDDEN,
    "25006": _READ_ONLY,
}
#: Error number. MariaDB's "Error codes"; MySQL has the same up to 1999.
MYSQL: Final = {
    "1205": _LOCKED,
    "3572": _LOCKED,
    "1213": _DEADLOCK,
    "1020": _DEADLOCK,  # MariaDB from 11.6: the row has moved since it was read
    "2002": _UNREACHABLE,
    "2003": _UNREACHABLE,
    "1053": _LOST,
    "1077": _LOST,
    "1927": _LOST,
    "2006": _LOST,
    "2013": _LOST,
    "2014": _LOST,
    "2055": _LOST,
    "4031": _LOST,
    "1040": _CROWDED,
    "1203": _CROWDED,
    "1226": _CROWDED,
    "1021": _FULL,
    "1026": _FULL,
    "1030": _FULL,
    "1114": _FULL,
    "3": _FULL,
    "1044": _FORBIDDEN,
    "1045": _DENIED,
    "1698": _DENIED,
    "1049": _UNKNOWN,
    "1142": _FORBIDDEN,
    "1143": _FORBIDDEN,
    "1227": _FORBIDDEN,
    "1290": _READ_ONLY,
    "1792": _READ_ONLY,
    "1836": _READ_ONLY,
    "1153": _TOO_LARGE,
    # The driver's own word: it was asked for a file of this host, which nobody has offered.
    "LOAD_LOCAL": Trouble(
        StoreError,
        "The server of the store {name} asked for a file of this host, and did not get it.",
        "No honest server does: find out what answers at [store] url, and change the password.",
    ),
}
