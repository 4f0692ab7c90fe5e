"""Reads an ONNX file from standard input with Python's own packages and reports what they make of it, as JSON.

The file is checked in full; `file` is the same model as Python writes it, `tensors` are the weights as texts, and
`answers` are the outputs that onnxruntime computes for the feeds given as the first argument (JSON by input name).
"""

import base64
import json
import sys

import numpy as np
import onnx
import onnxruntime
from onnx import numpy_helper

content = sys.stdin.buffer.read()
model = onnx.load_from_string(content)
onnx.checker.check_model(model, full_check=True)

options = onnxruntime.SessionOptions()
options.log_severity_level = 4
session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
types = {"tensor(float)": np.float32, "tensor(int64)": np.int64, "tensor(string)": object}
given = json.loads(sys.argv[1])
feeds = {value.name: np.array(given[value.name], types[value.type]) for value in session.get_inputs()}
names = [value.name for value in session.get_outputs()]


def texts(array):
    return [value if isinstance(value, str) else repr(value.item()) for value in array.ravel()]


def text_array(tensor):
    array = numpy_helper.to_array(tensor)
    if array.dtype.kind in "OS":
        array = np.array([v.decode() if isinstance(v, bytes) else v for v in array.ravel()], object)
    elif array.dtype.kind == "V" or array.dtype.name == "bfloat16":
        array = array.astype(np.float32)
    return texts(array) if array.dtype != object else list(array)


report = {
    "file": base64.b64encode(model.SerializeToString()).decode(),
    "tensors": {tensor.name: text_array(tensor) for tensor in model.graph.initializer},
    "answers": {name: array.tolist() for name, array in zip(names, session.run(names, feeds))},
}
print(json.dumps(report))
