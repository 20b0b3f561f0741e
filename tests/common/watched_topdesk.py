"""The command line, with whatever TOPdesk it simulates held against the contract.

The counts are written every second, since such a process often ends by SIGKILL.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from pathlib import Path

from contract_watch import Watch
from openapi import CONTRACT

from migrate.cli.main import run
from migrate.simulate.topdesk.front import Front


def main() -> int:
    folder = os.environ.get("WATCHED_TOPDESKS")
    if CONTRACT is not None and folder:
        watch = Watch(CONTRACT)
        Front.watch = watch.note
        threading.Thread(target=_write, args=(watch, Path(folder)), daemon=True).start()
    return run(sys.argv[1:])


def _write(watch: Watch, folder: Path) -> None:
    file = folder / f"{os.getpid()}-{time.time_ns()}.json"
    half = file.with_suffix(".half")
    while True:
        time.sleep(1)
        half.write_text(json.dumps([dict(watch.counts), dict(watch.wrong)]), encoding="utf-8")
        half.replace(file)


if __name__ == "__main__":
    sys.exit(main())
