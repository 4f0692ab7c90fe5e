"""Answers rows of a CSV file with a published model, by Python's csv module and onnxruntime alone.

Standard input: the ONNX file. Arguments: the CSV file, and the model's schema as JSON. The file passes onnx's full
check. Beside rows of the file there are rows made from them: one value missing, every value missing, texts and dates
never seen, numbers far out. Prints the rows as a client would send them, and the answers, as JSON.
"""

import csv
import json
import sys
from datetime import datetime

import numpy as np
import onnx
import onnxruntime

ROWS = 200
FAR_NUMBERS = [0.0, -1e9, 1e30, -3e38, 1e-40]
NEW_TEXTS = ["東京 🚲", "null", " ", "N" * 5000]
FAR_DATES = ["0001-01-01", "2000-02-29T23:59:59", "9999-12-31"]

content = sys.stdin.buffer.read()
onnx.checker.check_model(onnx.load_from_string(content), full_check=True)
path, features = sys.argv[1], json.loads(sys.argv[2])["features"]


def client_value(feature, text):
    """A cell as JSON: numbers as numbers, what is missing as null."""
    if feature["type"] != "numeric":
        return None if text == "" else text
    try:
        return float(text)
    except ValueError:
        return None


def model_value(feature, value):
    """A JSON value as the model takes it."""
    if feature["type"] == "numeric":
        return np.nan if value is None else value
    if value is None or feature["type"] != "datetime":
        return value or ""
    try:
        return datetime.fromisoformat(value).isoformat()
    except ValueError:
        return datetime.strptime(value, feature["format"]).isoformat()


def variants(instance, others):
    """The row with one value changed, for every column and kind of change, and without any value."""
    odd = {"numeric": FAR_NUMBERS, "datetime": FAR_DATES, "category": NEW_TEXTS, "boolean": NEW_TEXTS}
    for feature in features:
        for value in [None, *odd[feature["type"]], *(other[feature["name"]] for other in others)]:
            yield instance | {feature["name"]: value}
    yield dict.fromkeys(instance)


with open(path, newline="", encoding="utf-8") as file:
    records = list(csv.DictReader(file))
sample = records[:: max(1, len(records) // ROWS)]
instances = [{f["name"]: client_value(f, record[f["name"]]) for f in features} for record in sample]
instances += [row for at in (0, -1) for row in variants(instances[at], instances[3:5])]

columns = {"numeric": [], "text": []}
for feature in sorted(features, key=lambda feature: feature["index"]):
    columns[feature["input"]].append([model_value(feature, row[feature["name"]]) for row in instances])
feeds = {
    name: np.array(values, np.float32 if name == "numeric" else object).T
    for name, values in columns.items()
    if values
}
session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
names = [output.name for output in session.get_outputs()]
answers = dict(zip(names, session.run(names, feeds)))
report = {name: [str(v) for v in values] if name == "label" else values.tolist() for name, values in answers.items()}
print(json.dumps({"instances": instances, "answers": report}))
