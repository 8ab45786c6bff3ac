"""The bare pull: the pages that a sync reads, by requests and orjson, and nothing done with them.

Run as a process of its own: `pull.py BASE_URL CORP_ID SECRET THREADS`. Prints as JSON the seconds
from the first request to the last decoded page, how many calls, people and bytes there were.
"""

import sys
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import orjson
import requests
from requests.adapters import HTTPAdapter


def main(base_url: str, corp_id: str, secret: str, threads: int) -> None:
    client = session(threads)
    began = time.perf_counter()
    answer, _ = ask(client, base_url, "gettoken", corpid=corp_id, corpsecret=secret)
    get = partial(ask, client, base_url, access_token=answer["access_token"])
    listing, _ = get("department/list")
    departments = [row["id"] for row in listing["department"]]
    people = size = 0
    with ThreadPoolExecutor(threads) as pool:
        pages = pool.map(lambda id_: get("user/list", department_id=id_), departments)
        for page, length in pages:
            people += len(page["userlist"])
            size += length
    found = {
        "seconds": time.perf_counter() - began,
        "calls": len(departments) + 2,
        "people": people,
        "bytes": size,
    }
    sys.stdout.write(orjson.dumps(found).decode())


def session(threads: int) -> requests.Session:
    client = requests.Session()
    client.trust_env = False
    adapter = HTTPAdapter(pool_connections=1, pool_maxsize=threads, pool_block=True)
    client.mount("http://", adapter)
    return client


def ask(
    client: requests.Session, base_url: str, endpoint: str, **query: Any
) -> tuple[dict[str, Any], int]:
    response = client.get(f"{base_url}/cgi-bin/{endpoint}", params=query, timeout=60)
    answer = orjson.loads(response.content)
    if answer["errcode"] != 0:
        raise SystemExit(f"{endpoint}: {answer['errmsg']}")
    return answer, len(response.content)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]))
