"""`syncd init`: asks for what is needed, tries it, and writes the first configuration."""

import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from syncd.cli.invocation import common_options, ended_by_sigterm, start_log
from syncd.cli.output import say
from syncd.errors import ExitStatus, SyncdError
from syncd.text import Text, text

if TYPE_CHECKING:
    from syncd.cli.init_questions import Given
    from syncd.config.configuration import Configuration
    from syncd.services.init import Answers, Draft

_OPTIONS: Final[tuple[tuple[tuple[str, ...], dict[str, Any]], ...]] = (
    (("--store",), {"metavar": "URL", "help": "The database, as [store] url has it."}),
    (("--type", "kind"), {"type": click.Choice(["wecom", "ldap"]), "help": "What is read."}),
    (("--name",), {"metavar": "NAME", "help": "What to call the source; else its type."}),
    (("--corp-id",), {"metavar": "ID", "help": "WeCom: the corporation's id (企业ID)."}),
    (("--agent-id",), {"type": click.IntRange(1), "metavar": "N", "help": "WeCom: the AgentId."}),
    (("--app-secret",), {"metavar": "SECRET", "help": "WeCom: the Secret of the app."}),
    (("--contacts-secret",), {"metavar": "SECRET", "help": "WeCom: the Secret of 通讯录同步."}),
    (("--base-url",), {"metavar": "URL", "help": "WeCom: another API than WeCom's own."}),
    (("--url", "urls"), {"multiple": True, "metavar": "URL", "help": "LDAP: a server."}),
    (("--base-dn",), {"metavar": "DN", "help": "LDAP: the entry under which everything is."}),
    (("--bind-dn",), {"metavar": "DN", "help": "LDAP: the account that reads."}),
    (("--bind-password",), {"metavar": "SECRET", "help": "LDAP: its password."}),
    (("--ca-file",), {"metavar": "FILE", "help": "LDAP: the certificate authority to trust."}),
    (
        ("--keep-secrets", "keep"),
        {
            "type": click.Choice(["file", "env", "literal"]),
            "help": "A secret given as it is goes into a file of its own (the default), is left "
            "to the environment, or stands in the configuration.",
        },
    ),
    (("--overwrite",), {"is_flag": True, "help": "Replace files that are there already."}),
    (("--yes",), {"is_flag": True, "help": "Ask nothing: the options say everything."}),
)


def _options(command: Any) -> Any:
    for names, how in reversed(_OPTIONS):
        command = click.option(*names, **how)(command)
    return command


@click.command()
@_options
@common_options
def init(*, overwrite: bool, yes: bool, config: str | None, verbose: int, **given: Any) -> int:
    """Make the first configuration: ask for what is needed, try it, and write it.

    A SECRET is env:NAME, file:PATH or credential:NAME, or the secret itself, which others on this
    machine may see on a command line. Nothing is written before everything was tried, and nothing
    is replaced without being asked.
    """
    start_log(verbose)
    from syncd.cli import init_questions  # noqa: PLC0415 - start-up time
    from syncd.services.init import draft, install, taken  # noqa: PLC0415

    options: Given = {key: value for key, value in given.items() if value not in (None, ())}
    file = init_questions.choose_file(config, os.environ, is_quiet=yes)
    answers = init_questions.answer(file, options, is_quiet=yes)
    made = draft(answers)
    there = taken(made)
    if there and not overwrite and not init_questions.may_replace(there, is_quiet=yes):
        say(text("Nothing was written."))
        return ExitStatus.DONE
    configuration = _checked(answers, made)
    with ended_by_sigterm():
        if not _is_tried(configuration, answers, is_quiet=yes):
            say(text("Nothing was written."))
            return ExitStatus.SOURCE
        install(made, lambda: _prepare(configuration), _database(configuration))
    _tell(answers, made, configuration)
    return ExitStatus.DONE


def _checked(answers: "Answers", made: "Draft") -> "Configuration":
    from syncd.config.load import check_document  # noqa: PLC0415 - start-up time
    from syncd.config.origin import Origin  # noqa: PLC0415

    origin = Origin(answers.file.absolute().parent, os.environ)
    return check_document(made.trial, origin, where=text("what was answered"))


def _is_tried(configuration: "Configuration", answers: "Answers", *, is_quiet: bool) -> bool:
    """Return whether the source could be read, or a person wants to go on all the same."""
    from syncd import bootstrap  # noqa: PLC0415 - start-up time
    from syncd.cli import init_questions, show_error  # noqa: PLC0415

    say(text("Trying the source {name} …", name=answers.name))
    try:
        for line in bootstrap.try_source(configuration, answers.name):
            say(text("  {line}", line=line))
    except SyncdError as error:
        if is_quiet:
            raise
        show_error(error)
        return init_questions.confirm(text("Write the configuration all the same?"))
    return True


def _prepare(configuration: "Configuration") -> None:
    from syncd import bootstrap  # noqa: PLC0415 - start-up time

    with closing(bootstrap.open_store(configuration)) as store:
        store.prepare()


def _database(configuration: "Configuration") -> Path | None:
    url = configuration.store.url.reveal()
    return configuration.store.sqlite_path if url.startswith("sqlite:") else None


def _tell(answers: "Answers", made: "Draft", configuration: "Configuration") -> None:
    for path in made.files:
        say(text("{path}: written, mode 0600", path=str(path)))
    say(text("{store}: the schema is there", store=_store_name(configuration)))
    for line in _left_to_do(answers, made):
        say(line)


def _store_name(configuration: "Configuration") -> str:
    from syncd import bootstrap  # noqa: PLC0415 - start-up time

    with closing(bootstrap.open_store(configuration)) as store:
        return store.name


def _left_to_do(answers: "Answers", made: "Draft") -> Iterator[Text]:
    for name in made.variables:
        yield text("Set the variable {name} wherever syncd runs.", name=name)
    if os.geteuid() == 0:
        yield text(
            "Only root can read these files: where syncd runs as another account, give them to it"
            " (chown)."
        )
    yield text("syncd plan --config {file} shows what the first sync would do.", file=answers.file)
