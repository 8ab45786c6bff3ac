"""A survey of fields as JSON: what `--json` prints, and what is kept of a held plan."""

from syncd.model.fitness import Fitness, Match, Side, Survey


def survey_document(found: Survey) -> dict[str, object]:
    """Return the survey as JSON values."""
    return {
        "authority": found.authority,
        "common_field": found.common_field,
        "recommended": found.recommended,
        "reason": str(found.reason),
        "sources": [
            {"name": one.name, "type": one.type, "people": one.people, "read_at": one.read_at}
            for one in found.sources
        ],
        "fields": [_fitness(one) for one in found.fields],
        "withheld": [
            {
                "source": one.source,
                "fields": list(one.fields),
                "cause": one.cause,
                "text": str(one.text),
                "ways_out": [str(way) for way in one.ways_out],
            }
            for one in found.withheld
        ],
    }


def _fitness(one: Fitness) -> dict[str, object]:
    return {
        "field": one.field,
        "verdict": one.verdict.value,
        "reason": str(one.reason),
        "expected": _expected(one),
        "sides": {source: _side(side) for source, side in one.sides.items()},
        "matches": {source: _match(match) for source, match in one.matches.items()},
    }


def _expected(one: Fitness) -> dict[str, object] | None:
    """Return links and conflicts of all sources together; None where there is nothing to link."""
    if not one.matches:
        return None
    matches = one.matches.values()
    owners = sum(side.sharing for name, side in one.sides.items() if name not in one.matches)
    return {
        "links": sum(match.links for match in matches),
        "conflicts": {
            "duplicate_key": owners + sum(match.duplicate_key for match in matches),
            "ambiguous": sum(match.ambiguous for match in matches),
            "missing_key": sum(match.missing_key for match in matches),
        },
    }


def _side(one: Side) -> dict[str, object]:
    return {
        "state": one.state.value,
        "people": one.people,
        "known": one.known,
        "values": one.values,
        "coverage": round(one.coverage, 4),
        "distinct_written": one.distinct_written,
        "distinct": one.distinct,
        "shared_values": one.shared_values,
        "sharing": one.sharing,
        "shared_examples": [
            {"value": value, "people": number} for value, number in one.shared_examples
        ],
        "flaws": {flaw.value: number for flaw, number in one.flaws.items()},
        "flawed_examples": [
            {"flaw": flaw.value, "value": value} for flaw, value in one.flawed_examples
        ],
    }


def _match(one: Match) -> dict[str, object]:
    return {
        "overlap_written": one.overlap_written,
        "overlap": one.overlap,
        "links": one.links,
        "unmatched": one.unmatched,
        "conflicts": {
            "duplicate_key": one.duplicate_key,
            "ambiguous": one.ambiguous,
            "missing_key": one.missing_key,
        },
        "names_compared": one.names_compared,
        "names_differ": one.names_differ,
        "near": one.near,
    }
