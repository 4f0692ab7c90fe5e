"""Fits scikit-learn's counterparts of the learners of trees on given rows, scores both, and checks the exported files.

Argument: a folder with `work.json` and, for each case, `<case>-train.f32`, `-test.f32`, `-target.f64`, `-actual.f64`,
`-answers.f32` and `.onnx`. Prints, as JSON, for each case: the score of ours and of theirs (R2 for numbers, AUC of each
class against the others for classes, AUC for anomalies) and the largest differences between our answers and those that
Python's onnxruntime and ONNX's reference evaluator compute from the file.
"""

import json
import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx.reference import ReferenceEvaluator
from sklearn.ensemble import (
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    IsolationForest,
)
from sklearn.metrics import r2_score, roc_auc_score
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

folder = Path(sys.argv[1])
work = json.loads((folder / "work.json").read_text())
columns = work["columns"]
tree = dict(max_depth=8, min_samples_leaf=10)
extra = dict(min_samples_leaf=3)
boosting = dict(early_stopping=False, categorical_features=work["categories"])

models = {
    "tree, numbers": lambda seed: DecisionTreeRegressor(**tree, random_state=seed),
    "tree, classes": lambda seed: DecisionTreeClassifier(**tree, random_state=seed),
    "extra_trees, numbers": lambda seed: ExtraTreesRegressor(**extra, random_state=seed),
    "extra_trees, classes": lambda seed: ExtraTreesClassifier(**extra, random_state=seed),
    "boosting with categories, numbers": lambda seed: HistGradientBoostingRegressor(**boosting),
    "boosting with categories, classes": lambda seed: HistGradientBoostingClassifier(**boosting),
    "isolation_forest": lambda seed: IsolationForest(n_estimators=200, random_state=seed),
}
# The reference evaluator goes through rows and trees in Python.
EVALUATED_ROWS = 3


def matrix(name):
    return np.fromfile(folder / f"{name}.f32", np.float32).reshape(-1, columns)


def answers_of(model, task, x):
    if task == "anomaly":
        return -model.score_samples(x)
    return model.predict_proba(x) if task == "classes" else model.predict(x)


def score(task, actual, answers):
    if task == "numbers":
        return r2_score(actual, answers)
    return roc_auc_score(actual, answers, multi_class="ovr")


def check(case):
    name, task, path = case["name"], case["task"], folder / f"{case['id']}.onnx"
    target = np.fromfile(folder / f"{case['id']}-target.f64")
    actual = np.fromfile(folder / f"{case['id']}-actual.f64")
    train, test = matrix(f"{case['id']}-train"), matrix(f"{case['id']}-test")
    ours = np.fromfile(folder / f"{case['id']}-answers.f32", np.float32)
    ours = ours.reshape(len(test), -1) if task == "classes" else ours
    model = models[name](case["seed"])
    model.fit(train) if task == "anomaly" else model.fit(train, target)
    onnx.checker.check_model(str(path), full_check=True)
    (runtime,) = onnxruntime.InferenceSession(path).run(None, {"features": test})
    (evaluated,) = ReferenceEvaluator(str(path)).run(None, {"features": test[:EVALUATED_ROWS]})
    return {
        "name": name,
        "ours": float(score(task, actual, ours)),
        "theirs": float(score(task, actual, answers_of(model, task, test))),
        "runtimeApart": float(np.abs(runtime - ours).max()),
        "evaluatorApart": float(np.abs(evaluated - ours[:EVALUATED_ROWS]).max()),
    }


print(json.dumps([check(case) for case in work["cases"]]))
