"""A worker: takes one unit after the other from the queue, until it is told to stop.

It outlives its database: where that is away, the worker waits and begins again, and what it was at
by then belongs to whoever took it over.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from threading import Event
from typing import Any

import procrastinate
import psycopg
from procrastinate import exceptions, jobs, retry

from migrate.errors import MigrateError
from migrate.load.queue import QUEUE, TASK, UnitJob, take_over, worker_app
from migrate.state.place import Postgres

_WAIT = 2.0
"""Seconds between looks at the database that was away, and at a queue that may be empty."""


class PutBack(Exception):
    """The job goes back into the queue, for any worker, in `seconds`."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self.seconds = seconds


class NotDone(Exception):
    """The job ends here: a person has to act before the unit is queued again."""


Perform = Callable[[UnitJob], None]
"""Loads a unit, in a thread of its own. Raises PutBack or NotDone."""


@dataclass(slots=True)
class Worker:
    """One worker. `stop` ends it after the job in hand, which sees it too; after `lease` seconds
    without a sign of life another worker's job is taken over. With `until_empty` it ends when
    nobody has anything to do any more."""

    place: Postgres
    perform: Perform
    stop: Event
    lease: float
    until_empty: bool = False
    say: Callable[[str], None] = lambda line: None

    async def serve(self) -> None:
        """Work until stopped. Raises ConfigurationError where the database refuses us."""
        away = False
        while not self.stop.is_set():
            try:
                app = worker_app(self.place)
                self._enlist(app)
                async with app.open_async():
                    if away:
                        self.say("The database answers again.")
                    away = False
                    if await self._live(app):
                        return
            except (exceptions.ConnectorException, psycopg.Error, OSError):
                pass
            except MigrateError as error:
                if {problem.code for problem in error.problems} != {"state-unreachable"}:
                    raise
            if not self.stop.is_set():
                if not away:
                    self.say("The database does not answer; waiting for it.")
                away = True
                await asyncio.sleep(_WAIT)

    async def _live(self, app: procrastinate.App) -> bool:
        """Work for as long as the database answers. True: there is no more to do, or nobody wants
        it."""
        working = asyncio.create_task(
            app.run_worker_async(
                queues=[QUEUE],
                concurrency=1,
                install_signal_handlers=False,
                fetch_job_polling_interval=_WAIT,
                update_heartbeat_interval=max(0.5, self.lease / 5),
                stalled_worker_timeout=self.lease,
            )
        )
        watching = asyncio.create_task(self._watch(app))
        done, _ = await asyncio.wait({working, watching}, return_when=asyncio.FIRST_COMPLETED)
        for task in (watching, working):
            task.cancel()
        with suppress(asyncio.CancelledError):
            await working  # it ends its job first
        with suppress(asyncio.CancelledError):
            await watching
        return watching in done or self.stop.is_set()

    async def _watch(self, app: procrastinate.App) -> None:
        """Returns when the worker is to end; takes over what dead workers left, meanwhile."""
        last = 0.0
        clock = asyncio.get_running_loop().time
        while not self.stop.is_set():
            await asyncio.sleep(0.2)
            if clock() - last < min(_WAIT, self.lease / 4):
                continue
            last = clock()
            for unit in await take_over(app, self.place, self.lease):
                self.say(f"{unit}: its worker gave no sign of life; the job is put back.")
            if self.until_empty:
                listed = list(await app.job_manager.list_jobs_async(queue=QUEUE))
                if not any(job.status in ("todo", "doing") for job in listed):
                    return

    def _enlist(self, app: procrastinate.App) -> None:
        @app.task(name=TASK, queue=QUEUE, retry=_Retries())
        def load_unit(**arguments: Any) -> None:
            self.perform(UnitJob.of(arguments))


class _Retries(retry.BaseRetryStrategy):
    """What is sent again is the journal's affair; a job is only put back where it says so."""

    def get_retry_decision(
        self, *, exception: BaseException, job: jobs.Job
    ) -> retry.RetryDecision | None:
        if isinstance(exception, PutBack):
            return retry.RetryDecision(retry_in={"seconds": int(exception.seconds)})
        return None
