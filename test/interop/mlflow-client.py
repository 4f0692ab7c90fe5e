"""Asks a scoring server as MLflow's own client and its documentation do; prints what came of it as JSON.

Usage: mlflow-client.py URL_OF_TABLES URL_OF_TENSORS
"""

import json
import math
import sys
from urllib.parse import urlparse

import numpy as np
import pandas as pd
import requests
from mlflow.pyfunc.scoring_server.client import ScoringServerClient

tables, tensors = sys.argv[1:]


def client(url):
    address = urlparse(url)
    return ScoringServerClient(address.hostname, address.port)


def records(answer):
    return answer.get_predictions().to_dict(orient="records")


def post(body, content_type, url=tables):
    answer = requests.post(f"{url}/invocations", data=body, headers={"Content-Type": content_type})
    return answer.status_code, answer.headers["Content-Type"], answer.text


def complaint(call):
    try:
        call()
    except Exception as error:  # The client has no class of its own for refusals.
        return str(error)
    return None


frame = pd.DataFrame({
    "smoker": [True, False],
    "weight": [96.0, math.nan],
    "sex": ["F", None],
    "age": [61, 44],
})
matrix = np.arange(6, dtype=np.float32).reshape(2, 3) / 4
server = client(tables)
server.ping()

print(json.dumps({
    "version": server.get_version(),
    "labels": records(server.invoke(frame)),
    "probabilities": records(server.invoke(frame, params={"output": "probabilities"})),
    "array": records(client(tensors).invoke(matrix)),
    "refusal": complaint(lambda: server.invoke(frame.drop(columns="age"))),
    "csv": post(frame.to_csv(index=False), "text/csv"),
    "split": post(json.dumps({"dataframe_split": json.loads(frame.to_json(orient="split"))}), "application/json"),
    "records": post(json.dumps({"dataframe_records": frame.to_dict(orient="records")}), "application/json"),
    "instances": post(json.dumps({"instances": matrix.tolist()}), "application/json; charset=utf-8", tensors),
    "old_format": post(frame.to_json(orient="split"), "application/json; format=pandas-split"),
}))
