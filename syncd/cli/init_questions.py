"""What `syncd init` asks, one question after the other; options are answers given before."""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import click

from syncd.cli.language import spoken
from syncd.config.load import LOCAL_FILE, SYSTEM_FILE
from syncd.errors import UsageError
from syncd.services.init import REFERENCES, Answers, Keep
from syncd.text import Text, joined, text, translated

#: Option → what was given.
Given = dict[str, Any]

_QUESTIONS: Final[Mapping[str, Text]] = {
    "kind": text("What is read: wecom or ldap"),
    "corp_id": text("The corporation's id (企业ID; 我的企业 → 企业信息)"),
    "app_secret": text("The Secret of the app (自建应用密钥); empty if there is none"),
    "agent_id": text("The AgentId of the app (应用ID)"),
    "contacts_secret": text(
        "The Secret of 管理工具 → 通讯录同步 (通讯录密钥); empty if there is none"
    ),
    "urls": text("The LDAP server, such as ldaps://dc1.example.com"),
    "base_dn": text("The entry under which everything is, such as dc=example,dc=com"),
    "bind_dn": text("The account that reads; empty for none"),
    "bind_password": text("Its password"),
    "keep": text("Where secrets are kept: file (one each, mode 0600), env or literal"),
    "store": text("The database"),
}
_SECRETS: Final = ("app_secret", "contacts_secret", "bind_password")
#: Keys of a source that are written as they were given.
_PLAIN: Final = ("corp_id", "agent_id", "base_url", "urls", "bind_dn", "base_dn", "ca_file")
_KINDS: Final[Mapping[str, tuple[str, ...]]] = {
    "wecom": ("corp_id", "agent_id", "app_secret", "contacts_secret", "base_url"),
    "ldap": ("urls", "base_dn", "bind_dn", "bind_password", "ca_file"),
}


def confirm(question: Text) -> bool:
    """Return whether a person says yes; no is the default."""
    return click.confirm(translated(question, spoken()), default=False)


def choose_file(config: str | None, env: Mapping[str, str], *, is_quiet: bool) -> Path:
    """Return where the configuration is to be written: the first place where it is looked for."""
    if config is not None:
        return Path(config)
    is_system = os.geteuid() == 0 and SYSTEM_FILE.parent.is_dir()
    default = env.get("SYNCD_CONFIG") or str(SYSTEM_FILE if is_system else LOCAL_FILE)
    if is_quiet:
        return Path(default)
    return Path(_ask(text("The configuration file"), default))


def may_replace(files: Iterable[Path], *, is_quiet: bool) -> bool:
    """Return whether files may be replaced.

    Raises:
        UsageError: Nobody can be asked.
    """
    named = joined(", ", [str(one) for one in files])
    if is_quiet:
        raise UsageError(
            text("There is something already: {files}.", files=named),
            hint=text("--overwrite replaces it; --config FILE chooses another place."),
        )
    return confirm(text("There is something already: {files}. Replace it?", files=named))


def answer(file: Path, given: Given, *, is_quiet: bool) -> Answers:
    """Return what a person says, question by question.

    Raises:
        UsageError: Something is missing or does not belong together, and nobody can be asked.
    """
    known = dict(given)
    if not is_quiet:
        _complete(known, file)
    kind = known.get("kind") or ("ldap" if "urls" in known else "wecom")
    _refuse_others(known, kind)
    _require(known, kind)
    settings = {"type": kind} | {key: known[key] for key in _PLAIN if key in known}
    if "urls" in settings:
        settings["urls"] = list(known["urls"])
    keep: Keep = known.get("keep", "file")
    return Answers(
        file,
        known.get("store") or default_store(file),
        known.get("name") or kind,
        settings,
        {key: known[key] for key in _SECRETS if known.get(key)},
        keep,
    )


def default_store(file: Path) -> str:
    """Return the database of somebody who has no wish: SQLite, beside the file or in /var/lib."""
    if file.absolute() == SYSTEM_FILE:
        return "sqlite:////var/lib/syncd/syncd.db"
    return "sqlite:///syncd.db"


def _complete(known: Given, file: Path) -> None:
    """Ask for what was not given."""
    if "kind" not in known and not {"corp_id", "urls"} & known.keys():
        choice = click.Choice(["wecom", "ldap"])
        known["kind"] = _ask(_QUESTIONS["kind"], "wecom", type=choice)
    if known.get("kind", "wecom" if "urls" not in known else "ldap") == "wecom":
        _complete_wecom(known)
    else:
        _complete_ldap(known)
    typed = (known.get(key, "") for key in _SECRETS)
    if "keep" not in known and any(one and not one.startswith(REFERENCES) for one in typed):
        choice = click.Choice(["file", "env", "literal"])
        known["keep"] = _ask(_QUESTIONS["keep"], "file", type=choice)
    if "store" not in known:
        known["store"] = _ask(_QUESTIONS["store"], default_store(file))


def _complete_wecom(known: Given) -> None:
    _ask_for(known, "corp_id")
    if not {"app_secret", "contacts_secret"} & known.keys():
        _ask_for(known, "app_secret", default="", hide_input=True)
        _ask_for(known, "contacts_secret", default="", hide_input=True)
    if known.get("app_secret"):
        _ask_for(known, "agent_id", type=click.IntRange(1))


def _complete_ldap(known: Given) -> None:
    if "urls" not in known:
        known["urls"] = [_ask(_QUESTIONS["urls"], None)]
    _ask_for(known, "base_dn")
    _ask_for(known, "bind_dn", default="")
    if known.get("bind_dn"):
        _ask_for(known, "bind_password", hide_input=True)
    else:
        known.pop("bind_dn", None)


def _ask_for(known: Given, key: str, default: str | None = None, **how: Any) -> None:
    if key not in known:
        known[key] = _ask(_QUESTIONS[key], default, **how)


def _ask(question: Text, default: str | None, **how: Any) -> Any:
    said = translated(question, spoken())
    return click.prompt(said, default=default, show_default=default != "", **how)


def _refuse_others(known: Given, kind: str) -> None:
    """Refuse options of the other kind of source, which would be left out silently."""
    others = {key for one, keys in _KINDS.items() if one != kind for key in keys} & known.keys()
    if others:
        raise UsageError(
            text(
                "{options} is of no use with --type {kind}.",
                options=joined(", ", sorted(map(_option, others))),
                kind=kind,
            )
        )


def _require(known: Given, kind: str) -> None:
    needed = ("corp_id",) if kind == "wecom" else ("urls", "base_dn")
    missing = [key for key in needed if not known.get(key)]
    if kind == "wecom" and not (known.get("app_secret") or known.get("contacts_secret")):
        missing.append("app_secret")
    if known.get("app_secret") and not known.get("agent_id"):
        missing.append("agent_id")
    if missing:
        raise UsageError(
            text("Missing: {options}.", options=joined(", ", map(_option, missing))),
            hint=text("syncd init without --yes asks for what is needed."),
        )


def _option(key: str) -> str:
    return {"urls": "--url", "kind": "--type"}.get(key, "--" + key.replace("_", "-"))
