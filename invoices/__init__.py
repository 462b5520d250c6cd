"""Documents of an association: what stands on paper, and how it gets there. Knows nothing of `membership`."""
