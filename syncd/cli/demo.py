"""`syncd demo`: the whole main job on this machine, with no account and no root."""

import os
import shlex
import sqlite3
import tempfile
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import click

import syncd.cli
from syncd.cli import demo_text
from syncd.cli.language import language_option, spoken
from syncd.errors import ExitStatus, SyncdError
from syncd.text import language_of, text, translated

if TYPE_CHECKING:
    from syncd.simulator import Simulator

_CONFIGURATION = """\
[store]
url = "sqlite:///syncd.db"

[sources.wecom]
type = "wecom"
corp_id = "{corp_id}"
agent_id = {agent_id}
app_secret = "file:app.secret"
base_url = "{base_url}"
fields = {{ employee_no = "extattr.工号" }}
"""
#: What an application queues: a message for somebody who is there, and for somebody who has left.
_INSERT = "INSERT INTO outbox_message (recipient, msgtype, content) VALUES (?, 'text', ?)"
_CONTENT = '{"content": "合同待您签署"}'
#: What an application reads: people with their main department and their manager.
_QUERY = """\
SELECT u.userid, u.name, d.full_path AS department, m.name AS manager, u.status
FROM directory_user u
LEFT JOIN directory_department d ON d.id = u.main_department_id
LEFT JOIN directory_user m ON m.id = u.manager_id
WHERE u.userid IN ({marks}) ORDER BY u.userid"""


@click.command()
@click.option("--folder", metavar="DIR", help="Where to work; else a new temporary folder.")
@language_option
def demo(*, folder: str | None) -> int:
    """Try everything on this machine: a simulated WeCom, a sync, a change, a sync.

    Takes a few seconds, needs no account and no root, and talks to nobody but itself.
    """
    place = Path(folder or tempfile.mkdtemp(prefix="syncd-demo-")).absolute()
    place.mkdir(parents=True, exist_ok=True)
    if (place / "syncd.db").exists():
        raise click.UsageError(
            text("{folder} holds a syncd.db already; name another --folder.", folder=place)
        )
    return _Demo(place).run()


class _Demo:
    """The steps of the demonstration, each said before it is done."""

    def __init__(self, place: Path) -> None:
        self._place = place
        self._file = place / "syncd.toml"

    def run(self) -> int:
        from syncd.simulator import Simulator  # noqa: PLC0415 - start-up time

        self._say("intro")
        with Simulator() as wecom:
            self._say("started", url=wecom.base_url, folder=self._place)
            self._configure(wecom)
            self._say("first")
            self._do("sync", "--full")
            self._say("tree")
            self._do("tree")
            changed = self._change(wecom)
            self._say("plan")
            self._do("plan")
            self._say("apply")
            self._do("sync")
            self._say("conflicts")
            self._do("conflicts")
            self._say("audit")
            self._do("audit", "--run", "2", "--limit", "12")
            self._do("audit", "verify")
            self._say("sql", database=self._place / "syncd.db")
            self._query(changed)
            self._send(wecom, changed)
        self._say("end", folder=self._place)
        return ExitStatus.DONE

    def _configure(self, wecom: "Simulator") -> None:
        values = {
            "corp_id": wecom.corp_id,
            "agent_id": wecom.agent_id,
            "base_url": wecom.base_url,
        }
        self._file.write_text(_CONFIGURATION.format(**values), encoding="utf-8")
        secret = self._place / "app.secret"
        secret.touch(mode=0o600)
        secret.write_text(wecom.app_secret, encoding="utf-8")

    def _change(self, wecom: "Simulator") -> list[str]:
        """Change the company as a working day does; return the userids concerned."""
        company = wecom.company_now()
        parents = {one.parentid for one in company.departments.values()}
        leaves = sorted(id_ for id_ in company.departments if id_ not in parents)
        unreadable, renamed, target = leaves[:3]
        staff = [
            one.fields
            for one in sorted(company.members.values(), key=lambda one: one.userid)
            if not {unreadable, target} & set(one.fields["department"])
        ]
        leads = {boss for one in company.members.values() for boss in one.fields["direct_leader"]}
        leaver, mover = [one for one in staff if one["userid"] not in leads][-2:]
        wecom.hire("ouyang.xiaotang", "欧阳小棠", [target], position="实习生", mobile="13900001234")
        wecom.leave(leaver["userid"])
        wecom.move(mover["userid"], [target])
        name = company.departments[renamed].name
        wecom.rename_department(renamed, f"{name}（新）")
        wecom.fault("errcode", "user/list", department=unreadable, errcode=60011)
        self._say(
            "changed",
            leaver=f"{leaver['name']} ({leaver['userid']})",
            mover=f"{mover['name']} ({mover['userid']})",
            department=company.departments[target].name,
            renamed=name,
            unreadable=company.departments[unreadable].name,
        )
        return ["ouyang.xiaotang", leaver["userid"], mover["userid"]]

    def _do(self, *words: str) -> None:
        """Run one command as an administrator would, and show it."""
        args = [words[0], *words[1:], "--config", str(self._file)]
        if spoken() != language_of(os.environ):
            args += ["--lang", spoken()]
        click.secho(f"$ syncd {shlex.join(args)}", bold=True)
        status = syncd.cli.run(args)
        click.echo()
        if status != ExitStatus.DONE:
            raise SyncdError(
                text("syncd {command} ended with status {status}.", command=words[0], status=status)
            )

    def _query(self, userids: Sequence[str]) -> None:
        """Read the directory as an application would."""
        query = _QUERY.format(marks=", ".join("?" * len(userids)))
        click.secho(_QUERY.format(marks="…"), dim=True)
        with closing(sqlite3.connect(self._place / "syncd.db")) as database:
            for row in database.execute(query, list(userids)):
                click.echo("  " + " | ".join("∅" if value is None else str(value) for value in row))
        click.echo()

    def _send(self, wecom: "Simulator", userids: Sequence[str]) -> None:
        """Queue a message as an application would, deliver it, and show who has it."""
        recipient = "|".join(f"userid:{userid}" for userid in userids)
        self._say("message")
        click.secho(f"{_INSERT}\n  {recipient}\n  {_CONTENT}", dim=True)
        with closing(sqlite3.connect(self._place / "syncd.db")) as database, database:
            database.execute(_INSERT, (recipient, _CONTENT))
        click.echo()
        self._do("outbox", "drain")
        self._say("seen")
        for userid in userids:
            texts = [one["content"]["content"] for one in wecom.ledger(userid)]
            click.echo(f"  {userid}: {', '.join(texts) or '∅'}")
        click.echo()
        self._do("outbox", "show", "1")

    def _say(self, key: str, **values: object) -> None:
        said = translated(text(demo_text.SENTENCES[key], **values), spoken())
        click.secho(f"── {said}", fg="cyan")
