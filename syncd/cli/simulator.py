"""`syncd simulator`: a WeCom on this machine."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from syncd.cli.language import language_option
from syncd.cli.output import say
from syncd.errors import ExitStatus
from syncd.text import system_said, text

if TYPE_CHECKING:
    from syncd.simulator.company import Company
    from syncd.simulator.options import SimulatorOptions

_PARTS = {"department": "visible_parties", "member": "visible_users", "tag": "visible_tags"}
_LIMIT = "N or ENDPOINT=N"


def _parts(
    context: click.Context, parameter: click.Parameter, given: tuple[str, ...]
) -> list[tuple[str, str | int]]:
    """Return of every `department:2`, `member:zhangsan`, `tag:1` its option, and the id in it."""
    found: list[tuple[str, str | int]] = []
    for part in given:
        kind, _, name = part.partition(":")
        if kind not in _PARTS or not name or (kind != "member" and not name.isdecimal()):
            raise click.BadParameter(
                text(
                    "{part!r} is none of department:NUMBER, member:USERID, tag:NUMBER.", part=part
                ),
                context,
                parameter,
            )
        found.append((_PARTS[kind], name if kind == "member" else int(name)))
    return found


def _rates(
    context: click.Context, parameter: click.Parameter, given: tuple[str, ...]
) -> dict[str, int]:
    """Return calls a minute by endpoint; `*` is every endpoint that is not named."""
    rates = {}
    for rate in given:
        endpoint, equals, number = rate.rpartition("=")
        if not number.isdecimal() or bool(endpoint) is not bool(equals):
            raise click.BadParameter(
                text("{rate!r} is neither N nor ENDPOINT=N, such as user/list=600.", rate=rate),
                context,
                parameter,
            )
        rates[endpoint or "*"] = int(number)
    return rates


@click.command()
@click.option("--host", default="127.0.0.1", metavar="ADDRESS", show_default=True, help="Where.")
@click.option(
    "--port", default=0, type=click.IntRange(0, 65535), metavar="N", help="Else a free port."
)
@click.option(
    "--company",
    "company_file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="A company as JSON (docs/simulator.md); it says itself who may see what.",
)
@click.option(
    "--users",
    type=click.IntRange(1),
    metavar="N",
    help="So many people, instead of the 200 of the demonstration.",
)
@click.option(
    "--departments",
    type=click.IntRange(1),
    metavar="N",
    help="So many departments, with the root.",
)
@click.option("--seed", default=1, metavar="N", show_default=True, help="The same one, the same.")
@click.option(
    "--regime",
    default="old_ip",
    show_default=True,
    type=click.Choice(["old_ip", "new_ip"]),
    help="From which address the contacts secret calls; from a new one it gets identifiers only.",
)
@click.option("--withheld", is_flag=True, help="The app is a new one: no mobile, e-mail and so on.")
@click.option(
    "--range",
    "visible",
    multiple=True,
    callback=_parts,
    metavar="PART",
    help="What the app sees: department:2, member:zhangsan, tag:1; else everything. May be repeated.",
)
@click.option(
    "--latency",
    default=0.0,
    type=click.FloatRange(0.0),
    metavar="MS",
    help="Milliseconds from a request to its answer.",
)
@click.option(
    "--token-life",
    default=7200.0,
    type=click.FloatRange(0.0, min_open=True),
    metavar="S",
    show_default=True,
    help="Seconds that an access token lives.",
)
@click.option(
    "--per-minute",
    "rates",
    multiple=True,
    callback=_rates,
    metavar=_LIMIT,
    help="Calls a minute before 45009. May be repeated.",
)
@click.option(
    "--concurrency", type=click.IntRange(1), metavar="N", help="Calls at once before 45033."
)
@click.option("--json", "as_json", is_flag=True, help="Address, ids and secrets as JSON.")
@language_option
def simulator(
    *,
    company_file: Path | None,
    users: int | None,
    departments: int | None,
    visible: Sequence[tuple[str, str | int]],
    as_json: bool,
    **plain: Any,
) -> int:
    """Run a WeCom on this machine until Ctrl-C or SIGTERM.

    A directory made by size and seed, or loaded from a file, behind the calls that syncd uses;
    docs/simulator.md tells how to change it, and how to break it, while it runs.
    """
    import gc  # noqa: PLC0415 - start-up time

    from syncd.cli.invocation import start_log  # noqa: PLC0415
    from syncd.simulator.generate import build_company  # noqa: PLC0415
    from syncd.simulator.running import serve  # noqa: PLC0415

    start_log(0)
    options = _options(company_file, users, departments, visible, **plain)
    # a large company is hundreds of thousands of objects that all stay: the collector would look
    # through them again and again
    gc.disable()
    company = build_company(options)
    gc.freeze()
    gc.enable()
    try:
        serve(
            company,
            options,
            given=False,
            ready=lambda url: _tell(url, company, as_json=as_json),
        )
    except OSError as error:
        raise click.UsageError(
            text(
                "The simulator cannot listen at {host} port {port}: {reason}. "
                "Without --port it takes a free one.",
                host=options.host,
                port=options.port,
                reason=system_said(error),
            )
        ) from error
    return ExitStatus.DONE


def _options(
    company_file: Path | None,
    users: int | None,
    departments: int | None,
    visible: Sequence[tuple[str, str | int]],
    *,
    host: str,
    port: int,
    seed: int,
    regime: str,
    withheld: bool,
    latency: float,
    token_life: float,
    rates: Mapping[str, int],
    concurrency: int | None,
) -> "SimulatorOptions":
    """Return the options; what only a company of a certain size needs is left at its default."""
    from syncd.simulator.entities import Regime  # noqa: PLC0415 - start-up time
    from syncd.simulator.options import SimulatorOptions  # noqa: PLC0415

    chosen: dict[str, Any] = {}
    if users is not None or departments is not None:
        sizes = {"users": users, "departments": departments}
        chosen = {"shape": "sized", **{name: n for name, n in sizes.items() if n is not None}}
    if visible:
        chosen |= {
            option: tuple(name for kind, name in visible if kind == option)
            for option in _PARTS.values()
        }
    return SimulatorOptions(
        host=host,
        port=port,
        company_file=company_file,
        seed=seed,
        contacts_regime=Regime(regime),
        fields_withheld=withheld,
        latency=timedelta(milliseconds=latency),
        token_life=timedelta(seconds=token_life),
        per_minute=rates,
        concurrency=concurrency,
        **chosen,
    )


def _tell(base_url: str, company: "Company", *, as_json: bool) -> None:
    """Print where it is, and what a configuration of syncd says to use it."""
    from syncd.cli.output import show_json  # noqa: PLC0415 - start-up time

    app = company.apps[0] if company.apps else None
    settings: dict[str, str | int | None] = {
        "base_url": base_url,
        "corp_id": company.corp_id,
        "agent_id": app.agentid if app else None,
        "app_secret": app.secret if app else None,
        "contacts_secret": company.contacts.secret,
    }
    sizes = {"users": len(company.members), "departments": len(company.departments)}
    if as_json:
        show_json({**settings, **sizes})
        return
    say(text("A WeCom with {users:,} people in {departments:,} departments", **sizes))
    say(text("answers at {url} until Ctrl-C. In the configuration of syncd:", url=base_url))
    click.echo()
    click.echo('[sources.wecom]\ntype = "wecom"')
    for key, value in settings.items():
        if value is not None:
            click.echo(f"{key} = {value}" if isinstance(value, int) else f'{key} = "{value}"')
    click.echo()
    say(text("Who has received which message: {url}", url=f"{base_url}/_simulator/ledger"))
    say(text("What was called: {url}", url=f"{base_url}/_simulator/calls?log=1"))
