"""Find, read and check the configuration."""

import stat
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from syncd.config.address import is_loopback, mask_password
from syncd.config.alerts import AlertSettings, holds_secret
from syncd.config.common_field import unmapped_common_field
from syncd.config.configuration import Configuration
from syncd.config.origin import Origin
from syncd.config.problems import ConfigWarning, Problem, problems_of, refusal
from syncd.config.rules import broken_rules
from syncd.config.secret import Secret
from syncd.config.sources import WeComSource
from syncd.config.without_effect import warnings_without_effect
from syncd.errors import ConfigError
from syncd.text import system_said, text

LOCAL_FILE = Path("config/syncd.toml")
SYSTEM_FILE = Path("/etc/syncd/syncd.toml")
_ANY = text("the configuration")

#: Common fields by whose values WeCom can be asked for people.
_ASKED_BY = frozenset({"mobile", "email", "biz_email"})


def find_configuration(path: Path | None, env: Mapping[str, str]) -> Path:
    """Return the configuration file to use.

    It is ``path`` (``--config``), else ``$SYNCD_CONFIG``, else ``./config/syncd.toml``, else
    ``/etc/syncd/syncd.toml``.

    Raises:
        ConfigError: There is none.
    """
    if path is not None:
        return path
    if env.get("SYNCD_CONFIG"):
        return Path(env["SYNCD_CONFIG"])
    for candidate in (LOCAL_FILE, SYSTEM_FILE):
        if candidate.exists():
            return candidate
    raise ConfigError(
        text(
            "there is no configuration: neither ./{local} nor {system} exists",
            local=LOCAL_FILE,
            system=SYSTEM_FILE,
        ),
        hint=text(
            "Name one with --config FILE or in $SYNCD_CONFIG; `syncd init` asks for what is needed and makes one."
        ),
    )


def load_configuration(
    path: Path | None, env: Mapping[str, str]
) -> tuple[Configuration, list[ConfigWarning]]:
    """Return the checked configuration, and what works in it but should not stay as it is.

    No secret is read; `require_secrets` does that for a command which needs them.

    Args:
        path: The file, or None to look for it as `find_configuration` does.
        env: The environment, for ``$SYNCD_CONFIG`` and for secrets.

    Raises:
        ConfigError: There is no file, it is no TOML, or it has problems: all of them are listed.
    """
    file = find_configuration(path, env)
    document = read_document(file)
    configuration = check_document(document, Origin(file.absolute().parent, env), where=str(file))
    return configuration, sorted(_warnings(configuration, document, file))


def read_document(file: Path) -> dict[str, Any]:
    """Return the tables of the TOML file ``file``.

    Raises:
        ConfigError: It cannot be read, or is no TOML.
    """
    try:
        return tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except OSError as error:
        reason = system_said(error)
        raise ConfigError(
            text("the configuration {file} cannot be read: {reason}", file=file, reason=reason),
            hint=text("Check the path, and that this account may read the file."),
        ) from error
    except UnicodeDecodeError as error:
        raise ConfigError(
            text("the configuration {file} is not UTF-8 text", file=file),
            hint=text("Save it as UTF-8."),
        ) from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(
            text("the configuration {file} is no TOML: {error}", file=file, error=str(error)),
            hint=text("Text must stand in quotes, and each key once."),
        ) from None  # the original holds the whole text


def check_document(document: Mapping[str, Any], origin: Origin, where: str) -> Configuration:
    """Return the configuration that ``document`` is.

    Raises:
        ConfigError: It has problems; all of them are listed.
    """
    problems = list(broken_rules(document))
    try:
        configuration = Configuration.model_validate(document, context=origin)
    except ValidationError as error:
        found = problems_of(error)
        known = {problem.path for problem in found}
        problems = found + [problem for problem in problems if problem.path not in known]
        raise refusal(where, problems) from None  # pydantic's error may hold a secret
    if problems:
        raise refusal(where, problems)
    return configuration


def require_secrets(configuration: Configuration, where: str = _ANY) -> None:
    """Read the secrets of the store, of every enabled source and of the alerts; keep none of them.

    Raises:
        ConfigError: Some are not where they should be; all of them are listed.
    """
    problems = []
    for path, secret in _secrets(configuration):
        try:
            secret.reveal_all()
        except ConfigError as error:
            problems.append(Problem(path, _whole(error)))
    if problems:
        raise refusal(where, problems)


def _whole(error: ConfigError) -> str:
    """Return message and hint in one line."""
    if not error.hint:
        return text("{message}.", message=error.message)
    template = "{message}. {hint}" if error.hint.endswith(".") else "{message}. {hint}."
    return text(template, message=error.message, hint=error.hint)


def _secrets(configuration: Configuration) -> Iterator[tuple[str, Secret]]:
    yield from _within("store", configuration.store)
    for name, source in configuration.enabled_sources.items():
        yield from _within(f"sources.{name}", source)
    if configuration.alerts is not None:
        yield from _within("alerts", configuration.alerts)


def _within(prefix: str, value: object) -> Iterator[tuple[str, Secret]]:
    """Yield every secret inside ``value``, with the path of its key."""
    if isinstance(value, Secret):
        yield prefix, value
    elif isinstance(value, BaseModel):
        for key in type(value).model_fields:
            yield from _within(f"{prefix}.{key}".lstrip("."), getattr(value, key))
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _within(f"{prefix}.{key}", inner)


def _is_secret(path: str, value: Secret) -> bool:
    """Return whether what stands in the file is more than an address without a secret in it."""
    if path == "store.url":
        return mask_password(value.reveal()) != value.reveal()
    return path != "alerts.webhook" or any(map(holds_secret, value.reveal_all()))


def _warnings(
    configuration: Configuration, document: Mapping[str, Any], file: Path
) -> Iterator[ConfigWarning]:
    yield from warnings_without_effect(document)
    literal = [
        path
        for path, secret in _within("", configuration)
        if secret.is_literal and _is_secret(path, secret)
    ]
    for path in literal:
        yield ConfigWarning(
            path,
            text(
                'is a secret written into the file; keep it elsewhere and write "env:NAME" or "file:PATH"'
            ),
        )
    if literal and _is_open(file):
        yield ConfigWarning(
            literal[0], text("everybody on this machine can read it: chmod 600 {file}", file=file)
        )
    yield from _lookups_in_vain(configuration)
    yield from unmapped_common_field(configuration)
    for name, source in configuration.enabled_sources.items():
        if isinstance(source, WeComSource) and _is_unencrypted(source):
            yield ConfigWarning(
                f"sources.{name}.base_url",
                text(
                    "is not encrypted: everybody on the way can read the secrets; use https://, or set allow_plaintext = true"
                ),
            )
    if configuration.alerts is not None:
        yield from _warnings_of_alerts(configuration.alerts)


def _warnings_of_alerts(alerts: AlertSettings) -> Iterator[ConfigWarning]:
    if alerts.to and not alerts.has_another_way:
        yield ConfigWarning(
            "alerts.to",
            text(
                "is the only way: what stops messages stops these too; add email or webhook beside it"
            ),
        )
    webhook, email = alerts.webhook, alerts.email
    literal = webhook is not None and webhook.is_literal and webhook.reveal()
    if literal and literal.startswith("http://") and not is_loopback(literal):
        yield ConfigWarning(
            "alerts.webhook", text("is not encrypted: everybody on the way can read the alerts")
        )
    if email is not None and email.security == "none" and not is_loopback(f"smtp://{email.host}"):
        yield ConfigWarning(
            "alerts.email.security",
            text("is not encrypted: everybody on the way can read the alerts"),
        )


def _lookups_in_vain(configuration: Configuration) -> Iterator[ConfigWarning]:
    """Yield a warning for each source that is never asked, because of the common field."""
    common_field, enabled = configuration.reconcile.common_field, configuration.enabled_sources
    if common_field in _ASKED_BY and len(enabled) > 1:
        return
    for name, source in enabled.items():
        if isinstance(source, WeComSource) and source.lookup:
            yield ConfigWarning(
                f"sources.{name}.lookup",
                text(
                    "has no effect: it needs a second source, and mobile, email or biz_email as the common field"
                ),
            )


def _is_unencrypted(source: WeComSource) -> bool:
    plain = source.base_url.startswith("http://")
    return plain and not source.allow_plaintext and not is_loopback(source.base_url)


def _is_open(file: Path) -> bool:
    return bool(file.stat().st_mode & stat.S_IROTH)
