"""All questions by name."""

from __future__ import annotations

from . import choices, dates, logic, lookups, numbers, related, texts
from .question import Question

TOPICS = (texts, numbers, choices, dates, lookups, related, logic)
QUESTIONS: dict[str, Question] = {name: question for topic in TOPICS for name, question in topic.QUESTIONS.items()}
