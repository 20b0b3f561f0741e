"""What machines that load into one target share: leases instead of lock files, and one budget."""

from __future__ import annotations

from dataclasses import replace

from migrate.load.turns import Turns
from migrate.state.budget import Budget
from migrate.state.leases import Leases
from migrate.state.place import Postgres


class Together:
    """The leases and turns of this process. `lease` is in seconds, `rate` in requests a second.

    Raises StoppedError or ConfigurationError where the database cannot be used.
    """

    def __init__(self, place: Postgres, lease: float, rate: float | None, patience: float) -> None:
        self.leases = Leases(place, lease)
        self._budget = Budget(place, rate)
        self.turns = Turns(self._budget, self.leases.permit, patience)
        self.place = replace(place, guard=self.leases)
        """Where stores are opened whose writing ends when a lease is lost."""

    def close(self) -> None:
        self.leases.close()
        self._budget.close()
