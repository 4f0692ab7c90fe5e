"""Fits scikit-learn's learners on given encoded rows and scores them and given answers by the same metric.

Argument: a folder with `folds.json` and the arrays it names. Prints, as JSON, the coefficients of the linear model of
each fold and the mean scores over the folds: AUC for two classes, accuracy for more, R2 for numbers.
"""

import json
import sys
from pathlib import Path

import numpy as np
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import accuracy_score, r2_score, roc_auc_score

folder = Path(sys.argv[1])
work = json.loads((folder / "folds.json").read_text())
classes, seeds = work["classes"], work["seeds"]


def matrix(name, columns):
    return np.fromfile(folder / f"{name}.f32", np.float32).reshape(-1, columns)


def target(name):
    values = np.fromfile(folder / f"{name}.f64", np.float64)
    return values.astype(int) if classes else values


def score(actual, answers):
    """`answers`: probabilities [N, K], or values [N, 1]."""
    if classes == 2:
        return roc_auc_score(actual, answers[:, 1])
    return accuracy_score(actual, answers.argmax(axis=1)) if classes else r2_score(actual, answers[:, 0])


def answers_of(model, x):
    if not classes:
        return model.predict(x).reshape(-1, 1)
    answers = np.zeros((len(x), classes))
    answers[:, model.classes_] = model.predict_proba(x)
    return answers


def forest(seed):
    make = RandomForestClassifier if classes else RandomForestRegressor
    return make(n_estimators=200, min_samples_leaf=3, random_state=seed, n_jobs=2)


def boosting(seed):
    make = HistGradientBoostingClassifier if classes else HistGradientBoostingRegressor
    return make(early_stopping=False, random_state=seed)


def coefficients(fold):
    x = matrix(f"{fold}-linear-train", work["columns"]["linear"][fold]).astype(np.float64)
    y = target(f"{fold}-train")
    # The optimum itself, not where a loose tolerance stops.
    model = LogisticRegression(solver="newton-cholesky", tol=1e-9) if classes else LinearRegression()
    model.fit(x, y)
    return {"coefficients": model.coef_.ravel().tolist(), "intercepts": np.ravel(model.intercept_).tolist()}


def compare(make, name, folds, seeds):
    ours, theirs = [], []
    for fold in range(folds):
        columns = work["columns"]["tree"][fold]
        x, y = matrix(f"{fold}-tree-train", columns), target(f"{fold}-train")
        test, actual = matrix(f"{fold}-tree-test", columns), target(f"{fold}-test")
        for seed in seeds:
            theirs.append(score(actual, answers_of(make(seed).fit(x, y), test)))
            ours.append(score(actual, matrix(f"{fold}-{name}-{seed}", max(1, classes))))
    return {"ours": np.mean(ours), "theirs": np.mean(theirs)}


report = {
    "linear": [coefficients(fold) for fold in range(work["folds"])],
    "forest": compare(forest, "forest", work["forestFolds"], seeds),
    # Nothing in boosting without held-out rows depends on the seed.
    "boosting": compare(boosting, "boosting", work["folds"], seeds[:1]),
}
print(json.dumps(report))
