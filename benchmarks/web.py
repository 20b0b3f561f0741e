"""Records a second from HPSM's web services, beside a bare loop over the same pages.

    python -m benchmarks.web [--records 20000] [--rounds 5] [--quick]

A server in a process of its own has the same invented incidents as REST and as SOAP. The bare loop
is `requests` with its own `json()`, or `requests` with lxml and a dictionary per record; it keeps
nothing, converts nothing, and trusts that the list stands still. Each run is a process of its own,
and they take turns; the median of the ratios is held to the bound. Exit code 1 when one is missed.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

ROOT = Path(__file__).resolve().parents[1]
BOUNDS = {"rest": 0.9, "soap": 0.5}
PAGE = 500
WORDS = "skriveren på lesesalen svarer ikke etter at serveren ble byttet i helga".split()  # noqa: SIM905


class Figure(NamedTuple):
    records: int
    seconds: float
    peak_mb: float

    @property
    def rate(self) -> float:
        return self.records / self.seconds


def incident(number: int) -> dict[str, Any]:
    """An incident as HPSM shows it: some two kilobytes, a third of them in lists of lines."""
    text = [" ".join(WORDS[(number + i) % 13 :] + WORDS[: number % 7]) for i in range(9)]
    time_ = f"2019-09-{number % 28 + 1:02}T{number % 24:02}:00:{number % 60:02}+00:00"
    return {
        "IncidentID": f"IM{number:07}",
        "Title": " ".join(WORDS[number % 5 :]),
        "Description": text,
        "Solution": text[:3],
        "JournalUpdates": text[:5],
        "Status": "Work In Progress",
        "Category": "incident",
        "Area": "failure",
        "Subarea": "job failed",
        "ProblemType": "incident",
        "Urgency": "3",
        "Impact": "4",
        "AssignmentGroup": "UB-UTLÅN-GLØS",
        "Assignee": "kari.nordmann",
        "OpenedBy": "falcon",
        "OpenTime": time_,
        "UpdatedTime": time_,
        "ClosedTime": time_,
        "ClosedBy": "falcon",
        "ClosureCode": "Solved by Workaround",
        "Service": "Utskrift",
        "AffectedCI": "prn-gløs-17",
        "Location": "Gløshaugen",
    }


def serve(records: int) -> None:
    """Serve both until standard input ends."""
    as_json = [
        json.dumps({"Incident": incident(n)}, ensure_ascii=False).encode()
        for n in range(1, records + 1)
    ]
    as_xml = [_instance(incident(n)) for n in range(1, records + 1)]

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = 1 << 16

        def do_GET(self) -> None:
            asked = {n: v[0] for n, v in parse_qs(urlsplit(self.path).query).items()}
            if "/SM/7/" in self.path:
                return self.give(b"<none/>", "text/xml", 404)
            start, count = int(asked.get("start", "1")), int(asked.get("count", "1000"))
            rows = (
                as_json[start - 1 : start - 1 + count] if ">" not in asked.get("query", "") else []
            )
            total = records if rows else 0
            head = f'{{"@count":{len(rows)},"@start":{start},"@totalcount":{total},"Messages":[],'
            body = head.encode() + b'"ResourceName":"Incident","ReturnCode":0,"content":['
            return self.give(body + b",".join(rows) + b"]}", "application/json;charset=utf-8")

        def do_POST(self) -> None:
            text = self.rfile.read(int(self.headers["Content-Length"])).decode()
            start, count = _attribute(text, "start"), _attribute(text, "count")
            rows = as_xml[start : start + count]
            more = int(start + len(rows) < records)
            head = (
                "<SOAP-ENV:Envelope xmlns:SOAP-ENV="
                '"http://schemas.xmlsoap.org/soap/envelope/"><SOAP-ENV:Body>'
                '<RetrieveIncidentListResponse xmlns="http://schemas.hp.com/SM/7" message="OK" '
                f'returnCode="0" status="SUCCESS" count="{len(rows)}" more="{more}">'
            )
            tail = b"</RetrieveIncidentListResponse></SOAP-ENV:Body></SOAP-ENV:Envelope>"
            self.give(head.encode() + b"".join(rows) + tail, "text/xml;charset=utf-8")

        def give(self, body: bytes, kind: str, status: int = 200) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    print(server.server_port, flush=True)
    import threading

    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdin.read()


def _attribute(text: str, name: str) -> int:
    return int(text.partition(f' {name}="')[2].partition('"')[0])


def _instance(record: dict[str, Any]) -> bytes:
    parts = []
    for caption, value in record.items():
        if isinstance(value, list):
            lines = "".join(f'<{caption} type="String">{line}</{caption}>' for line in value)
            parts.append(f'<{caption} type="Array">{lines}</{caption}>')
        else:
            kind = "DateTime" if caption.endswith("Time") else "String"
            parts.append(f'<{caption} type="{kind}">{value}</{caption}>')
    return f'<instance recordid="x" uniquequery="y">{"".join(parts)}</instance>'.encode()


def bare_rest(url: str, records: int) -> int:
    import requests

    read, start = 0, 1
    with requests.Session() as session:
        session.trust_env = False
        while start <= records:
            asked: dict[str, Any] = {"view": "expand", "start": start, "count": PAGE}
            content = session.get(f"{url}/SM/9/rest/incidents", params=asked).json()["content"]
            read += len(content)
            start += len(content)
    return read


def bare_soap(url: str, records: int) -> int:
    import requests
    from lxml import etree

    from migrate.extract.soap_xml import list_request

    read, more = 0, True
    headers = {"Content-Type": "text/xml;charset=utf-8", "SOAPAction": '"RetrieveList"'}
    with requests.Session() as session:
        session.trust_env = False
        while more:
            body = list_request("Incident", "", read, PAGE)
            answer = session.post(f"{url}/SM/7/ws", data=body, headers=headers)
            response = etree.fromstring(answer.content)[0][0]
            rows = [
                {
                    field.tag.rpartition("}")[2]: [line.text for line in field]
                    if field.get("type") == "Array"
                    else field.text
                    for field in instance
                }
                for instance in response
            ]
            read += len(rows)
            more = response.get("more") == "1"
    return read


def _migrate(way: str, url: str) -> int:
    from migrate.config import SourceConfig
    from migrate.extract.rest import RestSource
    from migrate.extract.run import _few_collections
    from migrate.extract.soap import SoapSource

    os.environ["HPSM_PASSWORD"] = "benchmark"
    config = SourceConfig.model_validate(
        {
            "type": way,
            "url": url,
            "user": "benchmark",
            "kinds": ["incidents"],
            "web": {"page": PAGE},
        }
    )
    source = {"rest": RestSource, "soap": SoapSource}[way](config, ROOT)
    with _few_collections():  # as `migrate extract` reads
        return sum(len(batch.rows) for batch in source.read("incidents"))


CONTENDERS: dict[str, Callable[[str, int], int]] = {
    "rest": lambda url, records: _migrate("rest", url),
    "bare rest": bare_rest,
    "soap": lambda url, records: _migrate("soap", url),
    "bare soap": bare_soap,
}


def run_one(name: str, url: str, records: int) -> None:
    import migrate.extract.rest
    import migrate.extract.run
    import migrate.extract.soap  # noqa: F401 - what is measured is reading, not importing

    started = time.perf_counter()
    read = CONTENDERS[name](url, records)
    seconds = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps(Figure(read, seconds, peak)))


def measure(name: str, url: str, records: int) -> Figure:
    command = [sys.executable, "-m", "benchmarks.web", "--run", name, "--url", url]
    command += ["--records", str(records)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    if done.returncode:
        sys.exit(f"{name} failed:\n{done.stderr[-2000:]}")
    figure = Figure(*json.loads(done.stdout.splitlines()[-1]))
    if figure.records != records:
        sys.exit(f"{name} read {figure.records} of {records} records")
    return figure


def compare(records: int, rounds: int) -> bool:
    """Prints the table; False when a bound is missed."""
    command = [sys.executable, "-m", "benchmarks.web", "--serve", "--records", str(records)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as server:
        assert server.stdout
        assert server.stdin
        url = f"http://127.0.0.1:{server.stdout.readline().strip()}"
        figures: dict[str, list[Figure]] = {name: [] for name in CONTENDERS}
        for _ in range(rounds):
            for name, taken in figures.items():
                taken.append(measure(name, url, records))
        server.stdin.close()
    print(
        f"{'':12}{'records':>9}{'records/s':>11}{'peak MB':>9}{'of the bare loop':>18}{'bound':>7}"
    )
    met = True
    for name, taken in figures.items():
        rate = statistics.median(figure.rate for figure in taken)
        peak = max(figure.peak_mb for figure in taken)
        shown = f"{name:12}{records:>9}{rate:>11,.0f}{peak:>9.0f}"
        if name in BOUNDS:
            pairs = zip(taken, figures[f"bare {name}"], strict=True)
            ratio = statistics.median(ours.rate / bare.rate for ours, bare in pairs)
            met &= ratio >= BOUNDS[name]
            shown += f"{ratio:>18.2f}{BOUNDS[name]:>7.1f}"
        print(shown)
    return met


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--records", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--quick", action="store_true", help="a short run that holds no bound")
    parser.add_argument("--run", choices=CONTENDERS, help=argparse.SUPPRESS)
    parser.add_argument("--url", help=argparse.SUPPRESS)
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.serve:
        serve(given.records)
    elif given.run:
        run_one(given.run, given.url, given.records)
    elif given.quick:
        compare(2_000, 1)
    elif not compare(given.records, given.rounds):
        sys.exit(1)


if __name__ == "__main__":
    main()
