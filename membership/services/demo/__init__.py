"""The demonstration: an invented association with three dues years behind it, made through the services."""
