"""What can be wrong with the syntax of a request."""

from __future__ import annotations

EXCERPT = 20


class SyntaxProblem(ValueError):
    """A text that the OData grammar does not accept.

    Attributes:
        message: what is wrong, in the words of the OData library where clients know them.
        text: the whole text that was read.
        position: offset in characters of the first character that could not be read.
    """

    def __init__(self, message: str, text: str = "", position: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.text = text
        self.position = position

    @property
    def excerpt(self) -> str:
        """The surroundings of the problem, at most 20 characters to either side."""
        return self.text[max(0, self.position - EXCERPT) : self.position + EXCERPT]


class Unsupported(SyntaxProblem):
    """A text that OData knows and this library reads but does not represent, for example ``$search`` phrases."""
