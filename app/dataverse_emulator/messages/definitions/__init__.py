"""Questions about the schema that are messages: whole definitions, their changes, eligibility (contract 07 §8, §10)."""
