"""Every sentence for people is there in Chinese."""

import ast
import inspect
import pkgutil
import re
from collections.abc import Iterator, Mapping
from enum import StrEnum
from importlib import import_module
from pathlib import Path

import click
import pytest

import syncd.errors
import syncd.text.zh
from syncd.cli import COMMANDS, cli, demo_text, run_text
from syncd.config.example import Wording, example_toml
from syncd.model.change import Action, Entity
from syncd.model.directory import LinkMethod
from syncd.model.run import Mode, Trigger
from syncd.store import trouble
from syncd.store.upgrade import SchemaAge
from syncd.text.zh import catalogue
from syncd.wecom import errors
from syncd.wecom.codes import CODES, describe
from tests.unit.text.found import SOURCE, from_tables, has_words, placeholders, templates

CATALOGUE = catalogue()
CHINESE = re.compile("[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]")
#: They have no Chinese: names, and what is the same in both languages.
SAME = {"id"}
#: What click and the system say, codes that are words, and what stands between sentences.
OTHERS = {"click", "punctuation", "system", "terms"}
#: Tables of templates that stand beside the code which fills them in.
TABLES = {
    "facts of a reading": run_text.FACTS.values(),
    "the demonstration": demo_text.SENTENCES.values(),
    "troubles of a database": {
        said
        for table in vars(trouble).values()
        for one in (table.values() if isinstance(table, Mapping) else [table])
        if isinstance(one, trouble.Trouble)
        for said in (one.message, one.hint)
    },
    "headlines of WeCom's errors": {
        *errors._HEADLINES.values(),
        *errors._WITHOUT_ADDRESS.values(),
    },
}


def commands(command: click.Command) -> Iterator[click.Command]:
    yield command
    names = COMMANDS if command is cli else getattr(command, "commands", ())
    for name in names:
        below = command.get_command(click.Context(command), name)
        yield from commands(below)


def help_texts() -> Iterator[str]:
    yield from (does for _, does in COMMANDS.values())
    for command in commands(cli):
        yield from inspect.cleandoc(command.help or "").split("\n\n")
        yield from (one.help for one in command.params if getattr(one, "help", None))


def test_every_sentence_in_the_source_is_in_the_catalogue():
    found = list(templates())
    assert len(found) > 500
    missing = {(where, one) for where, one in found if has_words(one) and one not in CATALOGUE}
    assert sorted(missing) == []


def test_a_template_is_a_literal_or_of_a_table_that_is_looked_through():
    assert set(from_tables()) == {
        "cli/demo.py",
        "cli/run_text.py",
        "config/load.py",  # punctuation only
        "store/border.py",
        "wecom/errors.py",
    }


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES.keys())
def test_tables_of_templates_are_in_the_catalogue(table):
    assert len(table) > 2
    assert sorted(one for one in table if one not in CATALOGUE) == []


def test_the_help_of_every_command_is_in_the_catalogue():
    found = {" ".join(one.split()) for one in help_texts()}
    assert len(found) > 80
    assert sorted(found - {""} - CATALOGUE.keys()) == []


def in_the_example() -> set[str]:
    found = set[str]()

    def said(sentence: str) -> str:
        found.add(sentence)
        return sentence

    example_toml(Wording(said=said))
    return found


def test_the_comments_of_the_example_configuration_are_in_the_catalogue():
    found = in_the_example()
    assert len(found) > 60
    console = {one for one in found if one.startswith("(")}  # the console's own words
    assert sorted(found - console - CATALOGUE.keys()) == []


def test_every_code_of_wecom_says_in_both_languages_what_it_means_and_what_to_do():
    assert len(CODES) == 239
    untold = {
        (one.code, said)
        for one in CODES.values()
        for said in (one.meaning, one.advice)
        if said and not CHINESE.search(CATALOGUE.get(said, ""))
    }
    assert sorted(untold) == []
    assert all(re.search("[a-zA-Z]{2}", one.meaning) for one in CODES.values())


@pytest.mark.parametrize("words", [Action, Entity, Mode, Trigger, SchemaAge, LinkMethod])
def test_every_code_that_is_a_word_for_people_has_a_chinese_one(words: type[StrEnum]):
    assert sorted(one.value for one in words if one.value not in CATALOGUE) == []


def test_both_languages_fill_in_the_same_values():
    differing = {
        english: chinese
        for english, chinese in CATALOGUE.items()
        if placeholders(chinese) != placeholders(english)
    }
    assert differing == {}


def test_the_chinese_is_chinese():
    plain = {
        english
        for english, chinese in CATALOGUE.items()
        if has_words(english) and not CHINESE.search(chinese)
    }
    assert plain == SAME


def test_a_sentence_has_one_translation():
    found: dict[str, dict[str, str]] = {}
    for module in pkgutil.iter_modules(syncd.text.zh.__path__):
        sentences = import_module(f"syncd.text.zh.{module.name}").SENTENCES
        for english, chinese in sentences.items():
            found.setdefault(english, {})[chinese] = module.name
    assert {one: told for one, told in found.items() if len(told) > 1} == {}


def test_nothing_is_in_the_catalogue_that_nobody_says():
    said = {one for _, one in templates()} | {" ".join(one.split()) for one in help_texts()}
    said |= {one for table in TABLES.values() for one in table} | in_the_example()
    told = [describe(0), *CODES.values()]
    said |= {one for code in told for one in (code.meaning, code.advice)}
    stale = {
        (module.name, english)
        for module in pkgutil.iter_modules(syncd.text.zh.__path__)
        if module.name not in OTHERS
        for english in import_module(f"syncd.text.zh.{module.name}").SENTENCES
        if english not in said
    }
    assert sorted(stale) == []


def plain_sentences(path: Path) -> Iterator[tuple[int, str]]:
    """Yield where an error is raised, or something printed, by words that are no template."""
    source = path.read_text(encoding="utf-8")
    classes = {name for name, one in vars(syncd.errors).items() if inspect.isclass(one)}
    spoken = classes | {"UsageError", "BadParameter", "ClickException", "echo", "secho", "say"}
    for call in ast.walk(ast.parse(source)):
        if not isinstance(call, ast.Call):
            continue
        name = call.func.attr if isinstance(call.func, ast.Attribute) else ""
        name = call.func.id if isinstance(call.func, ast.Name) else name
        if name in spoken or name.startswith("_show"):
            hints = [one.value for one in call.keywords if one.arg == "hint"]
            for said in [*call.args[:1], *hints]:
                if is_plain(said):
                    yield said.lineno, ast.get_source_segment(source, said)


def is_plain(said: ast.expr) -> bool:
    if isinstance(said, ast.BinOp):
        return is_plain(said.left) or is_plain(said.right)
    if isinstance(said, ast.IfExp):
        return is_plain(said.body) or is_plain(said.orelse)
    parts = said.values if isinstance(said, ast.JoinedStr) else [said]
    words = [one.value for one in parts if isinstance(one, ast.Constant)]
    return any(
        isinstance(one, str) and re.search("[A-Za-z]{2,} |[A-Za-z]{3,}", one) for one in words
    )


#: What is printed as it is in both languages: commands, configurations, a schema.
AS_IT_IS = {
    ("cli/demo.py", 'f"$ syncd {shlex.join(args)}"'),
    ("cli/simulator.py", "'[sources.wecom]\\ntype = \"wecom\"'"),
}


def test_nothing_is_said_to_people_but_by_templates():
    found = {
        (str(path.relative_to(SOURCE)), said)
        for path in sorted(SOURCE.rglob("*.py"))
        if "simulator/" not in str(path.relative_to(SOURCE))
        for _, said in plain_sentences(path)
    }
    assert sorted(found - AS_IT_IS) == []
