"""Holds exported forecasts to Python: `forecast-answers.py FOLDER` prints a line of JSON with a result a case.

The folder has `work.json`, a list of names, and for each the file `NAME.onnx`, its feeds as `NAME-feeds.json`
({input: {type, dims, data}}) and the answers of this project's runtime as `NAME-answers.json` ({output: data}).
"""
import json
import pathlib
import sys

import numpy as np
import onnx
import onnxruntime
from onnx.reference import ReferenceEvaluator

folder = pathlib.Path(sys.argv[1])
TYPES = {"float32": np.float32, "int64": np.int64}


def result(name):
    model = onnx.load(folder / f"{name}.onnx")
    onnx.checker.check_model(model, full_check=True)
    sent = json.loads((folder / f"{name}-feeds.json").read_text())
    feeds = {key: np.array(one["data"], TYPES[one["type"]]).reshape(one["dims"]) for key, one in sent.items()}
    ours = json.loads((folder / f"{name}-answers.json").read_text())
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    runs = {"onnxruntime": session.run(names, feeds), "reference": ReferenceEvaluator(model).run(names, feeds)}

    def apart(answers):
        return max(float(np.max(np.abs(answer.ravel() - ours[key]) / np.maximum(1, np.abs(ours[key]))))
                   for key, answer in zip(names, answers))
    return {"name": name, "outputs": names, **{run: apart(answers) for run, answers in runs.items()}}


print(json.dumps([result(name) for name in json.loads((folder / "work.json").read_text())]))
