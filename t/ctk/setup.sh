#!/bin/bash
# Make the runs' data sets and load the rows that can't be posted.
# Repeatable: rows that are there stay as they are.
#
#   t/ctk/setup.sh TMFCTL SERVICEFILE
#
# TMFCTL is the tmfctl program, SERVICEFILE a pg_service.conf whose service
# "tmf" opens the database as the owner. The tmf schema (sql/0001_base.sql)
# must be there.
set -euo pipefail

if [ $# -ne 2 ]; then
    echo "usage: $0 TMFCTL SERVICEFILE" >&2
    exit 2
fi
tmfctl=$1
export PGSERVICEFILE=$2
here=$(cd "$(dirname "$0")" && pwd)
conf=$here/../../conf

sql() {
    PGOPTIONS='-c client_min_messages=warning' \
        psql -X -q -v ON_ERROR_STOP=1 service=tmf "$@"
}

data_set() {
    local name=$1 api=$2

    "$tmfctl" ddl --data-set "$name" "$conf/openapi/$api.json" \
        "$conf/overlay/$api.json" | sql
    if [ -e "$here/data/$name.sql" ]; then
        sql --single-transaction -f "$here/data/$name.sql"
    fi
}

data_set ctk_inspur_payment TMF676
data_set ctk_aria_payment TMF676
data_set ctk_inspur_bill TMF678
data_set ctk_zsmart_bill TMF678
data_set ctk_inspur_customer TMF629
data_set ctk_patch_customer TMF629
