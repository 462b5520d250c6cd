"""The rules: pure functions over values; the standard library only."""
