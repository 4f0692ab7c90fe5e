"""The services that bench/serve.ts measures Onramp against: scikit-learn behind Flask.

    python flask_service.py fit FOLDER DATA.csv   trains and stores both models
    python flask_service.py run FOLDER PORT       the naive service: Flask's own server, the model read per request
    gunicorn "flask_service:load_once('FOLDER')"  the careful service: models read once by each worker
"""

import csv
import sys

import joblib
import numpy as np
from flask import Flask, jsonify, request
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

MODELS = {
    "linear": lambda: make_pipeline(StandardScaler(), LogisticRegression()),
    "forest": lambda: RandomForestClassifier(n_estimators=100, max_depth=5, random_state=1),
}


def fit(folder, path):
    with open(path, newline="", encoding="utf-8") as file:
        header, *rows = csv.reader(file)
    at = header.index("diagnosis")
    x = np.array([row[:at] + row[at + 1 :] for row in rows], np.float64)
    y = [row[at] for row in rows]
    for name, make in MODELS.items():
        joblib.dump(make().fit(x, y), f"{folder}/{name}.joblib")


def service(model_of):
    app = Flask(__name__)

    @app.post("/<name>")
    def predict(name):
        model = model_of(name)
        probabilities = model.predict_proba(np.array(request.get_json()["instances"]))
        labels = model.classes_[probabilities.argmax(axis=1)]
        return jsonify(labels=labels.tolist(), probabilities=probabilities.tolist())

    return app


def load_once(folder):
    models = {name: joblib.load(f"{folder}/{name}.joblib") for name in MODELS}
    return service(models.__getitem__)


def load_per_request(folder):
    return service(lambda name: joblib.load(f"{folder}/{name}.joblib"))


if __name__ == "__main__":
    command, folder, argument = sys.argv[1:]
    if command == "fit":
        fit(folder, argument)
    else:
        load_per_request(folder).run(port=int(argument))
