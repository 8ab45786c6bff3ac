"""What an administrator has decided about reconciling, as plain values."""

from collections.abc import Mapping
from dataclasses import dataclass, field

#: Below this many, a population is small and a limit's small floor counts.
SMALL_POPULATION = 100


@dataclass(frozen=True, slots=True)
class Limit:
    """How much of something one run may do: `max(floor, share × population)`."""

    floor: int
    share: float
    #: The floor where the population is below 100; None where it is the same.
    small_floor: int | None = None

    def allowed(self, population: int) -> int:
        """Return how many are allowed, never more than half of a population of two or more."""
        small = self.small_floor is not None and population < SMALL_POPULATION
        floor = self.small_floor if small and self.small_floor is not None else self.floor
        allowed = max(floor, self.part_of(population))
        return min(allowed, population // 2) if population > 1 else allowed

    def part_of(self, population: int) -> int:
        """Return the share of a population, rounded down."""
        return int(round(self.share * population, 6))  # 0.29 × 100 is 28.999999999999996


@dataclass(frozen=True, slots=True)
class Limits:
    """The guards' limits, with the contract's defaults (section 3)."""

    max_deactivations: Limit = Limit(10, 0.05, 3)
    max_unlinks: Limit = Limit(10, 0.05, 3)
    max_blanked: Limit = Limit(10, 0.10, 3)
    max_changed: Limit = Limit(50, 0.30)
    max_moves: Limit = Limit(50, 0.20)
    max_created: Limit = Limit(50, 0.30)
    #: Rejected entries (rule 13).
    max_rejected: Limit = Limit(10, 0.05)
    #: Folded userids whose deactivation always holds.
    protected: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Policy:
    """How records become users."""

    #: The source whose persons become users and whose departments become departments.
    authority: str
    #: The field whose equal value means the same person; None with one source and no need.
    common_field: str | None = None
    #: Sources whose people go when the part that they were in can no longer be seen.
    deactivate_out_of_scope: frozenset[str] = frozenset()
    limits: Limits = field(default_factory=Limits)
    #: Field → the order of sources that are asked for it, where it is not the authority first.
    prefer: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    #: The enabled sources besides the authority: their records are matched with its users.
    others: frozenset[str] = frozenset()
    #: Whether a record of theirs that fits nobody becomes a user of its own (rule 6).
    creates: bool = False

    #: The sources that are asked whose a value is where they show nobody's (`lookup`).
    lookups: frozenset[str] = frozenset()

    @property
    def matching_field(self) -> str | None:
        """Return the common field where there are records to be matched, None with one source."""
        return self.common_field if self.others else None
