"""Asks a server for what has changed, as a sync would: `ask_for_changes.py CONFIGURATION`.

Prints as JSON the seconds from the connection to the last answer, with who is missing asked for
again; what the store holds is looked up beforehand. Nothing is written.
"""

import gc
import json
import os
import sys
import time
from pathlib import Path

from syncd.bootstrap import build_source, open_store
from syncd.config.load import load_configuration
from syncd.model.cursor import CursorKind
from syncd.model.entry import Missing, Snapshot
from syncd.services.incremental import StoredPeople


def main(file: str) -> None:
    """Ask, and print what it took."""
    gc.set_threshold(100_000, 50, 100)  # as `syncd` does
    configuration, _ = load_configuration(Path(file), os.environ)
    source, store = build_source(configuration, "corp"), open_store(configuration)
    known = StoredPeople(store, "corp")
    cursor = store.cursors("corp")[CursorKind.INCREMENTAL]
    scope = store.source_states()["corp"].scope
    known.people(), known.unsettled()
    began = time.perf_counter()
    found = source.read_changes(cursor.position, scope, known)
    if not isinstance(found, Snapshot) or found.partial is None:
        raise SystemExit(f"everything would be read: {found}")
    if found.partial.missing:
        places = dict.fromkeys(found.partial.missing, frozenset[str]())
        source.confirm(found, Missing(places, {}, found.partial.missing), None, scope)
    sys.stdout.write(json.dumps({"seconds": time.perf_counter() - began}))
    store.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
