"""What the platform does: one module a message or a small family of messages; importing it registers the handlers."""
