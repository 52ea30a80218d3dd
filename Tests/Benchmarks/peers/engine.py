"""Inner-product search on one thread as a peer does it.

usage: engine.py DIRECTORY PEER LOAD LIMIT     PEER: faiss-flat, faiss-int8, faiss-ivf-sq8, scann-brute; LOAD: one, many
Reads what the benchmark wrote, prints one JSON line: seconds a query of every sample, recall against the exact answers,
seconds to build. An approximate index is tuned to a recall of 0.98 first, if it gets there.
"""
import json
import os
import sys
import time

os.environ["OMP_NUM_THREADS"] = "1"
os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})

import numpy as np  # noqa: E402

directory, peer, load, limit = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
queries = np.fromfile(os.path.join(directory, "queries"), np.float32).reshape(64, -1)
items = np.fromfile(os.path.join(directory, "items"), np.float32).reshape(-1, queries.shape[1])
answers = np.fromfile(os.path.join(directory, "answers"), np.uint32).reshape(64, -1)
begin = time.perf_counter()

if peer.startswith("faiss"):
    import faiss
    faiss.omp_set_num_threads(1)
    d = items.shape[1]
    if peer == "faiss-flat":
        index = faiss.IndexFlatIP(d)
    elif peer == "faiss-int8":
        index = faiss.IndexScalarQuantizer(d, faiss.ScalarQuantizer.QT_8bit, faiss.METRIC_INNER_PRODUCT)
    else:
        index = faiss.index_factory(d, "IVF1024,SQ8", faiss.METRIC_INNER_PRODUCT)
        index.cp.max_points_per_centroid = 64
    index.train(items)
    index.add(items)

    def search(q):
        return index.search(q, limit)[1]
elif peer == "scann-brute":
    import scann
    searcher = scann.scann_ops_pybind.builder(items, limit, "dot_product").score_brute_force().build()

    def search(q):
        return np.stack([searcher.search(q[0])[0]]) if len(q) == 1 else searcher.search_batched(q)[0]
build = time.perf_counter() - begin


def recall(found):
    return float(np.mean([len(np.intersect1d(f, a)) / limit for f, a in zip(found, answers)]))


found = search(queries)
if peer == "faiss-ivf-sq8":
    for index.nprobe in (8, 16, 32, 64, 128, 192, 256, 384, 512):
        found = search(queries)
        if recall(found) >= 0.98:
            break
seconds = []
for sample in range(5 if load == "many" else 30):
    part = queries if load == "many" else queries[sample % 64:sample % 64 + 1]
    start = time.perf_counter()
    search(part)
    seconds.append((time.perf_counter() - start) / len(part))
print(json.dumps({"seconds": seconds, "recall": recall(found), "build": build}))
