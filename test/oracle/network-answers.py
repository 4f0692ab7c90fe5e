"""Answers features with an ONNX file by onnxruntime and by ONNX's own reference evaluator.

Standard input: JSON with the `file` in base64 and the `features`, a list of rows. The file passes onnx's full check.
Prints both answers as JSON.
"""
import base64
import json
import sys

import numpy as np
import onnx
import onnxruntime
from onnx.reference import ReferenceEvaluator

question = json.load(sys.stdin)
content = base64.b64decode(question["file"])
model = onnx.load_from_string(content)
onnx.checker.check_model(model, full_check=True)
feeds = {"features": np.array(question["features"], np.float32)}
session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
answers = {
    "onnxruntime": session.run(["answer"], feeds)[0],
    "reference": ReferenceEvaluator(model).run(["answer"], feeds)[0],
}
print(json.dumps({name: np.asarray(answer).ravel().tolist() for name, answer in answers.items()}))
