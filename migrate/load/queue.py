"""Units of a sprint as jobs of Procrastinate, on the PostgreSQL that holds the state.

A job is a unit: its lock keeps two workers from one unit, a worker that dies or is cut off has its
job taken over, and what became of each record is the journal's to know. Nothing of the queue itself
is ours.
"""

from __future__ import annotations

import logging
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import procrastinate
from procrastinate import exceptions, jobs
from procrastinate.manager import JobManager
from procrastinate.schema import SchemaManager
from procrastinate.types import JSONValue
from psycopg.conninfo import make_conninfo

from migrate.state.place import Postgres
from migrate.state.postgres import connect, make_schema

QUEUE = "load"
TASK = "load_unit"
_SCHEMA = "queue"
_LOCK = "hashtext('migrate queue')"

# Whatever a worker has to say it says itself; a traceback in a log could hold anything.
for _name in ("procrastinate", "psycopg.pool"):
    logging.getLogger(_name).setLevel(logging.CRITICAL)


@dataclass(frozen=True, slots=True)
class UnitJob:
    """What is asked of a worker: to load a unit by a plan. `plan` are the plan's digests by phase,
    `phases` those of them that the sprint loads, `waived` the bands of its stop-line that somebody
    looked at."""

    unit: str
    sprint: str
    phases: tuple[str, ...]
    plan: dict[str, str]
    waived: tuple[str, ...] = ()

    @classmethod
    def of(cls, arguments: dict[str, Any]) -> UnitJob:
        return cls(
            arguments["unit"],
            arguments["sprint"],
            tuple(arguments["phases"]),
            arguments["plan"],
            tuple(arguments["waived"]),
        )


@dataclass(frozen=True, slots=True)
class Queued:
    """A unit's latest job: `status` is Procrastinate's (todo, doing, succeeded, failed, …), and
    `attempts` how often it was begun and put back."""

    unit: str
    sprint: str
    status: str
    attempts: int


def prepare(place: Postgres) -> Postgres:
    """The queue's schema in the database of `place`, made where it is not there."""
    here = place.at(_SCHEMA)
    make_schema(here)
    with connect(here) as connection, connection.transaction():
        connection.execute(f"SELECT pg_advisory_xact_lock({_LOCK})")
        if connection.execute("SELECT to_regclass('procrastinate_jobs')").fetchone() == (None,):
            connection.execute(SchemaManager.get_schema())
    return here


def put(place: Postgres, job: UnitJob) -> None:
    """Put a unit into the queue. One that is waiting there already waits by this plan from now
    on."""
    app = procrastinate.App(connector=procrastinate.SyncPsycopgConnector(**_pool(prepare(place))))
    with app.open():
        manager = app.job_manager
        for waiting in manager.list_jobs(queue=QUEUE, lock=job.unit, status="todo"):
            if waiting.id is not None:
                manager.cancel_job_by_id(waiting.id)
        deferring = app.configure_task(TASK, lock=job.unit, queueing_lock=job.unit, queue=QUEUE)
        # Somebody else who queues it in this moment does it by the same plan, or refuses it later.
        with suppress(exceptions.AlreadyEnqueued):
            deferring.defer(
                unit=job.unit,
                sprint=job.sprint,
                phases=list(job.phases),
                plan=dict[str, JSONValue](job.plan),
                waived=list(job.waived),
            )


def queued(place: Postgres) -> list[Queued]:
    """The latest job of every unit, by unit; none where nothing was ever queued."""
    app = procrastinate.App(connector=procrastinate.SyncPsycopgConnector(**_pool(prepare(place))))
    with app.open():
        listed = app.job_manager.list_jobs(queue=QUEUE, task=TASK)
    latest = {str(job.task_kwargs["unit"]): job for job in listed}
    return [
        Queued(unit, str(job.task_kwargs["sprint"]), str(job.status), job.attempts)
        for unit, job in sorted(latest.items())
    ]


def worker_app(place: Postgres) -> procrastinate.App:
    """The queue as a worker sees it."""
    app = procrastinate.App(connector=procrastinate.PsycopgConnector(**_pool(prepare(place))))
    app.job_manager = _OwnJobs(app.connector)
    return app


async def take_over(app: procrastinate.App, place: Postgres, seconds: float) -> list[str]:
    """Put back the jobs of workers that gave no sign of life for `seconds`; returns their units.
    One worker does so at a time."""
    with connect(place.at(_SCHEMA)) as connection:
        row = connection.execute(f"SELECT pg_try_advisory_lock({_LOCK})").fetchone()
        if row != (True,):
            return []
        stalled = list(
            await app.job_manager.get_stalled_jobs(queue=QUEUE, seconds_since_heartbeat=seconds)
        )
        for job in stalled:
            await app.job_manager.retry_job(job)
    return [str(job.task_kwargs["unit"]) for job in stalled]


class _OwnJobs(JobManager):
    """Says what became of a job only while it is this worker's: another one may have taken it over
    while this one was cut off."""

    async def finish_job(self, job: jobs.Job, status: jobs.Status, delete_job: bool) -> None:
        if await self._ours(job):
            await super().finish_job(job, status, delete_job)

    async def retry_job(self, job: jobs.Job, *more: Any, **named: Any) -> None:
        if await self._ours(job):
            await super().retry_job(job, *more, **named)

    async def _ours(self, job: jobs.Job) -> bool:
        now = next(iter(await self.list_jobs_async(id=job.id)), None)
        return now is not None and (now.status, now.worker_id) == ("doing", job.worker_id)


def _pool(here: Postgres) -> dict[str, Any]:
    dialect = here.address.get_dialect()()
    _, arguments = dialect.create_connect_args(here.address)
    conninfo = make_conninfo(**{**arguments, **here.options})
    return {"conninfo": conninfo, "min_size": 1, "max_size": 4, "timeout": 10.0}
