"""A simulator that runs: in the foreground, in its own process, or in a thread."""

import asyncio
import contextlib
import subprocess
import sys
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

import orjson

from syncd.errors import SourceUnavailable
from syncd.simulator.api import Api
from syncd.simulator.company import Company
from syncd.simulator.company_file import dump_company
from syncd.simulator.generate import build_company
from syncd.simulator.options import SimulatorOptions
from syncd.simulator.server import Site, stop_at_signals
from syncd.simulator.steering import Steering
from syncd.text import text

_START_TIMEOUT = 120.0
_STOP_TIMEOUT = 5.0


def run(options: SimulatorOptions, *, ready: Callable[[str], None] | None = None) -> None:
    """Serve the company that the options describe until SIGTERM or SIGINT.

    Args:
        options: What to serve, where, and how it behaves.
        ready: Called once with the base URL when calls are taken.

    Raises:
        UsageError: The options make no company.
        OSError: The port is taken.
    """
    serve(build_company(options), options, given=False, ready=ready)


def serve(
    company: Company,
    options: SimulatorOptions,
    *,
    given: bool = True,
    ready: Callable[[str], None] | None = None,
) -> None:
    """Serve a company until SIGTERM or SIGINT.

    Args:
        company: What is served.
        options: Where, and how it behaves.
        given: The company was not made by the options, so they cannot make it anew.
        ready: Called once with the base URL when calls are taken.
    """

    async def until_stopped() -> None:
        stop = asyncio.Event()
        stop_at_signals(stop)
        await Site(_api(company, options, given=given)).serve(stop, ready)

    asyncio.run(until_stopped())


class Running(Steering, ABC):
    """A simulator while a `with` block lasts; what a client's configuration needs of it."""

    corp_id: str
    agent_id: int
    app_secret: str
    contacts_secret: str

    def __init__(
        self, options: SimulatorOptions | None = None, company: Company | None = None
    ) -> None:
        """Prepare; nothing runs yet.

        Args:
            options: How it behaves, and which company to make when none is given.
            company: The company to serve; it brings its own ids and secrets.
        """
        super().__init__("")
        self.options = options or SimulatorOptions()
        self._given = company

    def __enter__(self) -> Self:
        """Start, and wait until it answers."""
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop."""
        self.stop()

    def start_over(self, company: Company | None = None, **options: Any) -> None:
        """Be as after the start; see `Steering.start_over`."""
        super().start_over(company, **options)
        self._learn()

    @abstractmethod
    def start(self) -> None:
        """Start, and wait until it answers."""

    @abstractmethod
    def stop(self) -> None:
        """Stop; connections end at once."""

    def _learn(self) -> None:
        state = self.state()
        self.corp_id = state["corp_id"]
        self.contacts_secret = state["contacts_secret"]
        apps = state["apps"]
        self.agent_id = apps[0]["agentid"] if apps else 0
        self.app_secret = apps[0]["secret"] if apps else ""


class Simulator(Running):
    """A simulator in a process of its own, on a free port: its work costs the caller none.

    It ends with the `with` block, and also when the process that started it dies.
    """

    _process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the process, and wait until it answers.

        Raises:
            SourceUnavailable: It did not come up; its standard error says why.
        """
        process = subprocess.Popen(
            [sys.executable, "-m", "syncd.simulator"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            process_group=0,  # Ctrl-C is for the parent, which then ends this one
        )
        self._process = process
        if process.stdin is None or process.stdout is None:  # pragma: no cover - PIPE was asked
            raise SourceUnavailable("The simulator has no pipes.")
        company = None if self._given is None else dump_company(self._given)
        spec = orjson.dumps({"options": self.options.to_json(), "company": company})
        line = b""
        with contextlib.suppress(BrokenPipeError):
            process.stdin.write(spec + b"\n")
            process.stdin.flush()
            line = process.stdout.readline()
        if not line:
            self.stop()
            raise SourceUnavailable(
                text("The simulator did not start."),
                hint=text("Its message stands on standard error."),
            )
        self.base_url = line.decode().strip()
        self._learn()

    def stop(self) -> None:
        """End the process; it has no state that could be lost."""
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(_STOP_TIMEOUT)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with contextlib.suppress(BrokenPipeError):  # what it never read
                    pipe.close()


class ThreadedSimulator(Running):
    """A simulator in a thread: quick to start, and `company` and `api` are at hand.

    For tests; it shares the interpreter with its caller, so nothing may be measured by it.
    """

    api: Api

    @property
    def company(self) -> Company:
        """The company that is served."""
        return self.api.company

    def start(self) -> None:
        """Start the thread, and wait until it answers.

        Raises:
            SourceUnavailable: It did not come up.
        """
        company = self._given or build_company(self.options)
        self.api = _api(company, self.options, given=self._given is not None)
        self._up = threading.Event()
        self._failure: Exception | None = None
        self._thread = threading.Thread(target=self._work, name="simulator", daemon=True)
        self._thread.start()
        if not self._up.wait(_START_TIMEOUT) or self._failure is not None:
            raise SourceUnavailable(text("The simulator did not start.")) from self._failure
        self._learn()

    def stop(self) -> None:
        """End the thread."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stop.set)
            self._thread.join(_STOP_TIMEOUT)

    def _work(self) -> None:
        try:
            asyncio.run(self._serve())
        except Exception as error:  # noqa: BLE001 - handed to the thread that waits in start
            self._failure = error
            self._up.set()

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        await Site(self.api).serve(self._stop, self._ready)

    def _ready(self, base_url: str) -> None:
        self.base_url = base_url
        self._up.set()


def _api(company: Company, options: SimulatorOptions, *, given: bool) -> Api:
    api = Api(company, options, given=given)
    if options.prepare:
        api.prepare()
    return api
