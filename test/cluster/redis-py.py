"""Runs redis-py, as Debian's python3-redis brings it, against a cluster.

Usage: redis-py.py '{"nodes": ["127.0.0.1:7481", ...], "ca": "ca.pem", "username": ..., "password": ...}'

Connects a single client to the first node and a cluster client to all of them, exercises both and
prints "ready". Each line of standard input then makes both go on, and print "went on"; the end of
the input ends the program. Whatever is wrong ends it with a trace and a code that is not 0.
"""

import itertools
import json
import logging
import sys
import time

from redis import Redis
from redis.cluster import ClusterNode, RedisCluster
from redis.exceptions import RedisClusterException, RedisError, ResponseError

# The cluster client logs every connection that it loses; here they are meant to get lost.
logging.disable(logging.CRITICAL)

GIVE_UP_SECONDS = 20

options = json.loads(sys.argv[1])
nodes = [(host, int(port)) for host, port in (at.rsplit(":", 1) for at in options["nodes"])]
common = {"socket_timeout": 5}
for name in ("username", "password"):
    if name in options:
        common[name] = options[name]
if "ca" in options:
    common.update(ssl=True, ssl_ca_certs=options["ca"])


turn = itertools.cycle(nodes)


def single_client():
    host, port = next(turn)
    return Redis(host=host, port=port, **common)


def cluster_client():
    startup = [ClusterNode(host, port) for host, port in nodes]
    return RedisCluster(startup_nodes=startup, **common)


def exercise(client, prefix):
    key = prefix + ":key"
    assert client.set(key, b"\x00\r\n\xff") is True
    assert client.get(key) == b"\x00\r\n\xff"
    assert client.get(prefix + ":none") is None
    pipeline = client.pipeline(transaction=False) if isinstance(client, Redis) else client.pipeline()
    count = prefix + ":count"
    pipeline.set(count, 1).incr(count).get(count)
    assert pipeline.execute() == [True, 2, b"2"]
    try:
        client.incr(key)
        raise AssertionError("INCR of bytes went well")
    except ResponseError as error:
        assert str(error) == "value is not an integer or out of range", error
    for number in range(100):
        client.set(f"{prefix}:{number}", number)
        assert client.get(f"{prefix}:{number}") == str(number).encode()


single = single_client()
cluster = cluster_client()
exercise(single, "py-single")
exercise(cluster, "py-cluster")
print("ready", flush=True)


def go_on(attempt):
    """Tries until it works: while there is no leader, an error is the truth."""
    until = time.monotonic() + GIVE_UP_SECONDS
    while True:
        try:
            return attempt()
        except (RedisError, RedisClusterException):
            if time.monotonic() > until:
                raise
            time.sleep(0.05)


def write_with_single():
    # A client that knows one node only; where nodes redirect, its application tries the next.
    global single
    try:
        single.set("py-single:later", 1)
    except RedisError:
        single = single_client()
        raise
    assert single.get("py-single:0") == b"0"


def write_with_cluster():
    # This version cannot ask for the slots again once the node that it asked first is gone (it
    # copies a lock); an application has to connect anew, with any cluster behind it.
    global cluster
    try:
        cluster.set("py-cluster:later", 1)
    except RedisClusterException:
        cluster = cluster_client()
        raise
    assert cluster.get("py-cluster:0") == b"0"


for _ in sys.stdin:
    go_on(write_with_single)
    go_on(write_with_cluster)
    exercise(cluster, "py-again")
    print("went on", flush=True)
