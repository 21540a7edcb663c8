"""Messages of the sales process."""
