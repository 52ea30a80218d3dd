"""import_ncf.py NPZ OUT: the published MLP of the Neural Collaborative Filtering paper as a model directory.

NPZ holds the Keras weights of github.com/hexiangnan/neural_collaborative_filtering (MLP [64, 32, 16, 8] on MovieLens 1M)
under the names mlp_user, mlp_item, mlp_l1_W, mlp_l1_b … mlp_w, mlp_b. Numpy is all that is needed.
"""
import json
import os
import struct
import sys

import numpy as np


def save(path, tensors):
    header, data = {}, b""
    for name, values in tensors.items():
        kind, values = ("U64", values.astype("<u8")) if name == "id" else ("F32", values.astype("<f4"))
        header[name] = {"dtype": kind, "shape": values.shape, "data_offsets": [len(data), len(data) + values.nbytes]}
        data += values.tobytes()
    text = json.dumps(header).encode()
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + data)


def main(source, out):
    published = np.load(source)
    users, items = published["mlp_user"], published["mlp_item"]
    layers = [(published[f"mlp_l{n}_W"], published[f"mlp_l{n}_b"]) for n in (1, 2, 3)]
    layers.append((published["mlp_w"], published["mlp_b"]))
    os.makedirs(out, exist_ok=True)
    # A Keras kernel is [in, out], ours is [out, in]. The paper's input is user, then item, as ours.
    save(f"{out}/weights.safetensors", {
        f"layers.{n}.{part}": values
        for n, (kernel, bias) in enumerate(layers)
        for part, values in (("weight", np.ascontiguousarray(kernel.T)), ("bias", bias))})
    # The paper has no retrieval: the network's own vectors stand in.
    save(f"{out}/users.safetensors", {"id": np.arange(len(users)), "query": users, "vector": users})
    save(f"{out}/items.safetensors", {"id": np.arange(len(items)), "embedding": items, "rerank": items})
    manifest = {
        "format": "winnow-model", "version": 1, "name": "NCF MLP, published weights",
        "collection": {"embedding_dimension": items.shape[1], "rerank_dimension": items.shape[1], "attributes": []},
        "user": {"vector_dimension": users.shape[1]}, "inputs": {"user": True, "item": True},
        "layers": [{"out": len(bias), "activation": "relu"} for _, bias in layers[:-1]]
        + [{"out": 1, "activation": "sigmoid"}]}
    with open(f"{out}/manifest.json", "w") as file:
        json.dump(manifest, file, indent=2)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(sys.argv[1], sys.argv[2])
