"""The time of an environment. All time comes from here."""

from __future__ import annotations

from datetime import UTC, datetime


class Clock:
    """A clock that runs with the machine's, or stands still."""

    def __init__(self) -> None:
        self._frozen: datetime | None = None

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        return self._frozen if self._frozen is not None else datetime.now(UTC)

    def now_text(self) -> str:
        """The present moment as the store keeps it: ``2024-01-31T08:00:00Z``."""
        return f"{self.now().isoformat()[:19]}Z"

    def freeze(self, moment: datetime) -> None:
        """Stop at a moment (aware)."""
        self._frozen = moment.astimezone(UTC)

    def run(self) -> None:
        """Run with the machine's clock again."""
        self._frozen = None
