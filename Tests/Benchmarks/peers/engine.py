"""Inner-product search as a peer does it.

usage: engine.py DIRECTORY PEER LOAD LIMIT THREADS     LOAD: one, many; PEER: a key of PEERS below
Reads what the benchmark wrote, prints one JSON line: seconds a query of every sample, recall against the exact answers,
seconds to build. An approximate index is tuned first: it takes the first of its settings that finds 0.98, or else the
last. An index that takes minutes to build is kept in .build/peers/cache, by the hash of its items.
"""
import hashlib
import json
import os
import sys
import time

directory, peer, load, limit, threads = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]), int((sys.argv + ["1"])[5])
os.environ["OMP_NUM_THREADS"] = str(threads)
if threads == 1:
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})

import numpy as np  # noqa: E402

queries = np.fromfile(os.path.join(directory, "queries"), np.float32).reshape(64, -1)
items = np.fromfile(os.path.join(directory, "items"), np.float32).reshape(-1, queries.shape[1])
answers = np.fromfile(os.path.join(directory, "answers"), np.uint32).reshape(64, -1)
dimension = items.shape[1]


def cached(name, build, write, read):
    digest = hashlib.sha256(items.tobytes()).hexdigest()[:16]
    folder = os.path.join(sys.prefix, "cache")
    path = os.path.join(folder, f"{name}-{digest}")
    if os.path.exists(path):
        return read(path)
    os.makedirs(folder, exist_ok=True)
    index = build()
    write(index, path + ".new")
    os.rename(path + ".new", path)
    return index


def faiss_index(text, kept=False):
    import faiss
    faiss.omp_set_num_threads(threads)

    def build():
        index = faiss.index_factory(dimension, text, faiss.METRIC_INNER_PRODUCT)
        inner = faiss.try_extract_index_ivf(index)
        if inner is not None:
            inner.cp.max_points_per_centroid = 64
        index.train(items)
        index.add(items)
        return index

    return cached("faiss-" + text, build, faiss.write_index, faiss.read_index) if kept else build()


def faiss_exact(text):
    index = faiss_index(text)
    return [lambda q: index.search(q, limit)[1]]


def faiss_ivf(text, probes, **more):
    import faiss
    index = faiss_index(text)

    def setting(nprobe, k_factor):
        def search(q):
            inner = faiss.SearchParametersIVF(nprobe=nprobe)
            if k_factor == 0:
                return index.search(q, limit, params=inner)[1]
            outer = faiss.IndexRefineSearchParameters(k_factor=k_factor, base_index_params=inner)
            return index.search(q, limit, params=outer)[1]
        return search

    return [setting(n, k) for n in probes for k in more.get("factors", [0])]


def faiss_hnsw():
    import faiss
    index = faiss_index("HNSW32,Flat", kept=True)

    def setting(ef):
        return lambda q: index.search(q, limit, params=faiss.SearchParametersHNSW(efSearch=ef))[1]

    return [setting(ef) for ef in (128, 256, 512, 768, 1024, 1536, 2048)]


def scann_search(searcher, **settings):
    def search(q):
        if len(q) == 1:
            return np.stack([searcher.search(q[0], **settings)[0]])
        batch = searcher.search_batched if threads == 1 else searcher.search_batched_parallel
        return batch(q, **settings)[0]
    return search


def scann_brute():
    import scann
    searcher = scann.scann_ops_pybind.builder(items, limit, "dot_product").score_brute_force().build()
    return [scann_search(searcher)]


def scann_tree():
    import scann
    builder = scann.scann_ops_pybind.builder(items, limit, "dot_product")
    builder = builder.tree(num_leaves=1000, num_leaves_to_search=100, training_sample_size=250000)
    searcher = builder.score_ah(2, anisotropic_quantization_threshold=0.2).reorder(4 * limit).build()
    return [scann_search(searcher, leaves_to_search=leaves, pre_reorder_num_neighbors=more * limit)
            for leaves, more in ((50, 4), (100, 4), (200, 8), (400, 8), (600, 16), (1000, 16), (1000, 64))]


def svs_flat():
    import svs
    index = svs.Flat(items, distance=svs.DistanceType.MIP, num_threads=threads)
    return [lambda q: index.search(q, limit)[0]]


def svs_ivf():
    import svs
    build = svs.IVFBuildParameters(num_centroids=1000, num_iterations=10, training_fraction=0.1)
    clustering = svs.Clustering.build(build, items, svs.DistanceType.MIP, num_threads=threads)
    index = svs.IVF.assemble_from_clustering(clustering, items, svs.DistanceType.MIP, num_threads=threads)

    def setting(probes):
        def search(q):
            index.search_parameters = svs.IVFSearchParameters(n_probes=probes, k_reorder=1.0)
            return index.search(q, limit)[0]
        return search

    return [setting(n) for n in PROBES]


PROBES = (8, 16, 32, 64, 96, 128, 192, 256, 384, 512)
PEERS = {
    "faiss-flat": lambda: faiss_exact("Flat"),
    "faiss-int8": lambda: faiss_exact("SQ8"),
    "scann-brute": scann_brute,
    "svs-flat": svs_flat,
    "faiss-ivf-sq8": lambda: faiss_ivf("IVF1024,SQ8", PROBES),
    "faiss-ivf-rabitq": lambda: faiss_ivf("IVF1024,RaBitQfs,Refine(SQfp16)", PROBES[2:], factors=[8, 24]),
    "faiss-hnsw32": faiss_hnsw,
    "scann-tree-ah": scann_tree,
    "svs-ivf": svs_ivf,
}


def recall(found):
    return float(np.mean([len(np.intersect1d(f, a)) / limit for f, a in zip(found, answers)]))


begin = time.perf_counter()
settings = PEERS[peer]()
built = time.perf_counter() - begin
for search in settings:
    found = recall(search(queries))
    if found >= 0.98:
        break
seconds = []
for sample in range(5 if load == "many" else 30):
    part = queries if load == "many" else queries[sample % 64:sample % 64 + 1]
    start = time.perf_counter()
    search(part)
    seconds.append((time.perf_counter() - start) / len(part))
print(json.dumps({"seconds": seconds, "recall": found, "build": built}))
