"""Reports: tables from rows; every amount is worked out from dated entries of the ledger, never from a cache."""
