"""The network that bench/coldstart.ts asks: fitted here, and asked here as a Python function would ask it.

Usage: coldstart_model.py fit CSV FOLDER | coldstart_model.py ask FOLDER
"""

import json
import sys
from pathlib import Path


def fit(csv: Path, folder: Path) -> None:
    """Writes the fitted pipeline as model.joblib, and its numbers and a row with its answer as model.json."""
    import joblib
    import pandas
    from sklearn.neural_network import MLPClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    table = pandas.read_csv(csv)
    columns = table.drop(columns="diagnosis")
    network = MLPClassifier(hidden_layer_sizes=(200, 200), max_iter=30, random_state=0)
    pipeline = make_pipeline(StandardScaler(), network).fit(columns.to_numpy(), table["diagnosis"])
    joblib.dump(pipeline, folder / "model.joblib")
    scaler = pipeline[0]
    row = columns.iloc[0].tolist()
    numbers = {
        "columns": list(columns.columns),
        "classes": network.classes_.tolist(),
        "mean": scaler.mean_.tolist(),
        "scale": scaler.scale_.tolist(),
        "weights": [layer.ravel().tolist() for layer in network.coefs_],
        "shapes": [layer.shape for layer in network.coefs_],
        "biases": [layer.tolist() for layer in network.intercepts_],
        "row": row,
        "answer": pipeline.predict_proba([row])[0].tolist(),
    }
    (folder / "model.json").write_text(json.dumps(numbers))


def ask(folder: Path) -> None:
    """From nothing to a prediction. The file lies on this machine: reading it from S3 would take boto3 longer."""
    import time

    import joblib

    model = joblib.load(folder / "model.joblib")
    event = json.loads((folder / "event.json").read_text())
    row = list(json.loads(event["body"])["instances"][0].values())
    probabilities = dict(zip(model.classes_.tolist(), model.predict_proba([row])[0].tolist()))
    print(json.dumps({"cpuMs": time.process_time() * 1000, "probabilities": probabilities}), flush=True)


if __name__ == "__main__":
    if sys.argv[1] == "fit":
        fit(Path(sys.argv[2]), Path(sys.argv[3]))
    else:
        ask(Path(sys.argv[2]))
