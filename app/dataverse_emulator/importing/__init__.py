"""What comes in from other environments, and goes out to them: schemas and rows in the formats that tools exchange."""
