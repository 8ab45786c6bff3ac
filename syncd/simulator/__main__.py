"""The process behind `Simulator`: reads what to serve from standard input, says where it is.

One JSON line comes in: `{"options": {…}, "company": {…} or null}`; one line goes out: the base
URL. When standard input ends, its parent is gone, and so is the reason to run.
"""

import gc
import os
import signal
import sys
import threading

import orjson

from syncd.errors import SyncdError
from syncd.simulator.company_file import load_company
from syncd.simulator.generate import build_company
from syncd.simulator.options import SimulatorOptions
from syncd.simulator.running import serve


def main() -> int:
    """Serve until stopped; return the exit status."""
    try:
        spec = orjson.loads(sys.stdin.buffer.readline())
        options = SimulatorOptions.from_json(spec["options"])
        given = spec["company"]
        # a large company is hundreds of thousands of objects that all stay: the collector
        # would look through them again and again
        gc.disable()
        company = build_company(options) if given is None else load_company(given)
        gc.freeze()
        gc.enable()
        threading.Thread(target=_end_with_parent, daemon=True).start()
        serve(company, options, given=given is not None, ready=_tell)
    except SyncdError as error:
        sys.stderr.write(f"{error.message} {error.hint}\n")
        return int(error.exit_status)
    return 0


def _tell(base_url: str) -> None:
    sys.stdout.write(f"{base_url}\n")
    sys.stdout.flush()


def _end_with_parent() -> None:
    """Wait for the end of standard input, which nothing is written to any more."""
    os.read(sys.stdin.fileno(), 1)
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    sys.exit(main())
