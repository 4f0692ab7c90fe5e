"""Writes test/train/series/fixtures/network-curves.json: the loss of forecasting networks over 100 steps, by PyTorch in float64.

    python test/oracle/forecast-curves.py          (needs torch and numpy; made with torch 2.15.0)

Data and first weights follow from formulas that the test knows too, so that only the curves are kept. Parameters are laid
out as the project lays them out: weights of dense layers are [inputs, outputs], gates of cells in the order of ONNX.
"""
import json
import pathlib

import numpy as np
import torch
import torch.nn.functional as F

TARGET = pathlib.Path(__file__).parent.parent / "train" / "series" / "fixtures" / "network-curves.json"
ROWS, STEPS, CONTEXT, HORIZON, PLACES, HIDDEN, UNITS, WIDTH, PATCH = 24, 100, 12, 5, 2, 8, 6, 8, 3
LEVELS = [0.1, 0.5, 0.8, 0.9]
torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)


def pattern(count, seed):
    """Numbers from -1 to 1 without an order that one can see."""
    return ((np.arange(count) * 7919 + seed * 613) % 10007) / 10007 * 2 - 1


def single(values):
    return torch.tensor(np.asarray(values, dtype=np.float32).astype(np.float64))


def start(shapes):
    def numbers(name, shape):
        values = pattern(int(np.prod(shape)), sum(map(ord, name))).reshape(shape)
        if name.endswith("scale"):
            return 1 + 0.1 * values
        return values * (0.1 if len(shape) == 1 else np.sqrt(3 / shape[0]))
    return {name: single(numbers(name, shape)).requires_grad_() for name, shape in shapes.items()}


def torch_cells(cell, w, prefix, inputs):
    """PyTorch's own layer with the project's weights, the gates in PyTorch's order: i f g o, and r z n."""
    kind = {"lstm": torch.nn.LSTM, "gru": torch.nn.GRU, "rnn": torch.nn.RNN}[cell]
    order = {"lstm": [0, 2, 3, 1], "gru": [1, 0, 2], "rnn": [0]}[cell]
    layer = kind(inputs.shape[2], UNITS, batch_first=True)

    def reordered(name):
        value = w[f"{prefix}.{name}"]
        return torch.cat([value.T.split(UNITS)[gate] for gate in order]) if value.ndim == 2 else \
            torch.cat([value.split(UNITS)[gate] for gate in order])
    names = {"weight_ih_l0": "weight", "weight_hh_l0": "recurrent", "bias_ih_l0": "bias"}
    parameters = {key: reordered(name) for key, name in names.items()}
    parameters["bias_hh_l0"] = reordered("recurrentBias") if cell == "gru" else torch.zeros_like(parameters["bias_ih_l0"])
    return torch.func.functional_call(layer, parameters, (inputs,))[0]


def recurrent(cell):
    def read(w, window):
        states = torch_cells(cell, w, f"reader.{cell}1", window[:, :, None])
        return torch_cells(cell, w, f"reader.{cell}2", states)[:, -1]
    return read


def norm(w, name, x):
    return F.layer_norm(x, x.shape[-1:], w[f"{name}.scale"], w[f"{name}.bias"])


def dense(w, name, x):
    return x @ w[f"{name}.weight"] + w[f"{name}.bias"]


def attention(w, window):
    heads, length, block = 2, CONTEXT // PATCH, "reader.body.sequence1"
    x = dense(w, "reader.embed", window.reshape(-1, length, PATCH)) + w["reader.position"]
    name = f"{block}.residual1.body"
    parts = dense(w, f"{name}.attention2", norm(w, f"{name}.layernormalization1", x)).chunk(3, 2)
    q, k, v = (part.reshape(-1, length, heads, WIDTH // heads).transpose(1, 2) for part in parts)
    joined = F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(-1, length, WIDTH)
    x = x + joined @ w[f"{name}.attention2.outputWeight"] + w[f"{name}.attention2.outputBias"]
    name = f"{block}.residual2.body"
    inner = F.gelu(dense(w, f"{name}.dense2", norm(w, f"{name}.layernormalization1", x)))
    x = x + dense(w, f"{name}.dense4", inner)
    return norm(w, "reader.body.layernormalization2", x).flatten(1)


def forecast(w, read, window, ahead):
    state = dense(w, "state", read(w, window))[:, None, :] + w["step"] + ahead @ w["ahead.weight"]
    below, median, first, second = dense(w, "answer", torch.relu(state)).unbind(2)
    median = median + window @ w["linear.weight"]
    steps = [F.softplus(step) for step in (below, first, second)]
    return torch.stack([median - steps[0], median, median + steps[1], median + steps[1] + steps[2]], 2)


def cells(cell):
    gates = {"lstm": 4, "gru": 3, "rnn": 1}[cell] * UNITS
    def layer(at, inputs):
        name = f"reader.{cell}{at}"
        return {f"{name}.weight": (inputs, gates), f"{name}.recurrent": (UNITS, gates), f"{name}.bias": (gates,),
                **({f"{name}.recurrentBias": (gates,)} if cell == "gru" else {})}
    return {**layer(1, 1), **layer(2, UNITS)}


def linear(name, inputs, outputs):
    return {f"{name}.weight": (inputs, outputs), f"{name}.bias": (outputs,)}


def normal(name):
    return {f"{name}.scale": (WIDTH,), f"{name}.bias": (WIDTH,)}


ONE, TWO = "reader.body.sequence1.residual1.body", "reader.body.sequence1.residual2.body"
BLOCK = {
    "reader.position": (CONTEXT // PATCH, WIDTH), **linear("reader.embed", PATCH, WIDTH),
    **normal(f"{ONE}.layernormalization1"), **linear(f"{ONE}.attention2", WIDTH, 3 * WIDTH),
    f"{ONE}.attention2.outputWeight": (WIDTH, WIDTH), f"{ONE}.attention2.outputBias": (WIDTH,),
    **normal(f"{TWO}.layernormalization1"), **linear(f"{TWO}.dense2", WIDTH, 2 * WIDTH),
    **linear(f"{TWO}.dense4", 2 * WIDTH, WIDTH), **normal("reader.body.layernormalization2")}


def head(size):
    return {**linear("state", size, HIDDEN), "ahead.weight": (PLACES, HIDDEN), "step": (HORIZON, HIDDEN),
            **linear("answer", HIDDEN, len(LEVELS)), "linear.weight": (CONTEXT, HORIZON)}


CASES = [
    *((f"two layers of {cell.upper()} cells", "recurrent", {"cell": cell, "units": [UNITS, UNITS], "hidden": HIDDEN},
       {**cells(cell), **head(UNITS)}, recurrent(cell)) for cell in ("lstm", "gru", "rnn")),
    ("attention", "attention", {"patch": PATCH, "width": WIDTH, "heads": 2, "hidden": HIDDEN},
     {**BLOCK, **head(CONTEXT // PATCH * WIDTH)}, attention),
]


def curve(shapes, read):
    weights = start(shapes)
    window, ahead = single(pattern(ROWS * CONTEXT, 1).reshape(ROWS, CONTEXT)), single(
        pattern(ROWS * HORIZON * PLACES, 2).reshape(ROWS, HORIZON, PLACES))
    target = single(pattern(ROWS * HORIZON, 3).reshape(ROWS, HORIZON))
    optimizer, losses = torch.optim.Adam(list(weights.values()), lr=0.004), []
    for _ in range(STEPS):
        optimizer.zero_grad()
        errors = target[:, :, None] - forecast(weights, read, window, ahead)
        levels = torch.tensor(LEVELS)
        loss = torch.maximum(levels * errors, (levels - 1) * errors).mean()
        loss.backward()
        optimizer.step()
        losses.append(float(f"{loss.item():.8g}"))
    return losses


TARGET.write_text(json.dumps([
    {"title": title, "learner": learner, "parameters": parameters, "levels": LEVELS,
     "shapes": {name: list(shape) for name, shape in shapes.items()}, "losses": curve(shapes, read)}
    for title, learner, parameters, shapes, read in CASES]) + "\n")
