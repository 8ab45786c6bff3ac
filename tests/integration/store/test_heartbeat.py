import threading
from datetime import timedelta

import pytest
from structlog.testing import CapturingLogger

from syncd.errors import StaleWrite, StoreBusy, StoreError
from syncd.services import heartbeat


class Renewals:
    """A store whose lease can be renewed as often as there are answers; then it is lost."""

    def __init__(self, *answers: Exception | None) -> None:
        self._answers = list(answers)
        self.are_over = threading.Event()

    def renew_lease(self, token: int) -> None:
        assert token == 7
        if not self._answers:
            self.are_over.set()
            raise StaleWrite("lost")
        answer = self._answers.pop(0)
        if answer is not None:
            raise answer


def levels(monkeypatch: pytest.MonkeyPatch, store: Renewals) -> list[tuple[str, str]]:
    told = CapturingLogger()
    monkeypatch.setattr(heartbeat, "log", told)
    monkeypatch.setattr(heartbeat, "RENEW_EVERY", timedelta(milliseconds=1))
    with heartbeat.kept_alive(store, 7):  # type: ignore[arg-type]  # a fake
        assert store.are_over.wait(5)
    return [(one.method_name, one.args[0]) for one in told.calls]


def test_a_store_that_is_being_written_is_no_reason_to_warn(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    store = Renewals(None, StoreBusy("locked"), None)
    assert levels(monkeypatch, store) == [("debug", "lease_renewal_postponed")]


def test_any_other_trouble_with_the_lease_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    store = Renewals(StoreError("full"), None)
    assert levels(monkeypatch, store) == [("warning", "lease_not_renewed")]
