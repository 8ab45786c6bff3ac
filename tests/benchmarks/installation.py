"""One installation of syncd in a folder of its own, used by its command as an administrator does."""

import json
import os
import sys
from pathlib import Path

from place import Place
from process import Cost, Failed, run

from syncd.simulator import Simulator

#: The command that stands beside the interpreter in use.
SYNCD = Path(sys.executable).with_name("syncd")
_CONFIGURATION = """\
[store]
url = "{url}"

[sources.wecom]
type = "wecom"
corp_id = "{corp_id}"
agent_id = {agent_id}
app_secret = "file:app.secret"
{contacts}base_url = "{base_url}"
concurrency = {threads}
fields = {{ employee_no = "extattr.工号" }}

[audit]
file = "audit.jsonl"
"""
_CONTACTS = 'contacts_secret = "file:contacts.secret"\n'


def environment() -> dict[str, str]:
    """Return ours, without any proxy or configuration of whoever calls."""
    return {
        name: value
        for name, value in os.environ.items()
        if "proxy" not in name.lower() and not name.startswith("SYNCD_")
    }


class Installation:
    """A configuration, a store and an audit log."""

    def __init__(
        self,
        folder: Path,
        wecom: Simulator,
        place: Place,
        *,
        threads: int,
        both: bool = False,
        more: str = "",
    ) -> None:
        """Write the configuration; with `both` secrets, or with the app's alone.

        `more` is what else stands in it.
        """
        folder.mkdir(parents=True)
        self.folder, self.place = folder, place
        for name, secret in (("app", wecom.app_secret), ("contacts", wecom.contacts_secret)):
            file = folder / f"{name}.secret"
            file.touch(mode=0o600)
            file.write_text(secret, encoding="utf-8")
        values = {
            "url": place.url,
            "corp_id": wecom.corp_id,
            "agent_id": wecom.agent_id,
            "base_url": wecom.base_url,
            "threads": threads,
            "contacts": _CONTACTS if both else "",
        }
        (folder / "syncd.toml").write_text(_CONFIGURATION.format(**values) + more, encoding="utf-8")

    def sync(self, *options: str) -> Cost:
        """Run `syncd sync` and return what it cost."""
        return self.run("sync", *options)

    def run(self, *command: str) -> Cost:
        """Run a command of syncd and return what it cost."""
        config = self.folder / "syncd.toml"
        cost, _ = run([SYNCD, *command, "--config", config], folder=self.folder, env=environment())
        return cost

    def last_run(self) -> tuple[str, dict[str, dict[str, int]]]:
        """Return how the last run ended, and what it changed."""
        outcome, counts = self._ask(
            "SELECT outcome, counts FROM sync_run ORDER BY id DESC LIMIT 1"
        )[0]
        return str(outcome), counts if isinstance(counts, dict) else json.loads(str(counts))

    def mark(self) -> tuple[object, ...]:
        """Return what any write besides a run's own row would move."""
        return self._ask("SELECT store_version, (SELECT max(id) FROM sync_change) FROM sync_lease")[
            0
        ]

    def active(self) -> list[str]:
        """Return the userids of the active users."""
        return [
            str(row[0])
            for row in self._ask("SELECT userid FROM directory_user WHERE status = 'active'")
        ]

    def people(self) -> int:
        """Return how many people are there, by the source's account (disabled ones too)."""
        return int(
            str(self._ask("SELECT count(*) FROM directory_user WHERE gone_at IS NULL")[0][0])
        )

    def linked(self, source: str) -> int:
        """Return how many records of a source belong to a user."""
        query = f"SELECT count(*) FROM directory_link WHERE source = '{source}' AND user_id > 0"
        return int(str(self._ask(query)[0][0]))

    def expect(self, outcome: str, counts: dict[str, dict[str, int]] | None = None) -> None:
        """Check the last run: a time is worth nothing where the work was not done.

        Raises:
            Failed: it ended otherwise, or changed something else.
        """
        ended, changed = self.last_run()
        wanted = counts or {}
        found = {
            entity: {action: changed.get(entity, {}).get(action, 0) for action in actions}
            for entity, actions in wanted.items()
        }
        if ended != outcome or found != wanted:
            raise Failed(f"expected {outcome} {wanted}, found {ended} {changed}")

    def _ask(self, query: str) -> list[tuple[object, ...]]:
        return self.place.ask(query)
