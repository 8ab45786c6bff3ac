"""``[guard]``: how much one plan may change before a person must look at it."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from syncd.config.section import Section, setting

#: Below this population the small floors hold.
SMALL_POPULATION = 100
_SMALL_FLOOR = 3


@dataclass(frozen=True, slots=True)
class GuardLimit:
    """``max(floor, share × population)``; ``small_floor`` holds below `SMALL_POPULATION`."""

    floor: int
    share: float
    small_floor: int

    def floor_for(self, population: int) -> int:
        """Return the floor that holds for ``population`` rows."""
        return self.small_floor if population < SMALL_POPULATION else self.floor


DEFAULT_LIMITS: Mapping[str, GuardLimit] = MappingProxyType(
    {
        "max_deactivations": GuardLimit(10, 0.05, _SMALL_FLOOR),
        "max_unlinks": GuardLimit(10, 0.05, _SMALL_FLOOR),
        "max_blanked": GuardLimit(10, 0.10, _SMALL_FLOOR),
        "max_changed": GuardLimit(50, 0.30, 50),
        "max_moves": GuardLimit(50, 0.20, 50),
        "max_created": GuardLimit(50, 0.30, 50),
    }
)


class LimitSettings(Section):
    """One limit as the file has it; what is left out keeps its default."""

    floor: int | None = setting(None, doc="So many are always allowed.", example=10, ge=0)
    small_floor: int | None = setting(
        None,
        doc=f"The floor where there are fewer than {SMALL_POPULATION}; by default the same.",
        example=3,
        ge=0,
    )
    share: float | None = setting(
        None, doc="So much of what there is, 0.05 for 5 %.", example=0.05, ge=0, le=1
    )


def _limit(name: str, doc: str) -> LimitSettings:
    field: LimitSettings = setting(
        LimitSettings(), doc=doc, example=written_limit(DEFAULT_LIMITS[name])
    )
    return field


def written_limit(limit: GuardLimit) -> dict[str, object]:
    """Return ``limit`` as the file has it."""
    small = {} if limit.small_floor == limit.floor else {"small_floor": limit.small_floor}
    return {"floor": limit.floor, **small, "share": limit.share}


class GuardSettings(Section):
    """A plan that would do more than this is held until a person approves it."""

    protected: tuple[str, ...] = setting(
        (),
        doc="The userids of people who are never deactivated or taken over by a run.",
        example=["zhangsan"],
    )
    max_deactivations: LimitSettings = _limit(
        "max_deactivations", "Users deactivated; departments removed, each counted on its own."
    )
    max_unlinks: LimitSettings = _limit("max_unlinks", "Links lost.")
    max_blanked: LimitSettings = _limit("max_blanked", "Values of one field that would turn empty.")
    max_changed: LimitSettings = _limit("max_changed", "Values of one field that would change.")
    max_moves: LimitSettings = _limit("max_moves", "Memberships lost by people who stay.")
    max_created: LimitSettings = _limit(
        "max_created", "Users made or reactivated after the first load."
    )

    @property
    def limits(self) -> Mapping[str, GuardLimit]:
        """Every limit by its name, with the defaults for what the file leaves out."""
        return {name: self._limit_of(name, default) for name, default in DEFAULT_LIMITS.items()}

    def _limit_of(self, name: str, default: GuardLimit) -> GuardLimit:
        given: LimitSettings = getattr(self, name)
        floor = default.floor if given.floor is None else given.floor
        small = default.small_floor if given.floor is None else given.floor
        return GuardLimit(
            floor=floor,
            share=default.share if given.share is None else given.share,
            small_floor=small if given.small_floor is None else given.small_floor,
        )
