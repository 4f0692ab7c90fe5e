"""Writes test/autodiff/fixtures/training/*.json: losses, and trainings of a small network, by PyTorch in float64.

    python test/oracle/training-fixtures.py          (needs torch and numpy, and Node for the order of the rows; made with
                                                      torch 2.15.0)
"""
import json
import math
import pathlib
import subprocess

import numpy as np
import torch
import torch.nn.functional as F

ROOT = pathlib.Path(__file__).parent.parent.parent
TARGET = ROOT / "test" / "autodiff" / "fixtures" / "training"
random = np.random.default_rng(11)
torch.set_default_dtype(torch.float64)


def rounded(tensor):
    """Numbers as float32 holds them, so that both sides begin with the same ones."""
    return torch.tensor(np.asarray(tensor, dtype=np.float32).astype(np.float64))


def plain(tensor):
    return [float(f"{value:.10g}") for value in tensor.detach().reshape(-1).tolist()]


# Losses: the loss of each row, and how the sum of rows times weights changes with the answer.

def hinge(answer, target, square):
    classes = answer.shape[1]
    signs = 2 * F.one_hot(target, classes) - 1 if classes > 1 else (2 * target - 1).reshape(-1, 1)
    gap = torch.clamp(1 - signs * answer, min=0)
    return (gap ** 2 if square else gap).sum(1)


def pinball(answer, target, quantiles):
    error = target.unsqueeze(2) - answer.reshape(target.shape[0], target.shape[1], -1)
    shares = torch.tensor(quantiles)
    return torch.maximum(shares * error, (shares - 1) * error).mean((1, 2))


def loss_cases():
    rows = 6
    values, wide = random.normal(size=(rows, 1)) * 2, random.normal(size=(rows, 3)) * 2
    numbers, wide_numbers = random.normal(size=(rows, 1)), random.normal(size=(rows, 3))
    numbers[0] = values[0]
    counts = random.poisson(2, size=(rows, 1)).astype(float)
    truths = random.integers(0, 2, size=(rows, 1)).astype(float)
    odds = np.array([[0.3], [-2.0], [40.0], [-40.0], [120.0], [-120.0]])
    classes = random.integers(0, 3, size=rows)
    logits = wide.copy()
    logits[0] = [90.0, -90.0, 0.0]
    labels = random.integers(0, 2, size=rows)
    quantiles = [0.1, 0.5, 0.9]
    many = random.normal(size=(rows, 6))
    many[0, 0] = wide_numbers[0, 0]
    spread = wide_numbers[:, :2]

    def bce(smoothing):
        def compute(answer, target):
            soft = target * (1 - smoothing) + smoothing / 2
            return F.binary_cross_entropy_with_logits(answer, soft, reduction="none").mean(1)
        return compute

    def entropy(smoothing):
        return lambda answer, target: F.cross_entropy(
            answer, target, reduction="none", label_smoothing=smoothing)

    def elementwise(function):
        return lambda answer, target: function(answer, target).mean(1)

    def poisson(answer, target):
        return F.poisson_nll_loss(answer, target, log_input=True, full=False, reduction="none").mean(1)

    yield {"kind": "squared"}, values, numbers, elementwise(lambda a, t: F.mse_loss(a, t, reduction="none"))
    yield {"kind": "squared"}, wide, wide_numbers, elementwise(lambda a, t: F.mse_loss(a, t, reduction="none"))
    yield {"kind": "absolute"}, values, numbers, elementwise(lambda a, t: F.l1_loss(a, t, reduction="none"))
    yield {"kind": "huber"}, values, numbers, elementwise(lambda a, t: F.huber_loss(a, t, reduction="none"))
    yield {"kind": "huber", "delta": 0.5}, wide, wide_numbers, elementwise(
        lambda a, t: F.huber_loss(a, t, reduction="none", delta=0.5))
    yield {"kind": "quantile", "quantiles": [0.2]}, values, numbers, lambda a, t: pinball(a, t, [0.2])
    yield {"kind": "quantile", "quantiles": quantiles}, many, spread, lambda a, t: pinball(a, t, quantiles)
    yield {"kind": "poisson"}, values, counts, poisson
    yield {"kind": "binary-cross-entropy"}, odds, truths, bce(0)
    yield {"kind": "binary-cross-entropy", "smoothing": 0.1}, odds, truths, bce(0.1)
    yield {"kind": "binary-cross-entropy"}, wide, (wide_numbers > 0).astype(float), bce(0)
    yield {"kind": "cross-entropy"}, logits, classes, entropy(0)
    yield {"kind": "cross-entropy", "smoothing": 0.2}, logits, classes, entropy(0.2)
    yield {"kind": "hinge"}, values, labels, lambda a, t: hinge(a, t, False)
    yield {"kind": "hinge"}, wide, classes, lambda a, t: hinge(a, t, False)
    yield {"kind": "squared-hinge"}, values, labels, lambda a, t: hinge(a, t, True)
    yield {"kind": "squared-hinge"}, wide, classes, lambda a, t: hinge(a, t, True)


def losses():
    for loss, answer, target, compute in loss_cases():
        shares = rounded(random.uniform(0.2, 2, size=len(answer)))
        answer = rounded(answer).requires_grad_()
        is_class = np.issubdtype(np.asarray(target).dtype, np.integer)
        target = torch.tensor(target) if is_class else rounded(target)
        rows = compute(answer, target)
        (rows * shares).sum().backward()
        yield {
            "loss": loss,
            "answer": {"dims": list(answer.shape), "values": plain(answer)},
            "target": {"dims": list(target.shape), "values": plain(target.double()), "classes": bool(is_class)},
            "shares": plain(shares),
            "rows": plain(rows),
            "slope": plain(answer.grad),
        }


# Trainings: 102 steps of a network with 4 inputs, 6 hidden units and 3 classes on 40 rows in batches of 16, 16 and 8.

ROWS, BATCH, EPOCHS, SEED = 40, 16, 34, 5
STEPS = EPOCHS * math.ceil(ROWS / BATCH)


def row_orders():
    code = (
        "import { dealBatches } from './lib/autodiff/training/batches.ts';"
        f"const batches = dealBatches({{ rows: {ROWS}, batch: {BATCH}, seed: {SEED} }});"
        f"const orders = Array.from({{ length: {EPOCHS} }}, (_, epoch) =>"
        f" [...batches.rowNumbers({{ epoch, from: 0, to: batches.stepsPerEpoch }}).slice(0, {ROWS})]);"
        "console.log(JSON.stringify(orders));"
    )
    command = ["node", "--input-type=module-typescript", "-e", code]
    return json.loads(subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout)


INPUTS = rounded(random.normal(size=(ROWS, 4)))
TARGETS = torch.tensor(random.integers(0, 3, size=ROWS))
WEIGHTS = rounded(random.uniform(0.2, 3, size=ROWS))
START = {
    "w0": rounded(random.normal(size=(4, 6)) * 0.5),
    "b0": rounded(random.normal(size=6) * 0.1),
    "w1": rounded(random.normal(size=(6, 3)) * 0.5),
    "b1": rounded(random.normal(size=3) * 0.1),
}


def trainings():
    sgd, adam, adamw, rmsprop = (getattr(torch.optim, name) for name in ("SGD", "Adam", "AdamW", "RMSprop"))
    cosine = {"kind": "cosine", "floor": 0.1}
    rate = lambda share: lambda optimizer: ("step", torch.optim.lr_scheduler.LambdaLR(optimizer, share))
    yield "gradient descent", sgd, {"kind": "sgd"}, {"lr": 0.3}, {}
    yield "momentum", sgd, {"kind": "sgd", "momentum": 0.9}, {"lr": 0.05, "momentum": 0.9}, {}
    yield "Nesterov", sgd, {"kind": "sgd", "momentum": 0.9, "nesterov": True}, {
        "lr": 0.05, "momentum": 0.9, "nesterov": True}, {}
    yield "momentum with weight decay", sgd, {"kind": "sgd", "momentum": 0.8, "weightDecay": 0.05}, {
        "lr": 0.1, "momentum": 0.8, "weight_decay": 0.05}, {}
    yield "Adam", adam, {"kind": "adam"}, {"lr": 0.02}, {}
    yield "Adam with other settings", adam, {
        "kind": "adam", "beta1": 0.8, "beta2": 0.95, "epsilon": 1e-4, "weightDecay": 0.1}, {
        "lr": 0.02, "betas": (0.8, 0.95), "eps": 1e-4, "weight_decay": 0.1}, {}
    yield "AdamW", adamw, {"kind": "adamw", "weightDecay": 0.3}, {"lr": 0.02, "weight_decay": 0.3}, {}
    yield "RMSprop", rmsprop, {"kind": "rmsprop"}, {"lr": 0.01}, {}
    yield "RMSprop with momentum", rmsprop, {
        "kind": "rmsprop", "alpha": 0.9, "momentum": 0.5, "weightDecay": 0.01}, {
        "lr": 0.01, "alpha": 0.9, "momentum": 0.5, "weight_decay": 0.01}, {}
    yield "clipping by norm", sgd, {"kind": "sgd"}, {"lr": 0.3}, {"clip": {"by": "norm", "norm": 0.2}}
    yield "clipping by value", sgd, {"kind": "sgd"}, {"lr": 0.3}, {"clip": {"by": "value", "value": 0.03}}
    yield "an L1 penalty", sgd, {"kind": "sgd"}, {"lr": 0.1}, {"penalty": {"l1": 0.01}}
    yield "an L2 penalty", sgd, {"kind": "sgd"}, {"lr": 0.1}, {"penalty": {"l2": 0.05}}
    yield "an elastic net", adam, {"kind": "adam"}, {"lr": 0.01}, {"penalty": {"l1": 0.01, "l2": 0.05}}
    yield "weights of rows", sgd, {"kind": "sgd"}, {"lr": 0.3}, {"rowWeights": plain(WEIGHTS)}
    yield "label smoothing", adam, {"kind": "adam"}, {"lr": 0.02}, {"smoothing": 0.1}
    yield "full batches", sgd, {"kind": "sgd"}, {"lr": 0.5}, {"batchSize": ROWS}
    yield "a step schedule", sgd, {"kind": "sgd"}, {"lr": 0.3}, {
        "schedule": {"kind": "step", "epochs": 10, "factor": 0.5},
        "torch_schedule": lambda optimizer: ("epoch", torch.optim.lr_scheduler.StepLR(optimizer, 10, 0.5))}
    yield "a cosine schedule", sgd, {"kind": "sgd"}, {"lr": 0.3}, {
        "schedule": cosine, "torch_schedule": lambda optimizer: (
            "step", torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, STEPS, 0.03))}
    yield "a warm-up", adam, {"kind": "adam"}, {"lr": 0.02}, {
        "schedule": {"kind": "constant", "warmUp": 20}, "torch_schedule": rate(lambda step: min(1, (step + 1) / 20))}
    yield "a plateau schedule", sgd, {"kind": "sgd", "momentum": 0.9}, {"lr": 0.4, "momentum": 0.9}, {
        "schedule": {"kind": "plateau", "factor": 0.5, "patience": 2},
        "torch_schedule": lambda optimizer: (
            "loss", torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.5, patience=2))}


def train(orders, optimizer, settings, extra):
    parameters = {name: value.clone().requires_grad_() for name, value in START.items()}
    decayed = {"params": [parameters["w0"], parameters["w1"]]}
    spared = {"params": [parameters["b0"], parameters["b1"]], "weight_decay": 0}
    optimizer = optimizer([decayed, spared], **settings)
    when, schedule = extra["torch_schedule"](optimizer) if "torch_schedule" in extra else (None, None)
    batch = extra.get("batchSize", BATCH)
    shares = torch.tensor(extra.get("rowWeights", [1.0] * ROWS))
    shares = shares / shares.mean()
    penalty, clip = extra.get("penalty", {}), extra.get("clip", {})
    losses = []
    for order in orders:
        total = 0
        for start in range(0, ROWS, batch):
            rows = torch.tensor(order[start:start + batch])
            optimizer.zero_grad()
            hidden = torch.tanh(INPUTS[rows] @ parameters["w0"] + parameters["b0"])
            answer = hidden @ parameters["w1"] + parameters["b1"]
            each = F.cross_entropy(answer, TARGETS[rows], reduction="none", label_smoothing=extra.get("smoothing", 0))
            loss = (each * shares[rows]).mean()
            for weight in decayed["params"]:
                loss = loss + penalty.get("l1", 0) * weight.abs().sum() + penalty.get("l2", 0) / 2 * (weight ** 2).sum()
            loss.backward()
            total += loss.item() * len(rows)
            if clip.get("by") == "norm":
                torch.nn.utils.clip_grad_norm_(list(parameters.values()), clip["norm"])
            if clip.get("by") == "value":
                torch.nn.utils.clip_grad_value_(list(parameters.values()), clip["value"])
            optimizer.step()
            if when == "step":
                schedule.step()
        losses.append(total / ROWS)
        if when == "epoch":
            schedule.step()
        if when == "loss":
            schedule.step(losses[-1])
    return losses, parameters


def write(name, content):
    TARGET.mkdir(parents=True, exist_ok=True)
    (TARGET / f"{name}.json").write_text(json.dumps(content) + "\n")


write("losses", list(losses()))
orders = row_orders()
cases = []
for title, optimizer, spec, settings, extra in trainings():
    curve, parameters = train(orders, optimizer, settings, extra)
    cases.append({
        "title": title,
        "optimizer": spec,
        "learningRate": settings["lr"],
        **{key: value for key, value in extra.items() if key != "torch_schedule"},
        "losses": [float(f"{loss:.10g}") for loss in curve],
        "weights": {name: plain(value) for name, value in parameters.items()},
    })
write("trainings", {
    "rows": ROWS,
    "batchSize": BATCH,
    "epochs": EPOCHS,
    "seed": SEED,
    "inputs": plain(INPUTS),
    "targets": TARGETS.tolist(),
    "start": {name: {"dims": list(value.shape), "values": plain(value)} for name, value in START.items()},
    "cases": cases,
})
