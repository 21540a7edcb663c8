"""The time of an environment. All time comes from here."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


class Clock:
    """A clock that runs with the machine's, shifted or frozen."""

    def __init__(self) -> None:
        self._frozen: datetime | None = None
        self._shift = timedelta()

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        return self._frozen if self._frozen is not None else datetime.now(UTC) + self._shift

    def now_text(self) -> str:
        """The present moment as the store keeps it: ``2024-01-31T08:00:00Z``."""
        return self.now().strftime("%Y-%m-%dT%H:%M:%SZ")

    def freeze(self, moment: datetime) -> None:
        """Stop at a moment (aware)."""
        self._frozen = moment.astimezone(UTC)

    def run(self) -> None:
        """Run with the machine's clock again."""
        self._frozen = None
        self._shift = timedelta()
