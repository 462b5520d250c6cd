"""WTForms classes: the shape of the input, no rules."""
