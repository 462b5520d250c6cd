"""Tables as classes, one file a subject; constraints, no rules."""
