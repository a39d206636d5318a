#!/bin/sh
# Celery 5.7.0: `celery inspect ping` succeeds while no worker answers.
#
# What most expect: the command asks the workers, as its help says ("Inspect the workers"),
# and ends with 69 ("No nodes replied within time constraint") when the only worker hangs.
# Health checks of containers use it so.
#
# What happens: since 5.7.0 beat answers too, where it was started with
# --enable-remote-control (new in 5.7.0, so that beat can be health-checked). One answer of
# any node is enough. With the only worker stopped by SIGSTOP the command prints that beat
# is well and ends with 0: a worker's health check that was right with 5.6 is always green
# from the day on which somebody turns beat's own on. The same holds for a second worker.
# What helps: --destination celery@HOST, which ends with 69.
#
# Needs python3 (3.11 or later) and redis-server; all else goes into a temporary folder.
set -eu
place=$(mktemp -d)
cd "$place"
end() {
    for process in $processes; do
        kill -KILL "$process" 2>/dev/null || true
    done
    wait 2>/dev/null || true
    cd /
    rm -rf "$place"
}
# Waits until a file holds some words; for a minute at most.
await() {
    tries=300
    until grep -q -i -s "$1" "$2"; do
        tries=$((tries - 1))
        test "$tries" -gt 0 || { cat "$2"; exit 1; }
        sleep 0.2
    done
}
processes=
trap end EXIT
trap 'exit 1' INT TERM

python3 -m venv venv
venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps \
    amqp==5.4.2 billiard==4.3.2 celery==5.7.0 click==8.5.1 click-didyoumean==0.3.1 \
    click-plugins==1.1.1.2 click-repl==0.4.1 kombu==5.7.0 packaging==26.3 \
    prompt-toolkit==3.0.53 python-dateutil==2.9.0.post0 redis==8.1.0 six==1.17.0 \
    typing-extensions==4.16.0 tzdata==2026.6 tzlocal==5.4.5 vine==5.1.0 wcwidth==0.9.4
cat > shop.py <<'EOF'
from pathlib import Path

from celery import Celery

# Beside this file, by the path of the folder that it is started in.
app = Celery("shop", broker=f"redis+socket://{Path('redis.sock').resolve()}")
EOF
redis-server --port 0 --unixsocket "$place/redis.sock" --save "" > redis.log &
processes="$processes $!"
await "ready to accept" redis.log

celery="venv/bin/celery --app shop"
$celery worker --pool solo --hostname celery@one --loglevel INFO > worker.log 2>&1 &
worker=$!
processes="$processes $worker"
await " ready" worker.log
$celery beat --schedule beat --enable-remote-control --hostname celerybeat@one \
    --loglevel INFO > beat.log 2>&1 &
processes="$processes $!"
await "beat pidbox: Connected" beat.log

# The only worker hangs.
kill -STOP "$worker"
bare=0
$celery inspect ping --timeout 10 > bare.log 2>&1 || bare=$?
named=0
$celery inspect ping --timeout 10 --destination celery@one > named.log 2>&1 || named=$?

venv/bin/celery --version
echo "celery inspect ping: $bare"
cat bare.log
echo "celery inspect ping --destination celery@one: $named"
cat named.log
# Seen:
#     5.7.0 (collider)
#     celery inspect ping: 0
#     ->  celerybeat@one: OK
#             pong
#
#     1 node online.
#     celery inspect ping --destination celery@one: 69
#     Error: No nodes replied within time constraint
test "$bare" -eq 0
test "$named" -eq 69
grep -q "celerybeat@one: OK" bare.log
