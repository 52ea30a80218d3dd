"""The re-ranking network by onnxruntime on one thread.

usage: rerank.py DIRECTORY KIND     KIND: float32, int8 (quantised dynamically, weights per channel)
Reads what the benchmark wrote, prints one JSON line: seconds of every sample and the logits.
"""
import json
import os
import sys
import time

os.environ["OMP_NUM_THREADS"] = "1"
os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})

import numpy as np  # noqa: E402
import onnx  # noqa: E402
import onnxruntime  # noqa: E402
from onnxruntime.quantization import QuantType, quantize_dynamic  # noqa: E402

directory, kind = sys.argv[1], sys.argv[2]
SIZES = [144, 128, 64, 1]


def read(name):
    return np.fromfile(os.path.join(directory, name), np.float32)


def onnx_model():
    weights, biases = read("weights"), read("biases")
    nodes, tensors, current = [], [], "x"
    for i, (n, out) in enumerate(zip(SIZES, SIZES[1:])):
        # [in, out], as MatMul wants it
        tensors.append(onnx.numpy_helper.from_array(np.ascontiguousarray(weights[:n * out].reshape(out, n).T), f"w{i}"))
        tensors.append(onnx.numpy_helper.from_array(biases[:out], f"b{i}"))
        weights, biases = weights[n * out:], biases[out:]
        nodes.append(onnx.helper.make_node("MatMul", [current, f"w{i}"], [f"m{i}"]))
        last = i == len(SIZES) - 2
        nodes.append(onnx.helper.make_node("Add", [f"m{i}", f"b{i}"], ["y" if last else f"a{i}"]))
        if not last:
            nodes.append(onnx.helper.make_node("Relu", [f"a{i}"], [f"r{i}"]))
            current = f"r{i}"
    graph = onnx.helper.make_graph(
        nodes, "rerank", [onnx.helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, ["m", SIZES[0]])],
        [onnx.helper.make_tensor_value_info("y", onnx.TensorProto.FLOAT, ["m", 1])], tensors)
    return onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 17)], ir_version=10)


path = os.path.join(directory, "model.onnx")
onnx.save(onnx_model(), path)
if kind == "int8":
    quantised = os.path.join(directory, "int8.onnx")
    # Without VNNI its kernels saturate 16-bit sums unless weights keep to 7 bits, as its documentation advises.
    with open("/proc/cpuinfo") as file:
        saturates = "vnni" not in file.read()
    quantize_dynamic(path, quantised, per_channel=True, weight_type=QuantType.QInt8, reduce_range=saturates)
    path = quantised
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = options.inter_op_num_threads = 1
session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
inputs = read("inputs").reshape(-1, SIZES[0])
seconds = []
for sample in range(220):
    start = time.perf_counter()
    logits = session.run(["y"], {"x": inputs})[0]
    seconds.append(time.perf_counter() - start)
print(json.dumps({"seconds": seconds[20:], "logits": logits[:, 0].tolist()}))
