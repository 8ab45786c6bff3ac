"""Bare calls of message/send: the bodies that syncd would send, by requests, and nothing kept of them.

Run as a process of its own: `bare_send.py BASE_URL CORP_ID SECRET AGENT_ID THREADS FILE`, with a
userid a line in the file: each gets a text of its own. Prints as JSON the seconds from the first call to the
last answer, and how many calls there were.
"""

import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import orjson
import requests
from requests.adapters import HTTPAdapter


def main(base_url: str, secrets: list[str], agent_id: int, threads: int, people: Path) -> None:
    userids = people.read_text(encoding="utf-8").split()
    corp_id, secret = secrets
    local = threading.local()

    def session() -> requests.Session:
        if not hasattr(local, "session"):
            local.session = requests.Session()
            local.session.trust_env = False
            local.session.mount("http://", HTTPAdapter(pool_connections=1, pool_maxsize=1))
        return local.session

    query = {"corpid": corp_id, "corpsecret": secret}
    answer = session().get(f"{base_url}/cgi-bin/gettoken", params=query, timeout=60).json()
    url = f"{base_url}/cgi-bin/message/send?access_token={answer['access_token']}"

    def send(numbered: tuple[int, str]) -> None:
        number, userid = numbered
        body = {
            "touser": userid,
            "msgtype": "text",
            "agentid": agent_id,
            "text": {"content": f"bare {number}: a contract waits for your signature"},
            "enable_duplicate_check": 1,
            "duplicate_check_interval": 10800,
        }
        response = session().post(url, data=orjson.dumps(body), timeout=60)
        answer = orjson.loads(response.content)
        if answer["errcode"] != 0:
            raise SystemExit(f"message/send: {answer['errmsg']}")

    began = time.perf_counter()
    with ThreadPoolExecutor(threads) as pool:
        for _ in pool.map(send, enumerate(userids)):
            pass
    found = {"seconds": time.perf_counter() - began, "calls": len(userids)}
    sys.stdout.write(orjson.dumps(found).decode())


if __name__ == "__main__":
    _, url, *secrets, agent, many, file = sys.argv
    main(url, secrets, int(agent), int(many), Path(file))
