"""A WeCom on this machine, for demonstrations, tests and anybody's WeCom integration.

Start here: `Simulator` runs one in its own process, `ThreadedSimulator` in a thread, `run` in
the foreground. docs/simulator.md has the company's file format and the control interface.
"""

from syncd.simulator.company import Company
from syncd.simulator.company_file import dump_company, load_company, read_company, write_company
from syncd.simulator.entities import App, Contacts, Department, Member, Range, Regime, Tag
from syncd.simulator.faults import Fault, Kind
from syncd.simulator.generate import build_company
from syncd.simulator.options import SimulatorOptions
from syncd.simulator.running import Simulator, ThreadedSimulator, run, serve

__all__ = [
    "App",
    "Company",
    "Contacts",
    "Department",
    "Fault",
    "Kind",
    "Member",
    "Range",
    "Regime",
    "Simulator",
    "SimulatorOptions",
    "Tag",
    "ThreadedSimulator",
    "build_company",
    "dump_company",
    "load_company",
    "read_company",
    "run",
    "serve",
    "write_company",
]
