#!/bin/sh
# redis-py 8.1.0 on Python 3.11: a call that is cancelled goes on as if nothing had been
# said, so a socket of channels_redis 4.3.0 that is closed goes on receiving.
#
# What most expect: `task.cancel()` ends `await layer.receive(channel)`, so that Channels,
# which cancels it when a browser leaves, has done with the socket at once.
#
# What happens: redis-py sends each command within asyncio.wait_for() where it has a
# socket_timeout, and since 8.0 it has one of five seconds by itself. Up to Python 3.11
# wait_for() drops a cancellation that arrives when what it waits for has just ended: it
# gives the result back. Here that is every command, whose sending ends at once. The
# receiver goes on until a message comes. daphne kills it after ten seconds and logs
# "took too long to shut down and was killed"; in a test, or with a server that waits, it
# hangs. No code of redis-py, Channels or channels_redis looks wrong by itself.
# What helps: Python 3.12, whose wait_for() is another; or `"socket_timeout": None` for the
# layer's host, which gives up noticing a Redis that stalls.
#
# Needs python3 (3.11 or later; the difference is seen with 3.11) and redis-server; all
# else goes into a temporary folder. Names of other Pythons may follow: sh NAME.sh python3.12
set -eu
place=$(mktemp -d)
cd "$place"
redis=
end() {
    test -z "$redis" || kill -KILL "$redis" 2>/dev/null || true
    wait 2>/dev/null || true
    cd /
    rm -rf "$place"
}
trap end EXIT
trap 'exit 1' INT TERM

cat >try.py <<'PY'
import asyncio
import sys

from channels_redis.core import RedisChannelLayer


async def kept_on(address, **host):
    """Whether a receiver goes on that is cancelled some steps of the loop after its start."""
    layer = RedisChannelLayer(hosts=[{"address": address, **host}])
    channel = await layer.new_channel()
    await layer.send(channel, {"type": "hello"})
    await layer.receive(channel)  # now a connection is there
    found = False
    for steps in range(20):
        task = asyncio.ensure_future(layer.receive(channel))
        for _ in range(steps):
            await asyncio.sleep(0)
        task.cancel()
        _, pending = await asyncio.wait([task], timeout=2)
        if pending:
            found = True
            await layer.send(channel, {"type": "hello"})
            await task
    await layer.close_pools()
    return found


old = sys.version_info < (3, 12)
for host in ({}, {"socket_timeout": 20}, {"socket_timeout": None}):
    goes_on = asyncio.run(kept_on(f"unix://{sys.argv[1]}", **host))
    word = "goes on" if goes_on else "ends"
    print(f"{'3.11' if old else '3.12 or later'}, {host or 'default'}: {word}")
PY
redis-server --port 0 --unixsocket "$place/redis.sock" --save "" >redis.log &
redis=$!
tries=300
until grep -q -s "ready to accept" redis.log; do
    tries=$((tries - 1))
    test "$tries" -gt 0 || { cat redis.log; exit 1; }
    sleep 0.2
done

for python in python3 "$@"; do
    rm -rf venv
    "$python" -m venv venv
    venv/bin/pip install --quiet --disable-pip-version-check \
        asgiref==3.13.0 channels==4.3.2 channels_redis==4.3.0 Django==5.2.19 \
        msgpack==1.2.4 redis==8.1.0 sqlparse==0.6.1 2>pip.log || { cat pip.log; exit 1; }
    venv/bin/python try.py "$place/redis.sock" >seen
    # Seen with Python 3.11.7, and with 3.12.1 and 3.13.0:
    if venv/bin/python -c "import sys; sys.exit(sys.version_info >= (3, 12))"; then
        cat >wanted <<'TXT'
3.11, default: goes on
3.11, {'socket_timeout': 20}: goes on
3.11, {'socket_timeout': None}: ends
TXT
    else
        cat >wanted <<'TXT'
3.12 or later, default: ends
3.12 or later, {'socket_timeout': 20}: ends
3.12 or later, {'socket_timeout': None}: ends
TXT
    fi
    diff wanted seen && cat seen
done
