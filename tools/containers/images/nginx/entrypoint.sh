#!/bin/sh
# Fills the variables of the environment into /etc/nginx/templates/*.template, as the official image does.
set -eu
for template in /etc/nginx/templates/*.template; do
    [ -e "$template" ] || continue
    name="$(basename "$template" .template)"
    names="$(env | sed 's/=.*//; s/^/${/; s/$/}/' | tr '\n' ' ')"
    envsubst "$names" < "$template" > "/etc/nginx/conf.d/$name"
done
exec "$@"
