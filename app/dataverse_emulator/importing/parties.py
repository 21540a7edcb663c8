"""Party lists: rows of ``activityparty`` by the columns of their activities that show them (06 §6)."""

from __future__ import annotations

# Party list column → the role of its parties (participationtypemask)
ROLES = {
    "from": 1,
    "to": 2,
    "cc": 3,
    "bcc": 4,
    "requiredattendees": 5,
    "optionalattendees": 6,
    "organizer": 7,
    "resources": 10,
    "customers": 11,
}
COLUMNS = {role: column for column, role in ROLES.items()}
