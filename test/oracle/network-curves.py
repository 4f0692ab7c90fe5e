"""Writes test/train/networks/fixtures/curves.json: the loss of networks over 100 steps, by PyTorch in float64.

    python test/oracle/network-curves.py          (needs torch and numpy; made with torch 2.15.0)

Data and first weights follow from formulas that the test knows too, so that only the curves are kept. Parameters are laid
out as the project lays them out: weights of dense layers are [inputs, outputs], gates of cells in the order of ONNX.
"""
import json
import pathlib

import numpy as np
import torch
import torch.nn.functional as F

TARGET = pathlib.Path(__file__).parent.parent / "train" / "networks" / "fixtures" / "curves.json"
ROWS, STEPS, CLASSES, LENGTH, VOCABULARY, WIDTH = 24, 100, 3, 7, 12, 8
torch.set_default_dtype(torch.float64)


def pattern(count, seed):
    """Numbers from -1 to 1 without an order that one can see."""
    return ((np.arange(count) * 7919 + seed * 613) % 10007) / 10007 * 2 - 1


def single(values):
    return torch.tensor(np.asarray(values, dtype=np.float32).astype(np.float64))


def start(shapes):
    def numbers(name, shape):
        values = pattern(int(np.prod(shape)), sum(map(ord, name))).reshape(shape)
        fan = np.prod(shape) / shape[-1] if len(shape) == 2 else np.prod(shape[1:])
        if name.endswith("scale"):
            return 1 + 0.1 * values
        return values * (0.1 if len(shape) == 1 else np.sqrt(3 / fan))
    return {name: single(numbers(name, shape)).requires_grad_() for name, shape in shapes.items()}


def dense(w, name, x):
    return x @ w[f"{name}.weight"] + w[f"{name}.bias"]


def norm(w, name, x):
    return F.layer_norm(x, x.shape[-1:], w[f"{name}.scale"], w[f"{name}.bias"])


def batch_norm(w, name, x):
    return F.batch_norm(x, None, None, w[f"{name}.scale"], w[f"{name}.bias"], training=True)


def mlp(w, x):
    hidden = torch.relu(dense(w, "head.dense1", x))
    return dense(w, "head.dense5", torch.relu(dense(w, "head.dense3", hidden)))


def lenet(w, x):
    x = x.reshape(-1, 1, 12, 12)
    first = F.avg_pool2d(torch.tanh(F.conv2d(
        x, w["pixels1.convolution1.weight"], w["pixels1.convolution1.bias"], padding=2)), 2)
    second = F.avg_pool2d(torch.tanh(F.conv2d(
        first, w["pixels1.convolution4.weight"], w["pixels1.convolution4.bias"])), 2)
    hidden = torch.tanh(dense(w, "head.dense1", second.flatten(1)))
    return dense(w, "head.dense5", torch.tanh(dense(w, "head.dense3", hidden)))


def unpadded(w, x):
    """Pools leave out the end of what they get: 10 of the 13 rows and 14 of the 15 columns matter."""
    x = x.reshape(-1, 1, 13, 15)
    for at in (1, 3):
        name = f"pixels1.convolution{at}"
        x = F.max_pool2d(torch.relu(F.conv2d(x, w[f"{name}.weight"], w[f"{name}.bias"])), 2)
    return dense(w, "head.dense1", x.flatten(1))


def padded(w, x):
    """Kernels with an even size are padded by one more at the end; the pool leaves out the last row and column."""
    x = x.reshape(-1, 9, 11, 3).permute(0, 3, 1, 2)
    x = F.conv2d(F.pad(x, (1, 2, 1, 2)), w["pixels1.convolution1.weight"], w["pixels1.convolution1.bias"])
    return dense(w, "head.dense1", torch.tanh(F.max_pool2d(x, 2)).flatten(1))


def residual(w, x):
    x = x.reshape(-1, 6, 6, 3).permute(0, 3, 1, 2)
    x = torch.relu(batch_norm(w, "pixels1.batchnormalization2", F.conv2d(
        x, w["pixels1.convolution1.weight"], padding=1)))
    body = F.conv2d(F.pad(x, (0, 1, 0, 1)), w["pixels1.residual4.body.convolution1.weight"], stride=2)
    body = torch.relu(batch_norm(w, "pixels1.residual4.body.batchnormalization2", body))
    body = batch_norm(w, "pixels1.residual4.body.batchnormalization5", F.conv2d(
        body, w["pixels1.residual4.body.convolution4.weight"], padding=1))
    around = batch_norm(w, "pixels1.residual4.shortcut.batchnormalization2", F.conv2d(
        x, w["pixels1.residual4.shortcut.convolution1.weight"], stride=2))
    return dense(w, "head.dense1", torch.relu(body + around).mean((2, 3)))


def words(w, x):
    there = (x > 0).double().unsqueeze(2)
    return w["tokens1.embedding.weight"][x.long()] * there, there


def mean_of_words(x, there):
    return (x * there).sum(1) / there.sum(1).clamp(min=1)


def answer(w, x):
    return dense(w, "head.sequence2.dense1", x)


def text_convolution(w, x):
    embedded, there = words(w, x)
    strongest = [
        torch.relu(F.conv1d(embedded.transpose(1, 2), w[f"{name}.weight"], w[f"{name}.bias"], padding="same")
                   .masked_fill(there.transpose(1, 2) == 0, -torch.inf).amax(2))
        for name in ("tokens1.reader.kernel1", "tokens1.reader.kernel2")]
    return answer(w, torch.cat(strongest, 1))


def attention(w, x):
    heads, name = 2, "tokens1.reader.attention"
    embedded, there = words(w, x)
    placed = embedded + w["tokens1.reader.position"]
    normed = norm(w, "tokens1.reader.norm", placed)
    parts = (normed @ w[f"{name}.weight"] + w[f"{name}.bias"]).chunk(3, 2)
    q, k, v = (part.reshape(-1, LENGTH, heads, WIDTH // heads).transpose(1, 2) for part in parts)
    seen = F.scaled_dot_product_attention(q, k, v, attn_mask=(there[:, None, None, :, 0] > 0))
    joined = seen.transpose(1, 2).reshape(-1, LENGTH, WIDTH)
    x = placed + joined @ w[f"{name}.outputWeight"] + w[f"{name}.outputBias"]
    inner = norm(w, "tokens1.reader.feedforward.body.layernormalization1", x)
    inner = F.gelu(dense(w, "tokens1.reader.feedforward.body.dense2", inner))
    x = x + dense(w, "tokens1.reader.feedforward.body.dense4", inner)
    return answer(w, mean_of_words(norm(w, "tokens1.reader.last", x), there))


def lstm(w, x):
    embedded, there = words(w, x)
    hidden = cell = torch.zeros(len(x), WIDTH)
    states = []
    for step in range(LENGTH):
        sums = embedded[:, step] @ w["tokens1.reader.weight"] + w["tokens1.reader.bias"]
        enter, leave, stay, new = (sums + hidden @ w["tokens1.reader.recurrent"]).chunk(4, 1)
        cell = torch.sigmoid(stay) * cell + torch.sigmoid(enter) * torch.tanh(new)
        hidden = torch.sigmoid(leave) * torch.tanh(cell)
        states.append(hidden)
    return answer(w, mean_of_words(torch.stack(states, 1), there))


def torch_lstm(w, x):
    """The same by PyTorch's own layer, whose gates come in the order i f c o."""
    def reordered(weight):
        enter, leave, stay, new = weight.T.chunk(4, 0)
        return torch.cat([enter, stay, new, leave])
    layer = torch.nn.LSTM(WIDTH, WIDTH, batch_first=True)
    embedded, there = words(w, x)
    with torch.no_grad():
        layer.weight_ih_l0.copy_(reordered(w["tokens1.reader.weight"]))
        layer.weight_hh_l0.copy_(reordered(w["tokens1.reader.recurrent"]))
        layer.bias_ih_l0.copy_(reordered(w["tokens1.reader.bias"].unsqueeze(0)).squeeze(1))
        layer.bias_hh_l0.zero_()
    return answer(w, mean_of_words(layer(embedded)[0], there))


def layers(name, *sizes):
    pairs = {f"{name}{2 * at + 1}": pair for at, pair in enumerate(zip(sizes, sizes[1:]))}
    return {key: shape for at, (inputs, outputs) in pairs.items() for key, shape in (
        (f"{at}.weight", (inputs, outputs)), (f"{at}.bias", (outputs,)))}


def normed(name, filters, channels, kernel, at=1):
    return {f"{name}.convolution{at}.weight": (filters, channels, kernel, kernel),
            f"{name}.batchnormalization{at + 1}.scale": (filters,),
            f"{name}.batchnormalization{at + 1}.bias": (filters,)}


def text(reader):
    return {"tokens1.embedding.weight": (VOCABULARY, WIDTH), **reader}


CELL = {"tokens1.reader.weight": (WIDTH, 4 * WIDTH), "tokens1.reader.recurrent": (WIDTH, 4 * WIDTH),
        "tokens1.reader.bias": (4 * WIDTH,)}
BLOCK = {
    "position": (LENGTH, WIDTH), "norm.scale": (WIDTH,), "norm.bias": (WIDTH,),
    "attention.weight": (WIDTH, 3 * WIDTH), "attention.bias": (3 * WIDTH,),
    "attention.outputWeight": (WIDTH, WIDTH), "attention.outputBias": (WIDTH,),
    "feedforward.body.layernormalization1.scale": (WIDTH,), "feedforward.body.layernormalization1.bias": (WIDTH,),
    "feedforward.body.dense2.weight": (WIDTH, 4 * WIDTH), "feedforward.body.dense2.bias": (4 * WIDTH,),
    "feedforward.body.dense4.weight": (4 * WIDTH, WIDTH), "feedforward.body.dense4.bias": (WIDTH,),
    "last.scale": (WIDTH,), "last.bias": (WIDTH,)}
HEAD = {"head.sequence2.dense1.weight": (WIDTH, CLASSES), "head.sequence2.dense1.bias": (CLASSES,)}
KERNELS = {f"tokens1.reader.kernel{at}.{part}": shape for at, size in ((1, 2), (2, 3))
           for part, shape in (("weight", (4, WIDTH, size)), ("bias", (4,)))}

adam = lambda w: torch.optim.Adam(w, lr=0.01)
moving = lambda w: torch.optim.SGD(w, lr=0.02, momentum=0.9)
TRAIN_ADAM = {"optimizer": "adam", "learning_rate": 0.01}
TRAIN_MOVING = {"optimizer": "momentum", "learning_rate": 0.02}
UNPADDED = [{"kind": "convolution", "filters": 4, "padding": "valid"}, {"kind": "max_pool"},
            {"kind": "convolution", "filters": 6, "padding": "valid"}, {"kind": "max_pool"}]
PADDED = [{"kind": "convolution", "filters": 5, "kernel": 4}, {"kind": "max_pool"}]
SMALL_RESIDUAL = [{"kind": "convolution", "filters": 4}, {"kind": "residual", "filters": 6, "stride": 2},
                  {"kind": "global_average_pool"}]

CASES = [
    ("a dense network 64-64-1 with binary cross-entropy", "network", {"hidden": [64, 64], **TRAIN_ADAM},
     {"kind": "numbers", "shape": [5]}, 1, layers("head.dense", 5, 64, 64, 1), mlp, adam),
    ("LeNet with momentum", "convolution", {"preset": "lenet", **TRAIN_MOVING},
     {"kind": "pixels", "shape": [12, 12, 1]}, CLASSES, {
         "pixels1.convolution1.weight": (6, 1, 5, 5), "pixels1.convolution1.bias": (6,),
         "pixels1.convolution4.weight": (16, 6, 5, 5), "pixels1.convolution4.bias": (16,),
         **layers("head.dense", 16, 120, 84, CLASSES)}, lenet, moving),
    ("a network whose windows leave out the end of pictures", "convolution", {
        "layers": UNPADDED, "hidden": [], **TRAIN_ADAM},
     {"kind": "pixels", "shape": [13, 15, 1]}, CLASSES, {
         "pixels1.convolution1.weight": (4, 1, 3, 3), "pixels1.convolution1.bias": (4,),
         "pixels1.convolution3.weight": (6, 4, 3, 3), "pixels1.convolution3.bias": (6,),
         **layers("head.dense", 12, CLASSES)}, unpadded, adam),
    ("a network that pools what it padded", "convolution", {
        "layers": PADDED, "activation": "tanh", "hidden": [], **TRAIN_ADAM},
     {"kind": "pixels", "shape": [9, 11, 3]}, CLASSES, {
         "pixels1.convolution1.weight": (5, 3, 4, 4), "pixels1.convolution1.bias": (5,),
         **layers("head.dense", 100, CLASSES)}, padded, adam),
    ("a residual network with batch norms", "convolution", {
        "layers": SMALL_RESIDUAL, "normalization": "batch", "hidden": [], **TRAIN_MOVING},
     {"kind": "pixels", "shape": [6, 6, 3]}, CLASSES, {
         **normed("pixels1", 4, 3, 3), **normed("pixels1.residual4.body", 6, 4, 3),
         **normed("pixels1.residual4.body", 6, 6, 3, 4), **normed("pixels1.residual4.shortcut", 6, 4, 1),
         **layers("head.dense", 6, CLASSES)}, residual, moving),
    ("kernels over words", "text_network", {
        "kernels": [2, 3], "filters": 4, "width": WIDTH, "dropout": 0, **TRAIN_ADAM},
     {"kind": "tokens", "shape": [LENGTH], "vocabulary": VOCABULARY}, CLASSES,
     text({**KERNELS, **HEAD}), text_convolution, adam),
    ("attention", "text_network", {
        "reader": "attention", "heads": 2, "width": WIDTH, "dropout": 0, **TRAIN_ADAM},
     {"kind": "tokens", "shape": [LENGTH], "vocabulary": VOCABULARY}, CLASSES,
     text({**{f"tokens1.reader.{name}": shape for name, shape in BLOCK.items()}, **HEAD}), attention, adam),
    ("an LSTM", "text_network", {"reader": "lstm", "units": WIDTH, "width": WIDTH, "dropout": 0, **TRAIN_ADAM},
     {"kind": "tokens", "shape": [LENGTH], "vocabulary": VOCABULARY}, CLASSES, text({**CELL, **HEAD}), lstm, adam),
]


def inputs(block):
    size = int(np.prod(block["shape"]))
    if block["kind"] != "tokens":
        return single(pattern(ROWS * size, 1).reshape(ROWS, size))
    rows, places = np.arange(ROWS)[:, None], np.arange(size)[None, :]
    return torch.tensor(np.where(places < 2 + rows % (size - 1), 1 + (rows * 31 + places * 17) % (VOCABULARY - 1), 0))


def curve(block, outputs, shapes, forward, optimizer):
    x, weights = inputs(block), start(shapes)
    labels = torch.arange(ROWS) * 7 % 5 % (2 if outputs == 1 else CLASSES)
    steps, losses = optimizer(list(weights.values())), []
    for _ in range(STEPS):
        steps.zero_grad()
        scores = forward(weights, x)
        loss = (F.binary_cross_entropy_with_logits(scores[:, 0], labels.double()) if outputs == 1
                else F.cross_entropy(scores, labels))
        loss.backward()
        steps.step()
        losses.append(float(f"{loss.item():.8g}"))
    return losses


def check_cells():
    """The steps of the LSTM written down above are those of PyTorch's own."""
    block, weights = CASES[-1][3], start(CASES[-1][5])
    assert torch.allclose(lstm(weights, inputs(block)), torch_lstm(weights, inputs(block)), atol=1e-12)


check_cells()
TARGET.parent.mkdir(parents=True, exist_ok=True)
TARGET.write_text(json.dumps([
    {"title": title, "learner": learner, "parameters": parameters, "block": block, "outputs": outputs,
     "shapes": {name: list(shape) for name, shape in shapes.items()},
     "losses": curve(block, outputs, shapes, forward, optimizer)}
    for title, learner, parameters, block, outputs, shapes, forward, optimizer in CASES]) + "\n")
