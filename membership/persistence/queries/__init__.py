"""Every SELECT of the product; each has a name and a return type."""
