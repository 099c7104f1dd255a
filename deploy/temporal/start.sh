#!/bin/sh
# The server reads its database password from the environment only: taken from the mounted secret here, so
# that it stands in no file of compose's and in no `docker inspect`.
set -eu

POSTGRES_PWD=$(cat /run/secrets/temporal_db_password)
export POSTGRES_PWD
exec /etc/temporal/entrypoint.sh
