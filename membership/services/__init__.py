"""The verbs: one function per use case."""
