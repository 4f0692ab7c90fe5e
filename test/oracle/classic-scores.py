"""Fits scikit-learn's counterparts of the learners on given rows, scores both, and checks the exported files.

Argument: a folder with `work.json` and, for each case, `<case>-train.f32`, `-test.f32`, `-target.f64`, `-actual.f64`,
`-answers.f32` and `.onnx`. Prints, as JSON, for each case: the score of ours and of theirs (accuracy for classes, R2
for numbers) and the largest difference between our answers and those that Python's onnxruntime computes from the file.
"""

import json
import sys
import warnings
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import TransformedTargetRegressor
from sklearn.linear_model import ElasticNetCV, LassoCV, LogisticRegression, RidgeCV
from sklearn.metrics import accuracy_score, r2_score
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, SVR, LinearSVC, LinearSVR

warnings.simplefilter("ignore")
folder = Path(sys.argv[1])
work = json.loads((folder / "work.json").read_text())
columns = work["columns"]
scaled = lambda model: TransformedTargetRegressor(model, transformer=StandardScaler())

models = {
    "linear, l1": lambda: LogisticRegression(C=0.1, l1_ratio=1, solver="saga", max_iter=10_000),
    # Probabilities of one machine, by a sigmoid of decisions about held-out rows.
    "svm": lambda: CalibratedClassifierCV(LinearSVC(), ensemble=False),
    "svm, hinge": lambda: LinearSVC(loss="hinge", max_iter=100_000),
    "svm, numbers": lambda: scaled(LinearSVR(epsilon=0.1, max_iter=100_000)),
    "kernel_svm": SVC,
    "kernel_svm, polynomial": lambda: SVC(kernel="poly", coef0=1),
    "kernel_svm, numbers": lambda: scaled(SVR()),
    "nearest_neighbours": KNeighborsClassifier,
    "nearest_neighbours, numbers": lambda: KNeighborsRegressor(9, weights="distance"),
    "naive_bayes": GaussianNB,
    "ridge": lambda: RidgeCV(np.geomspace(1e-3, 1e4, 30), cv=5),
    "lasso": lambda: LassoCV(cv=5),
    "elastic_net": lambda: scaled(ElasticNetCV(cv=5)),
}


def matrix(name):
    return np.fromfile(folder / f"{name}.f32", np.float32).reshape(-1, columns)


def check(case, classes):
    target = np.fromfile(folder / f"{case['id']}-target.f64")
    actual = np.fromfile(folder / f"{case['id']}-actual.f64")
    test = matrix(f"{case['id']}-test")
    answers = np.fromfile(folder / f"{case['id']}-answers.f32", np.float32)
    model = models[case["name"]]().fit(matrix(f"{case['id']}-train").astype(np.float64), target)
    theirs = model.predict(test.astype(np.float64))
    score = accuracy_score if classes else r2_score
    ours = answers.reshape(-1, classes).argmax(axis=1) if classes else answers
    file = folder / f"{case['id']}.onnx"
    onnx.checker.check_model(onnx.load(file), full_check=True)
    session = onnxruntime.InferenceSession(file.read_bytes(), providers=["CPUExecutionProvider"])
    again = session.run(None, {"features": test})[0].ravel()
    return {
        "name": case["name"],
        "ours": score(actual, ours),
        "theirs": score(actual, theirs),
        "apart": float(np.abs(again - answers).max() / max(1, np.abs(answers).max())),
    }


print(json.dumps([check(case, case["classes"]) for case in work["cases"]]))
