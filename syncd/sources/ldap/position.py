"""What a reading leaves behind so that the next one need only look at what has changed."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import Any, Final

from syncd.sources.ldap.dn import DnKey
from syncd.sources.ldap.reading import Draft
from syncd.sources.ldap.standing import Standing, recall_standing
from syncd.sources.ldap.tree import Tree, Unit

_MARK_SIZE: Final = 12


@dataclass(frozen=True, slots=True)
class Position:
    """Where the next reading goes on; all of it may be stored as JSON."""

    #: Code of the kind of server.
    kind: str
    #: What `Snapshot.identity` was.
    identity: str
    standing: Standing
    #: The latest mark that was seen in an entry, and that entry's id.
    latest: tuple[str, str]
    #: Stands for all departments with their names and places.
    tree: str
    #: The attributes whose absence meant that they are empty.
    readable: tuple[str, ...]
    #: Attribute → persons who carried it at the last count, less all who may have lost it since.
    carriers: Mapping[str, int]
    #: Entries that persons are below and that are no departments: id → what stands for the DN.
    containers: Mapping[str, str]
    #: Group that decides who is read → when it was changed last.
    groups: Mapping[str, str]
    #: What stands for the DNs that are named as managers and are nobody who is read.
    dangling: frozenset[str]

    def as_json(self) -> dict[str, object]:
        """Return the position as JSON values."""
        return {
            "kind": self.kind,
            "identity": self.identity,
            "standing": self.standing.as_json(),
            "latest": list(self.latest),
            "tree": self.tree,
            "readable": list(self.readable),
            "carriers": dict(sorted(self.carriers.items())),
            "containers": dict(sorted(self.containers.items())),
            "groups": dict(sorted(self.groups.items())),
            "dangling": sorted(self.dangling),
        }

    def moved(self, standing: Standing, latest: Iterable[tuple[str, str]]) -> "Position":
        """Return the position of a reading that found the server there."""
        return replace(self, standing=standing, latest=max([self.latest, *latest]))


def recall_position(stored: Mapping[str, Any]) -> Position:
    """Return what `as_json` gave."""
    return Position(
        kind=stored["kind"],
        identity=stored["identity"],
        standing=recall_standing(stored["standing"]),
        latest=(stored["latest"][0], stored["latest"][1]),
        tree=stored["tree"],
        readable=tuple(stored["readable"]),
        carriers=stored["carriers"],
        containers=stored["containers"],
        groups=stored["groups"],
        dangling=frozenset(stored["dangling"]),
    )


def key_mark(key: DnKey) -> str:
    """Return what stands for a DN; it tells nothing of the name."""
    text = "\n".join(key).encode("utf-8", "surrogatepass")
    return blake2b(text, digest_size=_MARK_SIZE).hexdigest()


def tree_mark(tree: Tree) -> str:
    """Return what stands for all departments: another one for every one that came, went or moved."""
    units = sorted((one.external_id, one.name, "\n".join(one.key)) for one in tree.distinct())
    text = "\0".join("\0".join(each) for each in units).encode("utf-8", "surrogatepass")
    return blake2b(text, digest_size=_MARK_SIZE).hexdigest()


def between(key: DnKey, unit: Unit) -> Iterable[DnKey]:
    """Yield the DNs between an entry and the department that encloses it."""
    for depth in range(1, len(key) - len(unit.key)):
        yield key[depth:]


def containers_of(places: Mapping[Draft, Unit], tree: Tree) -> set[DnKey]:
    """Return the DNs of all that is no department, and has persons or departments below it."""
    parents = {draft.key[1:]: unit for draft, unit in places.items()}
    found = {
        key[depth:] for key, unit in parents.items() for depth in range(len(key) - len(unit.key))
    }
    for unit in tree.distinct():
        above = tree.enclosing(unit.key)
        if above is not None:
            found.update(between(unit.key, above))
    return found


def dangling_of(places: Collection[Draft], wanted: Mapping[str, DnKey]) -> frozenset[str]:
    """Return what stands for the DNs in `wanted` that are nobody's of these."""
    nobody = set(wanted.values()) - {draft.key for draft in places}
    return frozenset(map(key_mark, nobody))
