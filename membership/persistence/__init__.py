"""What is kept: tables, queries, migrations, and the one way to write."""
