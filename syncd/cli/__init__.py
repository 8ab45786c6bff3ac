"""The command line: parse, call a service, print, and end with the right status.

Only click is imported before a command is known: `syncd --help` must be there at once.
"""

import os
import sys
from contextlib import suppress
from importlib import import_module
from io import TextIOWrapper
from typing import Any, NoReturn

import click

import syncd
from syncd.cli import help as help_text
from syncd.cli.language import language_option, speak, spoken, wanted
from syncd.cli.output import retold, say
from syncd.errors import ExitStatus, SyncdError
from syncd.text import text

#: Command → where it is defined, and what it does, in the order of the help.
COMMANDS = {
    "init": ("syncd.cli.init:init", "Make the first configuration: ask, try, and write."),
    "sync": ("syncd.cli.sync:sync", "Bring the directory up to date, once."),
    "plan": ("syncd.cli.sync:plan", "Show what a sync would do, and why; write nothing."),
    "approve": ("syncd.cli.approve:approve", "Apply a held plan as a person has reviewed it."),
    "undo": ("syncd.cli.undo:undo", "Put back what a run has changed."),
    "disable": ("syncd.cli.disable:disable", "Make a user inactive, whatever the source says."),
    "enable": ("syncd.cli.disable:enable", "Take back what disable has decided."),
    "link": ("syncd.cli.link:link", "Say whose a record is, whatever the rules say."),
    "unlink": ("syncd.cli.link:unlink", "Say that a record is nobody's."),
    "links": ("syncd.cli.links:links", "List whose the records of every source are."),
    "run": ("syncd.cli.run:run", "Run as a daemon: every source by its schedule."),
    "pause": ("syncd.cli.pause:pause", "Begin a maintenance window: nothing is read or sent."),
    "resume": ("syncd.cli.pause:resume", "End a maintenance window."),
    "notify": ("syncd.cli.notify:notify", "Queue a message for people, a department, or all."),
    "outbox": ("syncd.cli.outbox:outbox", "Look after the messages: list, retry, cancel."),
    "status": ("syncd.cli.look:status", "Show how old the data is, and who is writing."),
    "runs": ("syncd.cli.look:runs", "List the runs, or show one of them."),
    "sources": ("syncd.cli.sources:sources", "List the sources; rename or retire one."),
    "conflicts": ("syncd.cli.conflicts:conflicts", "List what needs a person, or accept it."),
    "explain": ("syncd.cli.explain:explain", "Show why a person is as it is, field by field."),
    "keys": ("syncd.cli.keys:keys", "Show how fit each field is for linking people."),
    "find": ("syncd.cli.look:find", "Find people by name, number, address or id."),
    "tree": ("syncd.cli.look:tree", "Show the departments, and how many people they have."),
    "audit": ("syncd.cli.audit:audit", "Show what was changed; verify the log."),
    "config": ("syncd.cli.config:config", "Check, show, or make a configuration."),
    "db": ("syncd.cli.db:db", "Bring the database's schema up to date, or check it."),
    "purge": ("syncd.cli.purge:purge", "Let go of what the settings do not keep."),
    "demo": ("syncd.cli.demo:demo", "Try everything on this machine, with no account."),
    "simulator": ("syncd.cli.simulator:simulator", "Run a WeCom on this machine, for tests."),
}


class LazyGroup(click.Group):
    """A group whose commands are imported when they are called."""

    context_class = help_text.Context

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands in the order of the help."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command of that name, or None."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name][0].partition(":")
        command = getattr(import_module(module), name)
        return help_text.speaking(command) if isinstance(command, click.Command) else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands without importing any of them."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, does) for name, (_, does) in COMMANDS.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; a misspelt one is told the nearest that exists."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            import difflib  # noqa: PLC0415 - only for a mistake

            near = difflib.get_close_matches(args[0], COMMANDS, 1)
            if near:
                said = text(
                    "There is no command {name!r}. Did you mean {near!r}?",
                    name=args[0],
                    near=near[0],
                )
            else:
                said = text("There is no command {name!r}. See syncd --help.", name=args[0])
            raise click.UsageError(said, ctx)
        return super().resolve_command(ctx, args)


@click.group(cls=LazyGroup, invoke_without_command=True)
@click.option("--full", is_flag=True, help="The same as syncd sync --full.")
@click.option("--config", "config", metavar="FILE", help="The configuration file.")
@click.option("-v", "verbose", count=True, help="Say more on stderr; twice for every request.")
@click.option("--json", "as_json", is_flag=True, help="With --full: the answer as JSON.")
@language_option
@click.version_option(syncd.__version__, prog_name="syncd", message="%(prog)s %(version)s")
@click.pass_context
def cli(ctx: click.Context, *, full: bool, config: str | None, verbose: int, as_json: bool) -> None:
    """Bring the departments and people of WeCom (企业微信) or LDAP into a SQL store."""
    ctx.obj = {"config": config, "verbose": verbose}
    if ctx.invoked_subcommand is not None:
        if full:
            raise click.UsageError(
                text("--full stands alone, or behind sync: syncd sync --full"), ctx
            )
        return
    if not full:
        click.echo(ctx.get_help())
        return
    command = LazyGroup.get_command(cli, ctx, "sync")
    if command is not None:
        ctx.invoke(command, full=True, as_json=as_json)


def main(args: list[str] | None = None) -> None:
    """Run the command line and end the process with its status."""
    if isinstance(sys.stdout, TextIOWrapper):
        # A name that the terminal's encoding does not have is no reason to fail.
        sys.stdout.reconfigure(errors="backslashreplace")
    _leave(int(run(args)))


def _leave(status: int) -> NoReturn:
    """End the process at once when all is said, without taking its objects apart one by one."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):  # nobody reads it any more
            stream.flush()
    os._exit(status)


def run(args: list[str] | None = None) -> int:
    """Run the command line; return the exit status (docs/cli.md)."""
    before = spoken()
    speak(wanted(sys.argv[1:] if args is None else args))
    try:
        return _call(args)
    except (click.Abort, KeyboardInterrupt):
        say(text("Interrupted."), err=True)
        return ExitStatus.INTERRUPTED
    except SyncdError as error:
        show_error(error)
        return error.exit_status
    except BrokenPipeError:
        sys.stderr.close()  # whoever read our output has gone, and needs no message
        return ExitStatus.DONE
    except Exception:  # noqa: BLE001 - a defect of ours; it must be seen, with its traceback
        return _defect()
    finally:
        speak(before)  # the demonstration runs commands of its own


def _call(args: list[str] | None) -> int:
    try:
        result: Any = cli.main(args=args, prog_name="syncd", standalone_mode=False)
    except click.exceptions.Exit as end:
        return end.exit_code
    except click.ClickException as error:
        _show_usage_error(error)
        return ExitStatus.USAGE
    except SystemExit:
        # Click's way when whoever read our output has gone (a pipe into head); nobody is wrong.
        return ExitStatus.DONE
    return result if isinstance(result, int) else ExitStatus.DONE


def _show_usage_error(error: click.ClickException) -> None:
    """Say what is wrong with the command line; click's own sentences in our language too."""
    context = error.ctx if isinstance(error, click.UsageError) else None
    if context is not None:
        click.echo(context.get_usage(), err=True)
        asking = text(
            "Try '{command} {option}' for help.", command=context.command_path, option="--help"
        )
        say(text("{hint}\n", hint=asking), err=True)
    plain = type(error) is click.UsageError
    message = error.message if plain else error.format_message()
    say(text("Error: {message}", message=retold(message)), err=True)


def show_error(error: SyncdError) -> None:
    """Say on stderr what is wrong and what to do; no traceback."""
    say(text("syncd: {message}", message=error.message), err=True)
    if error.hint:
        say(text("  {hint}", hint=error.hint), err=True)


def _defect() -> int:
    import traceback  # noqa: PLC0415 - only for a defect

    traceback.print_exc()
    what = text("This is a defect in syncd. Please report it with the lines above.")
    say(text("syncd: {message}", message=what), err=True)
    return ExitStatus.DEFECT
