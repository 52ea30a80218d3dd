"""Epochs of the seed model (32 + 32 -> 128 -> 64 -> 1, Adam) as a peer trains it, one for each line of standard input.

usage: train.py DIRECTORY PEER BATCH THREADS EPOCHS
PEER: torch-eager, torch-fused, torch-compile (dense Adam), torch-sparse (SparseAdam on the tables), jax (dense Adam)
The samples in DIRECTORY are EPOCHS epochs; the one after the last is the first again. Prints a JSON line an epoch:
seconds and mean loss. At the end torch writes its parameters beside the start's, as end-p0 and so on.
"""
import json
import os
import sys
import time

directory, peer, batch, threads, epochs = sys.argv[1], sys.argv[2], *map(int, sys.argv[3:6])
os.environ["OMP_NUM_THREADS"] = str(threads)
os.environ["XLA_FLAGS"] = f"--xla_cpu_multi_thread_eigen={'true' if threads > 1 else 'false'} intra_op_parallelism_threads={threads}"
if threads == 1 and peer == "jax":
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})  # XLA takes no other hint

import numpy as np  # noqa: E402


def read(name, dtype, shape=None):
    values = np.fromfile(os.path.join(directory, name), dtype)
    return values.reshape(shape) if shape else values


users, items, labels = (read(n, t) for n, t in [("users", np.uint32), ("items", np.uint32), ("labels", np.float32)])
shapes = [(-1, 32), (-1, 32), (64, 128), (128,), (128, 64), (64,), (64, 1), (1,)]
start = [read(f"p{i}", np.float32, s) for i, s in enumerate(shapes)]
steps = len(users) // epochs // batch


def run_torch(kind):
    import torch
    torch.set_num_threads(threads)
    u, i, t = (torch.from_numpy(a) for a in (users.astype(np.int64), items.astype(np.int64), labels))
    p = [torch.nn.Parameter(torch.from_numpy(a.copy())) for a in start]
    sparse = kind == "sparse"
    optimisers = [torch.optim.Adam(p[2:] if sparse else p, lr=0.001, fused=kind != "eager")]
    if sparse:
        optimisers.append(torch.optim.SparseAdam(p[:2], lr=0.001))
    loss_of = torch.nn.BCEWithLogitsLoss()

    def forward(u, i, t):
        vectors = (torch.nn.functional.embedding(a, b, sparse=sparse) for a, b in ((u, p[0]), (i, p[1])))
        x = torch.cat(list(vectors), 1)
        x = torch.relu(torch.addmm(p[3], x, p[2]))
        x = torch.relu(torch.addmm(p[5], x, p[4]))
        return loss_of(torch.addmm(p[7], x, p[6])[:, 0], t)

    if kind == "compile":
        forward = torch.compile(forward)
        forward(u[:batch], i[:batch], t[:batch]).backward()  # compile outside the clock
        optimisers[0].zero_grad()

    def epoch(first):
        losses = []
        for s in range(first, first + steps * batch, batch):
            for o in optimisers:
                o.zero_grad()
            loss = forward(u[s:s + batch], i[s:s + batch], t[s:s + batch])
            loss.backward()
            for o in optimisers:
                o.step()
            losses.append(loss.detach())
        return float(torch.stack(losses).double().mean())

    def end():
        for n, a in enumerate(p):
            a.detach().numpy().tofile(os.path.join(directory, f"end-p{n}"))
    return epoch, end


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

    def fresh():
        zeros = [jnp.zeros(a.shape) for a in start]
        return [jnp.asarray(a) for a in start], zeros, [jnp.zeros(a.shape) for a in start], jnp.float32(0)

    scan = jax.jit(lambda state: jax.lax.scan(step, state, data), donate_argnums=0)
    compiled = scan.lower(fresh()).compile()
    state = fresh()

    def epoch(first):
        nonlocal state
        state, losses = compiled(state)
        return float(np.asarray(losses, np.float64).mean())
    return epoch, lambda: None


epoch, end = run_jax() if peer == "jax" else run_torch(peer.split("-")[1])
for number, _ in enumerate(sys.stdin):
    begin = time.perf_counter()
    loss = epoch(number % epochs * steps * batch)
    print(json.dumps({"seconds": time.perf_counter() - begin, "loss": loss}), flush=True)
end()
