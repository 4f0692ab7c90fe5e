"""Prints what scikit-learn and PyTorch reach on the data of the examples; kept in references.json.

    pip install scikit-learn==1.9.1 pandas==3.1.1 numpy==2.4.6 torch==2.15.0
    python examples/references.py .onramp/examples/digits > examples/references.json

Tables are tested in five folds, each row by a model that has not seen it; the digits, which lie in
the folder that the example "digits" has made, on a fifth of them; the temperature on its last tenth.
"""
import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import sklearn
import torch
from sklearn.compose import make_column_transformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import accuracy_score, f1_score, r2_score, recall_score, roc_auc_score, root_mean_squared_error
from sklearn.model_selection import KFold, StratifiedKFold, cross_val_predict, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from torch import nn

DATA = Path(__file__).parent / "data"
SCIKIT_LEARN = f"scikit-learn {sklearn.__version__}"
PYTORCH = f"PyTorch {torch.__version__.split('+')[0]}"


def logistic_regression():
    table = pd.read_csv(DATA / "birdstrikes.csv", keep_default_na=False, na_values=[""])
    target = table.pop("Effect Amount of damage") != "None"
    table = table.drop(columns=["Cost Other", "Cost Repair", "Cost Total $", "Flight Date"])
    numbers = table.select_dtypes("number").columns
    words = table.columns.difference(numbers)
    model = make_pipeline(
        make_column_transformer(
            (make_pipeline(SimpleImputer(strategy="median"), StandardScaler()), numbers),
            (OneHotEncoder(handle_unknown="ignore"), words),
        ),
        LogisticRegression(class_weight="balanced", max_iter=5000),
    )
    folds = StratifiedKFold(5, shuffle=True, random_state=0)
    damage = cross_val_predict(model, table.fillna(dict.fromkeys(words, "")), target, cv=folds)
    return {
        "by": f"{SCIKIT_LEARN}, LogisticRegression",
        "accuracy": accuracy_score(target, damage),
        "recall": recall_score(target, damage),
        "f1": f1_score(target, damage),
    }


def linear_regression():
    table = pd.read_csv(DATA / "weather.csv").drop(columns="date")
    target = table.pop("temp_max")
    words = ["location", "weather"]
    model = make_pipeline(
        make_column_transformer((OneHotEncoder(), words), remainder=StandardScaler()), LinearRegression()
    )
    values = cross_val_predict(model, table, target, cv=KFold(5, shuffle=True, random_state=0))
    return {
        "by": f"{SCIKIT_LEARN}, LinearRegression",
        "r2": r2_score(target, values),
        "rmse": root_mean_squared_error(target, values),
    }


def cancer():
    table = pd.read_csv(DATA / "breast_cancer.csv")
    target = (table.pop("diagnosis") == "malignant").to_numpy()
    return table.to_numpy(np.float32), target


def forest():
    columns, target = cancer()
    model = RandomForestClassifier(n_estimators=100, max_depth=5, random_state=0)
    folds = StratifiedKFold(5, shuffle=True, random_state=0)
    scores = cross_val_predict(model, columns, target, cv=folds, method="predict_proba")[:, 1]
    return {
        "by": f"{SCIKIT_LEARN}, RandomForestClassifier",
        "accuracy": accuracy_score(target, scores > 0.5),
        "auc": roc_auc_score(target, scores),
    }


def train(model, inputs, target, loss, optimizer, *, epochs, batch):
    model.train()
    for _ in range(epochs):
        order = torch.randperm(len(inputs))
        for rows in order.split(batch):
            optimizer.zero_grad()
            loss(model(inputs[rows]), target[rows]).backward()
            optimizer.step()
    model.eval()


def dense_network():
    """A tenth of the training rows stops the training when they do not get better for ten epochs."""
    columns, target = cancer()
    scores = np.zeros(len(target))
    for learn, test in StratifiedKFold(5, shuffle=True, random_state=0).split(columns, target):
        scaler = StandardScaler().fit(columns[learn])
        inputs = torch.tensor(scaler.transform(columns), dtype=torch.float32)
        truth = torch.tensor(target, dtype=torch.float32)[:, None]
        learn, watch = train_test_split(learn, test_size=0.1, stratify=target[learn], random_state=0)
        torch.manual_seed(0)
        model = nn.Sequential(nn.Linear(30, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 1))
        optimizer = torch.optim.Adam(model.parameters())
        loss = nn.BCEWithLogitsLoss()
        best, since = float("inf"), 0
        while since <= 10:
            train(model, inputs[learn], truth[learn], loss, optimizer, epochs=1, batch=64)
            with torch.no_grad():
                watched = loss(model(inputs[watch]), truth[watch]).item()
                if watched < best:
                    best, since = watched, 0
                    scores[test] = torch.sigmoid(model(inputs[test]))[:, 0].numpy()
                else:
                    since += 1
    return {
        "by": f"{PYTORCH}, Linear layers of 64, 64 and 1",
        "accuracy": accuracy_score(target, scores > 0.5),
        "auc": roc_auc_score(target, scores),
    }


def lenet(folder):
    """LeNet-5 on four fifths of the digits, which are drawn at random; the others are the test."""
    images = np.fromfile(folder / "digits-images-idx3-ubyte", np.uint8)[16:].reshape(-1, 1, 28, 28)
    labels = np.fromfile(folder / "digits-labels-idx1-ubyte", np.uint8)[8:]
    parts = train_test_split(images / np.float32(255), labels, test_size=0.2, stratify=labels, random_state=0)
    learn, test, learn_labels, test_labels = [torch.tensor(part) for part in parts]
    torch.manual_seed(0)
    model = nn.Sequential(
        *(nn.Conv2d(1, 6, 5, padding=2), nn.Tanh(), nn.AvgPool2d(2)),
        *(nn.Conv2d(6, 16, 5), nn.Tanh(), nn.AvgPool2d(2), nn.Flatten()),
        *(nn.Linear(400, 120), nn.Tanh(), nn.Linear(120, 84), nn.Tanh(), nn.Linear(84, 10)),
    )
    optimizer = torch.optim.SGD(model.parameters(), lr=0.02, momentum=0.9)
    train(model, learn, learn_labels.long(), nn.CrossEntropyLoss(), optimizer, epochs=20, batch=32)
    with torch.no_grad():
        accuracy = accuracy_score(test_labels, model(test).argmax(1))
    return {"by": f"{PYTORCH}, the same layers and steps", "accuracy": accuracy}


def hourly_temperature(steps=24, order=48):
    """An autoregression of order 48 by least squares, forecasting 24 hours from every hour of the last tenth."""
    table = pd.read_csv(DATA / "new-york-temperature.csv", parse_dates=["time"])
    series = table.pivot(index="time", columns="airport", values="temperature").resample("1h").mean().interpolate()
    values = series.to_numpy().T
    length = values.shape[1]
    test = length - length // 10
    windows = np.lib.stride_tricks.sliding_window_view(values[:, :test], order + 1, axis=1).reshape(-1, order + 1)
    design = np.column_stack([np.ones(len(windows)), windows[:, :-1]])
    weights = np.linalg.lstsq(design, windows[:, -1], rcond=None)[0]
    errors, naive = [], []
    for origin in range(test, length - steps + 1):
        known = values[:, origin - order : origin]
        for step in range(steps):
            following = weights[0] + known[:, -order:] @ weights[1:]
            known = np.column_stack([known, following])
        truth = values[:, origin : origin + steps]
        errors.append(np.abs(known[:, order:] - truth).mean())
        naive.append(np.abs(values[:, origin - steps : origin] - truth).mean())
    return {
        "by": f"NumPy {np.__version__}, least squares of order 48",
        "mae": np.mean(errors),
        "mae of the season before": np.mean(naive),
    }


def rounded(figures):
    return {name: value if name == "by" else round(float(value), 4) for name, value in figures.items()}


if __name__ == "__main__":
    torch.set_num_threads(1)
    references = {
        "logistic-regression": logistic_regression(),
        "linear-regression": linear_regression(),
        "forest": forest(),
        "dense-network": dense_network(),
        "lenet": lenet(Path(sys.argv[1])),
        "hourly-temperature": hourly_temperature(),
    }
    print(json.dumps({name: rounded(figures) for name, figures in references.items()}, indent=2))
