"""Fits classifiers, runs a snippet that exports each, and prints what scikit-learn itself predicts.

usage: skl2onnx-models.py SNIPPET FOLDER
The snippet reads `model` and `X` and writes `model.onnx`; FOLDER gets one file a model.
"""

import json
import os
import sys

import numpy as np
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

snippet, folder = sys.argv[1:]
os.chdir(folder)
X = np.random.default_rng(7).normal(size=(200, 3)).astype("float32")
y = np.where(X[:, 0] + X[:, 1] ** 2 > 0.5, "yes", "no")
models = {
    "logistic-regression": LogisticRegression(),
    "random-forest": RandomForestClassifier(20, random_state=7),
    "scaled": make_pipeline(StandardScaler(), LogisticRegression()),
    "network": MLPClassifier(random_state=7, max_iter=50),
}
found = {}
for name, model in models.items():
    model.fit(X, y)
    exec(snippet, {"model": model, "X": X})
    os.rename("model.onnx", f"{name}.onnx")
    rows = X[:20]
    found[name] = {
        "rows": rows.tolist(),
        "label": model.predict(rows).tolist(),
        "probabilities": model.predict_proba(rows).tolist(),
    }
print(json.dumps(found))
