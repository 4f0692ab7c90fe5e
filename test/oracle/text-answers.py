"""Checks a model of texts, given on standard input, and prints its probabilities for texts (a JSON argument) as JSON."""

import json
import sys

import numpy as np
import onnx
import onnxruntime

content = sys.stdin.buffer.read()
onnx.checker.check_model(onnx.load_from_string(content), full_check=True)
session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
texts = np.array(json.loads(sys.argv[1]), object).reshape(-1, 1)
print(json.dumps(session.run(["probabilities"], {"text": texts})[0].tolist()))
