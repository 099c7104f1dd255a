#!/bin/sh
# Run once by the image, on an empty data directory: a role and its databases for Temporal, and one each for
# the ledger, neither of which can read the other's.
set -eu

temporal=$(cat /run/secrets/temporal_db_password)
tocsin=$(cat /run/secrets/tocsin_db_password)

psql --set ON_ERROR_STOP=1 --set temporal="$temporal" --set tocsin="$tocsin" \
  --username "$POSTGRES_USER" --dbname postgres <<'SQL'
CREATE ROLE temporal LOGIN PASSWORD :'temporal';
CREATE ROLE tocsin LOGIN PASSWORD :'tocsin';
CREATE DATABASE temporal OWNER temporal;
CREATE DATABASE temporal_visibility OWNER temporal;
CREATE DATABASE tocsin OWNER tocsin;
REVOKE CONNECT ON DATABASE temporal, temporal_visibility, tocsin FROM PUBLIC;
SQL
