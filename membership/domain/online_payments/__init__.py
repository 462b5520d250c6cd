"""Payments over the internet: what may be asked for, what the provider says, and what has to be booked of it."""
