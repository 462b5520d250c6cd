"""Everything that speaks to a foreign machine or in a foreign format."""
