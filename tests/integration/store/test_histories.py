"""Whatever is done, and however the log is rotated in between: it is whole, and yields the store."""

import gzip
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from syncd.errors import UsageError
from syncd.model.conflict import ConflictKind
from syncd.model.directory import User
from syncd.model.entry import Ref
from syncd.model.run import Outcome
from syncd.reconcile.settings import Limit, Limits, Policy
from syncd.services.audit_lines import log_files
from syncd.services.audit_replay import replay
from syncd.services.audit_verify import verify
from syncd.services.by_hand import Author, disable, enable
from syncd.services.erasure import ErasureContext, erase, find
from syncd.services.linking import settle_doubt
from syncd.services.undo import undo
from syncd.store.store import Store
from tests.integration.store.listed import Office, office
from tests.unit.reconcile.memory import SOURCE
from tests.unit.reconcile.worlds import companies

_SLOW = [
    HealthCheck.too_slow,
    HealthCheck.data_too_large,
    HealthCheck.filter_too_much,
    HealthCheck.function_scoped_fixture,
]
quickly = settings(max_examples=15, deadline=None, suppress_health_check=_SLOW)
hard = settings(max_examples=150, deadline=None, suppress_health_check=_SLOW)

_ALL = Limit(1000, 1.0)
#: Nothing is held, but where half of a population would go.
LOOSE = Policy(authority=SOURCE, limits=Limits(_ALL, _ALL, _ALL, _ALL, _ALL, _ALL))
OPS = Author("alice", "because")


def one_of(data: st.DataObject, here: Office, is_wanted: Callable[[User], bool]) -> Ref | None:
    users = here.store.world(None).users
    refs = sorted(ref for ref, user in users.items() if is_wanted(user))
    return data.draw(st.sampled_from(refs)) if refs else None


def sync(data: st.DataObject, here: Office) -> None:
    here.sync(data.draw(companies(is_whole=True)), full=data.draw(st.booleans()))


def disable_one(data: st.DataObject, here: Office) -> None:
    if (ref := one_of(data, here, lambda user: user.row.is_active)) is not None:
        disable(here.by_hand, ref, OPS)


def enable_one(data: st.DataObject, here: Office) -> None:
    if (ref := one_of(data, here, lambda user: user.row.admin_disabled_at is not None)) is not None:
        enable(here.by_hand, ref, OPS)


def undo_one(data: st.DataObject, here: Office) -> None:
    applied = [one.id for one in here.store.runs(100) if one.outcome is Outcome.APPLIED]
    if applied:
        with suppress(UsageError):  # a run that changed nothing but records, or an erasure
            undo(here.by_hand, data.draw(st.sampled_from(applied)), OPS, confirmed=True)


def erase_one(data: st.DataObject, here: Office) -> None:
    ref = one_of(data, here, lambda user: user.row.gone_at is not None)
    if ref is None:
        return
    user = here.store.world(None).users[ref]
    context = ErasureContext(here.store, here.source.clock, here.log, "here")
    erase(context, find(here.store, f"user:{user.id}"), OPS)
    event("erased")


def settle_one(data: st.DataObject, here: Office) -> None:
    """Say of somebody who came back under an old id that it is the same one, or somebody new."""
    open_ = (one.open.conflict for one in here.store.conflicts())
    doubted = [one.external_id for one in open_ if one.kind is ConflictKind.IDENTITY_DOUBTFUL]
    if doubted:
        who = Ref(SOURCE, data.draw(st.sampled_from(doubted)))
        with suppress(UsageError):  # too little may be known of somebody new
            settle_doubt(here.by_hand, who, data.draw(st.sampled_from((who, None))), OPS)
        event("settled")


def rotate(data: st.DataObject, here: Office) -> None:
    if not here.log.exists() or not here.log.stat().st_size:
        return
    number = len(log_files(here.log))
    if data.draw(st.booleans()):
        packed = here.log.with_name(f"{here.log.name}.{number}.gz")
        packed.write_bytes(gzip.compress(here.log.read_bytes()))
        here.log.unlink()
    else:
        here.log.rename(here.log.with_name(f"{here.log.name}-{number}"))


STEPS = (sync, sync, settle_one, disable_one, enable_one, undo_one, erase_one, rotate)


def check(data: st.DataObject, empty: Path, folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    shutil.copy(empty, folder / "syncd.db")
    store = Store.open(f"sqlite:///{folder}/syncd.db")
    here = office(store, folder, LOOSE)
    try:
        sync(data, here)
        for step in data.draw(st.lists(st.sampled_from(STEPS), max_size=7)):
            event(step.__name__)
            step(data, here)
            files = log_files(here.log)
            assert verify(files, store).findings == ()
            assert replay(files, store).is_same, replay(files, store)
    finally:
        store.close()


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("histories") / "empty.db"
    store = Store.open(f"sqlite:///{path}")
    store.prepare()
    store.close()
    return path


@quickly
@given(data=st.data())
def test_any_history_leaves_a_log_that_is_whole_and_yields_the_store(
    data: st.DataObject, empty: Path, tmp_path: Path
) -> None:
    check(data, empty, tmp_path / "one")


@pytest.mark.hard
@hard
@given(data=st.data())
def test_many_histories_leave_a_log_that_is_whole_and_yields_the_store(
    data: st.DataObject, empty: Path, tmp_path: Path
) -> None:
    check(data, empty, tmp_path / "one")
