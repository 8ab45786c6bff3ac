"""Answers put together once and kept until something they show has changed."""

from collections.abc import Callable, Hashable

from syncd.simulator.answers import Reply
from syncd.simulator.company import Company
from syncd.simulator.views import View


class Pages:
    """Finished answers by what was asked and by whom, each with the versions it rests on."""

    def __init__(self, company: Company) -> None:
        """Begin with none."""
        self._company = company
        self._kept: dict[Hashable, tuple[tuple[int, int], Reply]] = {}

    def of_company(self, key: Hashable, make: Callable[[], Reply]) -> Reply:
        """Return an answer that any change of the company makes stale."""
        return self._get(key, (self._company.version, 0), make)

    def of_department(
        self, key: Hashable, view: View, department: int, make: Callable[[], Reply]
    ) -> Reply:
        """Return an answer about the members of one department.

        Who sees everything needs a new one only when a member of it has changed; for a
        narrower view any change may matter.
        """
        if not view.whole:
            return self.of_company(key, make)
        stamp = (self._company.rights_version, self._company.page_versions[department])
        return self._get(key, stamp, make)

    def _get(self, key: Hashable, stamp: tuple[int, int], make: Callable[[], Reply]) -> Reply:
        kept = self._kept.get(key)
        if kept is not None and kept[0] == stamp:
            return kept[1]
        reply = make()
        self._kept[key] = (stamp, reply)
        return reply
