"""Bank statements: what a line of one holds, and which line belongs to which open item."""
