"""One epoch of the seed model (32 + 32 -> 128 -> 64 -> 1, dense Adam) as a peer trains it.

usage: train.py DIRECTORY PEER BATCH THREADS EPOCHS     PEER: torch-eager, torch-fused, torch-compile, jax
Reads what the benchmark wrote, prints one JSON line: seconds of every epoch, mean loss of the first and of the last.
"""
import json
import os
import sys
import time

directory, peer, batch, threads, epochs = sys.argv[1], sys.argv[2], *map(int, sys.argv[3:6])
os.environ["OMP_NUM_THREADS"] = str(threads)
os.environ["XLA_FLAGS"] = f"--xla_cpu_multi_thread_eigen={'true' if threads > 1 else 'false'} intra_op_parallelism_threads={threads}"
if threads == 1:
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})  # XLA takes no other hint

import numpy as np  # noqa: E402


def read(name, dtype, shape=None):
    values = np.fromfile(os.path.join(directory, name), dtype)
    return values.reshape(shape) if shape else values


users, items, labels = (read(n, t) for n, t in [("users", np.uint32), ("items", np.uint32), ("labels", np.float32)])
shapes = [(6040, 32), (3706, 32), (64, 128), (128,), (128, 64), (64,), (64, 1), (1,)]
start = [read(f"p{i}", np.float32, s) for i, s in enumerate(shapes)]
steps = len(users) // batch


def run_torch(kind):
    import torch
    torch.set_num_threads(threads)
    u, i, t = (torch.from_numpy(a) for a in (users.astype(np.int64), items.astype(np.int64), labels))
    p = [torch.nn.Parameter(torch.from_numpy(a.copy())) for a in start]
    adam = torch.optim.Adam(p, lr=0.001, fused=kind != "eager")
    loss_of = torch.nn.BCEWithLogitsLoss()

    def forward(u, i, t):
        x = torch.cat([torch.nn.functional.embedding(u, p[0]), torch.nn.functional.embedding(i, p[1])], 1)
        x = torch.relu(torch.addmm(p[3], x, p[2]))
        x = torch.relu(torch.addmm(p[5], x, p[4]))
        return loss_of(torch.addmm(p[7], x, p[6])[:, 0], t)

    if kind == "compile":
        forward = torch.compile(forward)
        forward(u[:batch], i[:batch], t[:batch]).backward()  # compile outside the clock
        adam.zero_grad()

    def epoch():
        losses = []
        for s in range(0, steps * batch, batch):
            adam.zero_grad()
            loss = forward(u[s:s + batch], i[s:s + batch], t[s:s + batch])
            loss.backward()
            adam.step()
            losses.append(loss.detach())
        return float(torch.stack(losses).double().mean())
    return epoch


def run_jax():
    import jax
    import jax.numpy as jnp
    data = tuple(jnp.asarray(a[:steps * batch].reshape(steps, batch)) for a in (users.astype(np.int32), items.astype(np.int32), labels))

    def loss_of(p, u, i, t):
        x = jnp.concatenate([p[0][u], p[1][i]], 1)
        x = jax.nn.relu(x @ p[2] + p[3])
        x = jax.nn.relu(x @ p[4] + p[5])
        z = (x @ p[6] + p[7])[:, 0]
        return jnp.mean(jnp.maximum(z, 0) - z * t + jnp.log1p(jnp.exp(-jnp.abs(z))))

    def step(state, sample):
        p, m, v, n = state
        loss, g = jax.value_and_grad(loss_of)(p, *sample)
        n = n + 1
        m = [0.9 * a + 0.1 * b for a, b in zip(m, g)]
        v = [0.999 * a + 0.001 * b * b for a, b in zip(v, g)]
        rate, root = 0.001 / (1 - 0.9 ** n), 1 / jnp.sqrt(1 - 0.999 ** n)
        p = [a - rate * b / (jnp.sqrt(c) * root + 1e-8) for a, b, c in zip(p, m, v)]
        return (p, m, v, n), loss

    scan = jax.jit(lambda state: jax.lax.scan(step, state, data), donate_argnums=0)
    compiled = scan.lower(([jnp.asarray(a) for a in start], [jnp.zeros(s) for s in shapes], [jnp.zeros(s) for s in shapes], jnp.float32(0))).compile()
    state = ([jnp.asarray(a) for a in start], [jnp.zeros(s) for s in shapes], [jnp.zeros(s) for s in shapes], jnp.float32(0))

    def epoch():
        nonlocal state
        state, losses = compiled(state)
        return float(np.asarray(losses, np.float64).mean())
    return epoch


epoch = run_jax() if peer == "jax" else run_torch(peer.split("-")[1])
seconds, losses = [], []
for _ in range(epochs):
    begin = time.perf_counter()
    losses.append(epoch())
    seconds.append(time.perf_counter() - begin)
print(json.dumps({"peer": peer, "seconds": seconds, "first_loss": losses[0], "last_loss": losses[-1]}))
