//! Everything said to PostgreSQL. Statements live in `sql/`, one purpose a file, runnable in psql.
