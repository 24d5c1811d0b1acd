"""The connection to Postgres: the pool, transactions and prepared statements. No SQL of a table is here."""
