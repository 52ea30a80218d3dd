"""Search by words as a peer does it: one field, top LIMIT of a query of several words, any of which may match.

usage: lexical.py DIRECTORY PEER LIMIT     PEER: a key of PEERS below
Reads what the benchmark wrote (titles, queries, answers), prints one JSON line: seconds a query of every sample, the
share of queries whose scores equal ours (where k1, b and the formula can be set, else null), the share of our answers
that the peer finds too, seconds to build.
"""
import json
import os
import sys
import time

directory, peer, limit = sys.argv[1], sys.argv[2], int(sys.argv[3])
os.environ["NUMBA_NUM_THREADS"] = os.environ["OMP_NUM_THREADS"] = "1"
os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})

import numpy as np  # noqa: E402

K1, B = 0.4, 0.6


def lines(name):
    with open(os.path.join(directory, name)) as file:
        return file.read().splitlines()


titles, queries = lines("titles"), [line.split(" ") for line in lines("queries")]
answers = [np.array(line.split(), np.int64) for line in lines("answers")]


def bm25s_index(backend):
    """The same formula but for the constant k1 + 1; without an index of words that no query has."""
    import bm25s
    numbers = {}
    ids = [[numbers.setdefault(word, len(numbers)) for word in title.split(" ")] for title in titles]
    index = bm25s.BM25(k1=K1, b=B, method="lucene", backend=backend)
    index.index(bm25s.tokenization.Tokenized(ids=ids, vocab=numbers), show_progress=False)

    def search(words):
        known = [[numbers[word] for word in words if word in numbers]]
        found, scores = index.retrieve(known, k=limit, show_progress=False, n_threads=1)
        return found[0], scores[0]

    def score(words):
        return index.get_scores_from_ids([numbers[word] for word in words if word in numbers])

    return search, score, lambda found: found


def tantivy_index():
    """k1 = 1.2 and b = 0.75 are fixed in it."""
    import tantivy
    schema = tantivy.SchemaBuilder().add_integer_field("id", stored=True).add_text_field(
        "title", tokenizer_name="whitespace", index_option="freq").build()
    index = tantivy.Index(schema)
    writer = index.writer(heap_size=1 << 30, num_threads=1)
    for number, title in enumerate(titles):
        writer.add_document(tantivy.Document(id=number, title=title))
    writer.commit()
    writer.wait_merging_threads()
    index.reload()
    searcher = index.searcher()

    def search(words):
        terms = [(tantivy.Occur.Should, tantivy.Query.term_query(schema, "title", word, "freq")) for word in words]
        return searcher.search(tantivy.Query.boolean_query(terms), limit, count=False).hits, None

    def ids(hits):
        return np.array([searcher.doc(address)["id"][0] for _, address in hits])

    return search, None, ids


def sqlite_index():
    """k1 = 1.2 and b = 0.75 are fixed in it."""
    import sqlite3
    database = sqlite3.connect(":memory:")
    database.execute("CREATE VIRTUAL TABLE items USING fts5(title, content='', tokenize='ascii')")
    database.executemany("INSERT INTO items(rowid, title) VALUES (?, ?)", enumerate(titles, 1))
    database.execute("INSERT INTO items(items) VALUES ('optimize')")

    def search(words):
        text = " OR ".join(f'"{word}"' for word in words)
        rows = database.execute(
            "SELECT rowid, rank FROM items WHERE items MATCH ? ORDER BY rank LIMIT ?", (text, limit)).fetchall()
        return np.array([row - 1 for row, _ in rows]), np.array([-rank for _, rank in rows])

    return search, None, lambda found: found


PEERS = {
    "bm25s": lambda: bm25s_index("numpy"), "bm25s-numba": lambda: bm25s_index("numba"), "tantivy": tantivy_index,
    "sqlite-fts5": sqlite_index,
}

start = time.perf_counter()
search, score, ids = PEERS[peer]()
build = time.perf_counter() - start
search(queries[0])
seconds, equal, common = [], 0, 0.0
for words, ours in zip(queries, answers):
    start = time.perf_counter()
    found, scores = search(words)
    seconds.append(time.perf_counter() - start)
    common += len(np.intersect1d(ids(found), ours)) / max(len(ours), 1)
    if score:
        best = np.sort(scores)[::-1][:len(ours)]
        equal += bool(np.allclose(np.sort(score(words)[ours])[::-1], best, rtol=1e-4))
print(json.dumps({
    "seconds": seconds, "equal": equal / len(queries) if score else None, "common": common / len(queries),
    "build": build}))
