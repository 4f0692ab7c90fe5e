"""The careful service of flask_service.py, by FastAPI.

    MODELS=FOLDER uvicorn fastapi_service:app
"""

import os

import joblib
import numpy as np
from fastapi import FastAPI
from pydantic import BaseModel

from flask_service import MODELS

models = {name: joblib.load(f"{os.environ['MODELS']}/{name}.joblib") for name in MODELS}
app = FastAPI()


class Rows(BaseModel):
    instances: list[list[float]]


@app.post("/{name}")
def predict(name: str, rows: Rows):
    model = models[name]
    probabilities = model.predict_proba(np.array(rows.instances))
    labels = model.classes_[probabilities.argmax(axis=1)]
    return {"labels": labels.tolist(), "probabilities": probabilities.tolist()}
