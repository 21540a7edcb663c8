"""Front ends: HTTP on the outside, messages on the inside; no behaviour of the platform."""
