"""Direct debits: mandates, what may be debited when and why not, what a return means, ids and signs of the file."""
