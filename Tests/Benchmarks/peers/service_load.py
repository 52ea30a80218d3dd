"""Load for service.py: a request always in flight on each connection.

usage: service_load.py DIRECTORY PORT CONNECTIONS SECONDS
Checks answers against the exact ones, prints one JSON line: queries a second, p50 and p99 in milliseconds.
"""
import json
import os
import selectors
import socket
import sys
import time

import numpy as np

directory, port, connections, seconds = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])
queries = np.fromfile(os.path.join(directory, "queries"), np.float32).reshape(-1, 64)
results = np.fromfile(os.path.join(directory, "results"), np.uint32).reshape(3, 20)
requests = [b"POST /rank HTTP/1.1\r\nHost: x\r\nContent-Length: 256\r\n\r\n" + q.tobytes() for q in queries]


def connect():
    for _ in range(600):
        try:
            link = socket.create_connection(("127.0.0.1", port))
            link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return link
        except OSError:
            time.sleep(0.1)
    sys.exit("the service does not come up")


def body(link):
    data = b""
    while True:
        head, found, rest = data.partition(b"\r\n\r\n")
        if found and len(rest) >= 80:
            assert head.startswith(b"HTTP/1.1 200"), head
            return rest
        part = link.recv(65536)
        if not part:
            sys.exit("the service closed a connection")
        data += part


selector = selectors.DefaultSelector()
links = [connect() for _ in range(connections)]
shared = []
for i in range(3):
    links[0].sendall(requests[i])
    shared.append(len(np.intersect1d(np.frombuffer(body(links[0]), np.uint32), results[i])))
# An approximate index may miss some of the twenty.
assert sum(shared) >= 48, shared
sent, turn = {}, 0
begin = time.perf_counter() + seconds * 0.2
end = begin + seconds
for link in links:
    selector.register(link, selectors.EVENT_READ)
    link.sendall(requests[turn % len(requests)])
    sent[link] = time.perf_counter()
    turn += 1
times = []
now = time.perf_counter()
while now < end:
    for key, _ in selector.select():
        link = key.fileobj
        body(link)
        now = time.perf_counter()
        if now >= begin:
            times.append(now - sent[link])
        link.sendall(requests[turn % len(requests)])
        sent[link] = now
        turn += 1
p50, p99 = (float(v) * 1000 for v in np.percentile(times, (50, 99)))
print(json.dumps({"rate": len(times) / seconds, "p50": p50, "p99": p99}))
