#!/bin/sh
# Brings the two databases of Temporal to the schema of this image's version. Run again, it changes nothing.
set -eu

SQL_PASSWORD=$(cat /run/secrets/temporal_db_password)
export SQL_PASSWORD
export SQL_PLUGIN=postgres12_pgx SQL_HOST=postgresql SQL_PORT=5432 SQL_USER=temporal

for pair in temporal:temporal temporal_visibility:visibility; do
  SQL_DATABASE=${pair%%:*}
  export SQL_DATABASE
  temporal-sql-tool setup-schema --version 0.0
  temporal-sql-tool update-schema --schema-name "postgresql/v12/${pair##*:}"
done
