"""Finds whom an administrator asks about, and explains why that person is as it is."""

from collections.abc import Collection

from syncd.errors import UsageError
from syncd.model.entry import Ref
from syncd.model.explanation import Explanation
from syncd.model.row_id import read_id
from syncd.model.surrender import is_surrendered
from syncd.reconcile.explain import explain
from syncd.reconcile.normalize import fold_userid
from syncd.reconcile.settings import Policy
from syncd.store.reader import Reader
from syncd.text import text


def explain_person(store: Reader, words: str, policy: Policy) -> Explanation:
    """Return why the user or the unmatched record that `words` name is as it is.

    `words` are a userid, a user's id, `userid:…`, `user:…`, or `SOURCE:ID` by a source's own id;
    the userid or id of a record that belongs to nobody will do as well.

    Raises:
        UsageError: They fit several, or nobody.
    """
    dossier = store.dossier(find_subject(store, words))
    if dossier is None:
        raise _nobody(words)
    return explain(dossier, policy)


def find_subject(store: Reader, words: str) -> int | Ref:
    """Return the id of the user, or the record without a user, that `words` name.

    Raises:
        UsageError: They fit several, or nobody.
    """
    kind, colon, rest = words.partition(":")
    if colon and kind not in {"user", "userid"}:
        found = _of_record(store, Ref(kind, rest)) or _of_record(store, Ref(kind, rest.lower()))
        if found is None:
            raise _nobody(words)
        return found
    if not colon:
        kind, rest = "", words
    users = store.user_ids(
        user_id=read_id(rest) if kind != "userid" else None,
        userid=rest if kind != "user" else None,
    )
    if len(users) > 1:
        # Somebody new may have the userid of one who left (rule 10), and is meant then.
        users = [one for one in users if not _gave_way(store.owner_of(one))] or users
    if len(users) > 1:
        raise UsageError(
            text("{words!r} fits several people.", words=words),
            hint=_several(users, rest),
        )
    if users:
        return users[0]
    if kind == "user":
        raise _nobody(words)
    return _record(store, rest)


def _gave_way(owner: Ref | None) -> bool:
    return owner is not None and is_surrendered(owner.external_id)


def _several(users: Collection[int], rest: str) -> str:
    if any(str(one) == rest for one in users):
        return text("Write user:{rest} for the id, or userid:{rest} for the userid.", rest=rest)
    named = ", ".join(f"user:{one}" for one in users)
    return text("Name one of them by its id: {named}.", named=named)


def _of_record(store: Reader, ref: Ref) -> int | Ref | None:
    user = store.user_of(ref)
    if user is not None:
        return user
    return ref if store.dossier(ref) is not None else None


def _record(store: Reader, words: str) -> Ref:
    """Return the record without a user that bears an id or a userid."""
    wanted = fold_userid(words)
    found = [
        one.ref
        for one in store.find(words)
        if one.user is None
        and wanted
        in {
            fold_userid(one.ref.external_id),
            fold_userid((one.record and one.record.fields.get("userid")) or ""),
        }
    ]
    if len(found) > 1:
        raise UsageError(
            text("{words!r} fits several people.", words=words),
            hint=text(
                "Name one of the records: {named}.", named=", ".join(sorted(map(str, found)))
            ),
        )
    if not found:
        raise _nobody(words)
    return found[0]


def _nobody(words: str) -> UsageError:
    return UsageError(
        text("There is no user {words!r}, and no record without one.", words=words),
        hint=text("syncd find looks for people."),
    )
