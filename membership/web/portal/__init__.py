"""The pages of a member company: its own data only."""
