"""Writes test/autodiff/fixtures/gradients/*.json: results and gradients of operators by PyTorch in float64.

    python test/oracle/gradient-fixtures.py          (needs torch and numpy; made with torch 2.15.0)

A case is one ONNX node. The loss is the sum of its results times fixed numbers ("seeds"); every float input that is
not a constant has a gradient.
"""
import json
import pathlib

import numpy as np
import torch
import torch.nn.functional as F

TARGET = pathlib.Path(__file__).parent.parent / "autodiff" / "fixtures" / "gradients"
random = np.random.default_rng(20)
families = {}


class Given:
    """An input: numbers of a type; a constant has no gradient and is known when the graph is written."""

    def __init__(self, values, kind="float32", constant=False):
        self.values, self.kind, self.constant = np.asarray(values), kind, constant

    def tensor(self):
        kinds = {"float32": torch.float64, "int64": torch.int64, "bool": torch.bool}
        tensor = torch.tensor(self.values, dtype=kinds[self.kind])
        return tensor.requires_grad_() if self.learnt() else tensor

    def learnt(self):
        return self.kind == "float32" and not self.constant

    def json(self):
        values = self.values.reshape(-1).tolist()
        text = {"dims": list(self.values.shape), "values": values}
        if self.kind != "float32":
            text["type"] = self.kind
        if self.constant:
            text["constant"] = True
        return text


def some(*dims, low=-2, high=2):
    """Short numbers, so that float32 and the file hold them alike; none is zero."""
    values = random.uniform(low, high, dims).round(2)
    return Given(np.where(values == 0, 0.5, values))


def ints(*values):
    return Given(np.array(values, dtype=np.int64), "int64", True)


def number(value):
    return Given(np.array(value), constant=True)


def fixed(given):
    return Given(given.values, given.kind, True)


def digits(tensor):
    return [float(f"{value:.10g}") for value in tensor.detach().reshape(-1).tolist()]


def attribute(value):
    if isinstance(value, str):
        return {"kind": "string", "value": value}
    if isinstance(value, float):
        return {"kind": "float", "value": value}
    if isinstance(value, int):
        return {"kind": "int", "value": value}
    return {"kind": "ints", "value": list(value)}


def case(family, title, op, inputs, function, **attributes):
    """One node; `function` computes it from the tensors of the inputs that are not left out."""
    tensors = [None if given is None else given.tensor() for given in inputs]
    results = function(*[tensor for tensor in tensors if tensor is not None])
    results = results if isinstance(results, (list, tuple)) else [results]
    seeds = [torch.tensor(random.uniform(-1, 1, tuple(r.shape)).round(2), dtype=torch.float64) for r in results]
    loss = sum((result * seed).sum() for result, seed in zip(results, seeds))
    loss.backward()
    families.setdefault(family, []).append({
        "title": title,
        "op": op,
        "attributes": {name: attribute(value) for name, value in attributes.items()},
        "inputs": [None if given is None else given.json() for given in inputs],
        "results": [{"dims": list(r.shape), "values": digits(r), "seeds": digits(s)} for r, s in zip(results, seeds)],
        "gradients": [
            digits(tensor.grad) if given is not None and given.learnt() else None
            for given, tensor in zip(inputs, tensors)
        ],
    })


# Arithmetic and functions of single numbers

for op, function in {"Add": torch.add, "Sub": torch.sub, "Mul": torch.mul, "Div": torch.div}.items():
    case("elementwise", "of equal shapes", op, [some(2, 3), some(2, 3, low=0.5)], function)
    case("elementwise", "with a row, a column and a scalar stretched", op, [some(3, 1), some(2, 1, 4, low=0.5)], function)
    case("elementwise", "with a scalar on the left", op, [some(), some(2, 3, low=0.5)], function)
case("elementwise", "of three tensors of different shapes", "Sum", [some(2, 3), some(3), some(2, 1)], lambda a, b, c: a + b + c)
case("elementwise", "by the constant 2", "Pow", [some(2, 3), number(2.0)], torch.pow)
case("elementwise", "by the constant 3, negative bases included", "Pow", [some(2, 3), number(3.0)], torch.pow)
case("elementwise", "by the constant 0 at a base of 0", "Pow", [Given([0.0, 1.5, -2.0]), number(0.0)], torch.pow)
case("elementwise", "with exponents learnt and broadcast", "Pow", [some(2, 3, low=0.3), some(3)], torch.pow)
case("elementwise", "with exponents learnt at a base of 0", "Pow", [Given([0.0, 0.5, 2.0]), Given([2.0, 0.0, 1.5])], torch.pow)
case("elementwise", "changes the sign", "Neg", [some(2, 3)], torch.neg)
case("elementwise", "away from zero", "Reciprocal", [some(2, 3, low=0.3)], torch.reciprocal)
case("elementwise", "at zero too", "Abs", [Given([-1.5, 0.0, 2.25, -0.01])], torch.abs)
case("elementwise", "of positive numbers", "Sqrt", [some(2, 3, low=0.1)], torch.sqrt)
case("elementwise", "from -8 to 8", "Exp", [some(12, low=-8, high=8)], torch.exp)
case("elementwise", "of positive numbers", "Log", [some(2, 3, low=0.1)], torch.log)
case("elementwise", "in radians", "Sin", [some(6, low=-6, high=6)], torch.sin)
case("elementwise", "in radians", "Cos", [some(6, low=-6, high=6)], torch.cos)
case("elementwise", "from -3 to 3", "Erf", [some(12, low=-3, high=3)], torch.erf)
case("elementwise", "with ties in two tensors", "Max", [Given([1.0, 2.0, 3.0]), Given([2.0, 2.0, 1.0])], torch.maximum)
case("elementwise", "with ties in two tensors", "Min", [Given([1.0, 2.0, 3.0]), Given([2.0, 2.0, 1.0])], torch.minimum)
case("elementwise", "with a row stretched", "Max", [some(2, 3), some(3)], torch.maximum)
case("elementwise", "of one tensor", "Max", [some(3)], lambda a: a)
case("elementwise", "with ties in four tensors, which all go to the first", "Max",
     [Given([1.0, 2.0, 3.0]), Given([2.0, 2.0, 1.0]), Given([2.0, 0.0, 3.0]), Given([2.0, 2.0, 3.0])],
     lambda *tensors: F.max_pool1d(torch.stack(tensors, 1)[None], 4)[0, :, 0])
case("elementwise", "of three tensors", "Min", [some(2, 3), some(3), some(2, 1)], lambda a, b, c: torch.minimum(torch.minimum(a, b), c))
case("elementwise", "on, inside and outside of both bounds", "Clip", [Given([-2.0, -1.0, 0.3, 1.0, 2.0]), number(-1.0), number(1.0)], lambda a, low, high: torch.clamp(a, -1, 1))
case("elementwise", "with a lower bound alone", "Clip", [Given([-2.0, -1.0, 0.3]), number(-1.0)], lambda a, low: torch.clamp(a, min=-1))
case("elementwise", "with both branches stretched", "Where", [Given([[True, False, True], [False, False, True]], "bool"), some(3), some(2, 1)], torch.where)
case("elementwise", "passes", "Identity", [some(3)], lambda a: a * 1)
case("elementwise", "to float64", "Cast", [some(3)], lambda a: a * 1, to=11)

# Activations

kinked = Given([-2.5, -1.0, -0.25, 0.0, 0.25, 1.0, 2.5])
wide = some(12, low=-6, high=6)
case("activations", "is 0 at zero", "Relu", [kinked], torch.relu)
case("activations", "slopes by alpha at zero", "LeakyRelu", [kinked], lambda a: F.leaky_relu(a, 0.2), alpha=0.2)
case("activations", "with alpha 1", "Elu", [kinked], F.elu)
case("activations", "with alpha 0.7", "Elu", [kinked], lambda a: F.elu(a, 0.7), alpha=0.7)
case("activations", "from -6 to 6", "Tanh", [wide], torch.tanh)
case("activations", "from -6 to 6", "Sigmoid", [wide], torch.sigmoid)
case("activations", "from -6 to 6", "Softplus", [wide], lambda a: F.softplus(a, threshold=100))
case("activations", "exact", "Gelu", [wide], F.gelu)
# onnxruntime's Sigmoid is exact to 1e-7 of 1, which the cube in the formula enlarges further out.
case("activations", "approximated by tanh", "Gelu", [some(12, low=-3, high=3)], lambda a: F.gelu(a, approximate="tanh"), approximate="tanh")

# Linear algebra

case("linear", "of two matrices", "MatMul", [some(3, 4), some(4, 2)], torch.matmul)
case("linear", "of a batch and one matrix", "MatMul", [some(2, 3, 4), some(4, 2)], torch.matmul)
case("linear", "of one matrix and a batch", "MatMul", [some(3, 4), some(2, 4, 2)], torch.matmul)
case("linear", "of two batches that stretch each other", "MatMul", [some(2, 1, 3, 4), some(3, 4, 2)], torch.matmul)
for left in (0, 1):
    for right in (0, 1):
        case("linear", f"with transA {left}, transB {right}, alpha and beta", "Gemm",
             [some(*((4, 3) if left else (3, 4))), some(*((2, 4) if right else (4, 2))), some(2)],
             lambda a, b, c: 0.5 * ((a.T if left else a) @ (b.T if right else b)) + 1.5 * c,
             transA=left, transB=right, alpha=0.5, beta=1.5)
case("linear", "without a third input", "Gemm", [some(3, 4), some(4, 2)], torch.matmul)
case("linear", "with a column stretched", "Gemm", [some(3, 4), some(4, 2), some(3, 1)], lambda a, b, c: a @ b + c)

# Reductions

cube = (2, 3, 4)
for op, function in {
    "ReduceSum": torch.sum, "ReduceMean": torch.mean,
    "ReduceSumSquare": lambda a, dim, keepdim: (a * a).sum(dim, keepdim),
    "ReduceL1": lambda a, dim, keepdim: a.abs().sum(dim, keepdim),
    "ReduceMax": torch.amax, "ReduceMin": torch.amin, "ReduceLogSumExp": torch.logsumexp,
}.items():
    case("reductions", "over two axes that go", op, [some(*cube), ints(0, -1)], lambda a, axes: function(a, (0, 2), False), keepdims=0)
    case("reductions", "over one axis that stays", op, [some(*cube), ints(1)], lambda a, axes: function(a, (1,), True))
    case("reductions", "over everything", op, [some(2, 3)], lambda a: function(a, (0, 1), False), keepdims=0)
tied = Given([[1.0, 3.0, 3.0], [2.0, 2.0, 2.0]])
case("reductions", "with ties, which share evenly", "ReduceMax", [tied, ints(1)], lambda a, axes: torch.amax(a, 1), keepdims=0)
case("reductions", "with ties, which share evenly", "ReduceMin", [tied, ints(1)], lambda a, axes: torch.amin(a, 1), keepdims=0)
for op, function in {"Softmax": torch.softmax, "LogSoftmax": torch.log_softmax}.items():
    case("reductions", "over the last axis", op, [some(3, 4)], lambda a: function(a, -1))
    case("reductions", "over the middle axis", op, [some(*cube)], lambda a: function(a, 1), axis=1)
    case("reductions", "of large numbers", op, [Given([[90.0, 100.0, 99.5], [-80.0, -81.0, -200.0]])], lambda a: function(a, -1))

# Shapes

case("shapes", "with -1 and 0", "Reshape", [some(*cube), ints(0, -1)], lambda a, shape: a.reshape(2, 12))
case("shapes", "after two axes", "Flatten", [some(*cube)], lambda a: a.flatten(0, 1), axis=2)
case("shapes", "of named axes", "Squeeze", [some(1, 3, 1), ints(-1)], lambda a, axes: a.squeeze(2))
case("shapes", "of all axes", "Squeeze", [some(1, 3, 1)], torch.squeeze)
case("shapes", "in front and behind", "Unsqueeze", [some(3), ints(0, 2)], lambda a, axes: a[None, :, None])
case("shapes", "in an order that is not its own inverse", "Transpose", [some(*cube)], lambda a: a.permute(2, 0, 1), perm=(2, 0, 1))
case("shapes", "without an order", "Transpose", [some(*cube)], lambda a: a.permute(2, 1, 0))
case("shapes", "of a column to more axes", "Expand", [some(3, 1), ints(2, 3, 4)], lambda a, shape: a.expand(2, 3, 4))
case("shapes", "of two axes", "Tile", [some(2, 3), ints(2, 3)], lambda a, repeats: a.repeat(2, 3))
case("shapes", "of three tensors", "Concat", [some(2, 1), some(2, 3), some(2, 2)], lambda *parts: torch.cat(parts, 1), axis=-1)
case("shapes", "into uneven parts", "Split", [some(2, 6), ints(1, 3, 2)], lambda a, sizes: torch.split(a, [1, 3, 2], 1), axis=1)
case("shapes", "of two axes", "Slice", [some(4, 5), ints(1, 0), ints(3, -1)], lambda a, *cuts: a[1:3, 0:-1])
case("shapes", "with ends beyond the axis", "Slice", [some(2, 5), ints(-3), ints(1000), ints(1)], lambda a, *cuts: a[:, -3:])
case("shapes", "with steps of 2 and 3", "Slice", [some(5, 7), ints(0, 1), ints(5, 7), ints(0, 1), ints(2, 3)], lambda a, *cuts: a[0:5:2, 1:7:3])
case("shapes", "with a step beyond the end", "Slice", [some(6), ints(1), ints(6), ints(0), ints(4)], lambda a, *cuts: a[1:6:4])
case("shapes", "backwards by two", "Slice", [some(2, 6), ints(-1), ints(-100), ints(1), ints(-2)], lambda a, *cuts: a.flip(1)[:, ::2])
case("shapes", "before and after", "Pad", [some(2, 3), ints(1, 0, 0, 2)], lambda a, pads: F.pad(a, (0, 2, 1, 0)))
case("shapes", "with negative widths", "Pad", [some(2, 4), ints(0, -1, 1, -1)], lambda a, pads: F.pad(a, (-1, -1, 0, 1)))
case("shapes", "to twice the size", "Resize", [some(1, 2, 2, 3), None, Given([1.0, 1.0, 2.0, 2.0], constant=True)], lambda a, scales: F.interpolate(a, scale_factor=2), mode="nearest", coordinate_transformation_mode="asymmetric", nearest_mode="floor")

# Lookups

case("lookup", "of rows, one of them three times", "Gather", [some(4, 3), ints([0, 2], [2, 2])], lambda a, rows: a[rows])
case("lookup", "by indices that are computed", "Gather", [some(4, 3), Given([3, 1, 3], "int64")], lambda a, rows: a[rows])
case("lookup", "along the middle axis", "Gather", [some(2, 4, 3), ints([1, 3], [1, 0])], lambda a, rows: a[:, rows], axis=1)
case("lookup", "along the last axis", "Gather", [some(2, 4), ints(2, 2)], lambda a, rows: a[:, rows], axis=-1)
case("lookup", "by one index", "Gather", [some(4, 3), Given(np.array(2), "int64", True)], lambda a, row: a[2])
case("lookup", "with repeated places", "GatherElements", [some(3, 4), ints([0, 0, 3], [1, 2, 1])], lambda a, places: torch.gather(a[:2], 1, places), axis=1)

# Convolutions

F.convolve = {1: F.conv1d, 2: F.conv2d}
F.transpose_convolve = {1: F.conv_transpose1d, 2: F.conv_transpose2d}


def convolution(title, x, kernels, stride, padding, dilation, group, bias=True):
    axes = len(x) - 2
    inputs = [some(*x), some(*kernels)] + ([some(kernels[0])] if bias else [])
    case("convolution", title, "Conv", inputs,
         lambda a, w, b=None: F.convolve[axes](a, w, b, stride, padding, dilation, group),
         strides=stride, pads=(*padding, *padding), dilations=dilation, group=group)


def transposed(title, x, kernels, stride, padding, dilation, group, extra):
    axes = len(x) - 2
    inputs = [some(*x), some(*kernels), some(kernels[1] * group)]
    case("convolution", title, "ConvTranspose", inputs,
         lambda a, w, b: F.transpose_convolve[axes](a, w, b, stride, padding, extra, group, dilation),
         strides=stride, pads=(*padding, *padding), dilations=dilation, group=group, output_padding=extra)


convolution("over one axis", (2, 3, 7), (2, 3, 3), (1,), (0,), (1,), 1)
convolution("over one axis with stride 2, padding, dilation 2 and groups", (2, 4, 9), (4, 2, 3), (2,), (2,), (2,), 2)
convolution("over two axes", (2, 2, 5, 4), (3, 2, 3, 2), (1, 1), (0, 0), (1, 1), 1)
convolution("without a bias", (1, 2, 4, 4), (2, 2, 3, 3), (1, 1), (1, 1), (1, 1), 1, bias=False)
convolution("with stride 2 that leaves a row over", (2, 2, 6, 7), (2, 2, 3, 3), (2, 2), (0, 0), (1, 1), 1)
convolution("with stride 3 over padding", (1, 2, 7, 6), (2, 2, 3, 2), (3, 3), (1, 1), (1, 1), 1)
convolution("with dilation 2", (1, 2, 6, 6), (2, 2, 2, 3), (1, 1), (1, 2), (2, 2), 1)
convolution("with stride 2, padding, dilation 2 and groups", (2, 4, 7, 8), (4, 2, 3, 2), (2, 2), (2, 1), (2, 2), 2)
convolution("with strides and dilations that differ by axis", (1, 2, 8, 7), (2, 2, 3, 2), (1, 3), (1, 0), (2, 1), 1)
convolution("of each channel by itself", (2, 3, 5, 5), (6, 1, 3, 3), (1, 1), (1, 1), (1, 1), 3)
case("convolution", "with uneven padding", "Conv", [some(1, 2, 5, 4), some(2, 2, 2, 3)], lambda a, w: F.conv2d(F.pad(a, (2, 1, 0, 1)), w), pads=(0, 2, 1, 1))
case("convolution", "padded to the same size with stride 2", "Conv", [some(1, 2, 5, 6), some(2, 2, 3, 3)], lambda a, w: F.conv2d(F.pad(a, (0, 1, 1, 1)), w, stride=2), auto_pad="SAME_UPPER", strides=(2, 2))
case("convolution", "padded in front to the same size", "Conv", [some(1, 2, 6), some(2, 2, 4)], lambda a, w: F.conv1d(F.pad(a, (2, 1)), w), auto_pad="SAME_LOWER")
transposed("over one axis with stride 2", (2, 3, 4), (3, 2, 3), (2,), (1,), (1,), 1, (1,))
transposed("over two axes", (1, 2, 3, 3), (2, 3, 2, 3), (1, 1), (0, 0), (1, 1), 1, (0, 0))
transposed("with stride 2, padding, dilation 2, groups and more rows", (2, 4, 3, 3), (4, 1, 3, 2), (2, 2), (1, 1), (2, 2), 2, (1, 0))

# Pools


def max_pool(title, x, kernel, stride, padding=None, dilation=None, given=None):
    axes = len(kernel)
    padding, dilation = padding or (0,) * axes, dilation or (1,) * axes
    pool = {1: F.max_pool1d, 2: F.max_pool2d}[axes]
    case("pooling", title, "MaxPool", [given or some(*x)], lambda a: pool(a, kernel, stride, padding, dilation),
         kernel_shape=kernel, strides=stride, pads=(*padding, *padding), dilations=dilation)


def average_pool(title, x, kernel, stride, padding=None, include=0):
    axes = len(kernel)
    padding = padding or (0,) * axes
    pool = {1: F.avg_pool1d, 2: F.avg_pool2d}[axes]
    case("pooling", title, "AveragePool", [some(*x)],
         lambda a: pool(a, kernel, stride, padding, False, bool(include)),
         kernel_shape=kernel, strides=stride, pads=(*padding, *padding), count_include_pad=include)


def ties(*dims):
    return Given(random.integers(0, 3, dims).astype(float))


max_pool("of tiles", (2, 2, 4, 6), (2, 3), (2, 3))
max_pool("of tiles with ties: the first of them", (2, 2, 4, 4), (2, 2), (2, 2), given=ties(2, 2, 4, 4))
max_pool("of tiles that all tie", (1, 1, 4, 4), (2, 2), (2, 2), given=Given(np.zeros((1, 1, 4, 4))))
max_pool("of tiles that leave rows over", (1, 2, 5, 7), (2, 3), (2, 3), given=ties(1, 2, 5, 7))
max_pool("of tiles over one axis", (2, 2, 6), (3,), (3,), given=ties(2, 2, 6))
max_pool("of windows that overlap, with ties", (2, 2, 5, 5), (3, 3), (2, 2), given=ties(2, 2, 5, 5))
max_pool("of windows that overlap over padding", (1, 2, 5, 6), (3, 2), (2, 1), (1, 1))
max_pool("with dilation", (1, 2, 6, 6), (2, 2), (1, 1), None, (2, 3))
max_pool("of windows that overlap over one axis", (2, 2, 6), (3,), (1,), (1,))
average_pool("of tiles", (2, 2, 4, 6), (2, 3), (2, 3))
average_pool("of tiles that leave rows over", (1, 2, 5, 7), (2, 3), (2, 3))
average_pool("of windows that overlap", (1, 2, 5, 6), (3, 2), (1, 2))
average_pool("without the padding in the count", (2, 2, 5, 6), (3, 3), (2, 2), (1, 1))
average_pool("with the padding in the count", (1, 2, 5, 6), (3, 3), (2, 2), (1, 1), include=1)
average_pool("over one axis with padding", (2, 2, 7), (3,), (2,), (1,))
case("pooling", "over two axes", "GlobalAveragePool", [some(2, 3, 2, 3)], lambda a: a.mean((2, 3), keepdim=True))
case("pooling", "over one axis", "GlobalAveragePool", [some(2, 3, 4)], lambda a: a.mean(2, keepdim=True))

# Normalisation


def batch_norm(title, x, training, momentum):
    channels = x[1]
    running = [fixed(some(channels)), fixed(some(channels, low=0.5))]

    def normalise(a, scale, bias, mean, variance):
        result = F.batch_norm(a, mean, variance, scale, bias, training, 0.0, 1e-5)
        if not training:
            return result
        axes = [axis for axis in range(a.dim()) if axis != 1]
        # ONNX keeps the variance of the population, PyTorch that of a sample; neither has a gradient here.
        own = [a.detach().mean(axes), a.detach().var(axes, unbiased=False)]
        return [result] + [momentum * old + (1 - momentum) * new for old, new in zip((mean, variance), own)]

    case("normalisation", title, "BatchNormalization", [some(*x), some(channels, low=0.5), some(channels), *running],
         normalise, training_mode=int(training), momentum=float(momentum))


batch_norm("by running statistics", (3, 2, 2, 2), False, 0.9)
batch_norm("of features by the batch", (5, 3), True, 0.9)
batch_norm("of pictures by the batch", (2, 2, 2, 3), True, 0.8)
batch_norm("with a momentum of 0, which gives the statistics of the batch", (4, 2, 3), True, 0.0)
for axis, shape in ((-1, (4,)), (1, (3, 4))):
    case("normalisation", f"from axis {axis}", "LayerNormalization", [some(2, 3, 4), some(*shape), some(*shape)],
         lambda a, scale, bias: F.layer_norm(a, shape, scale, bias, 1e-5), axis=axis)
case("normalisation", "without a bias", "LayerNormalization", [some(3, 4), some(4)], lambda a, scale: F.layer_norm(a, (4,), scale, None, 1e-2), epsilon=1e-2)
case("normalisation", "lets everything pass while it does not train", "Dropout", [some(5), number(0.5)], lambda a, ratio: a * 1)

# Layers: gradients of the input and of every parameter, in the layout of lib/autodiff/layers


layers = []


def layer(title, x, parameters, function):
    """A layer by its title; `function` takes the input and the parameters by name."""
    given = {"input": x, **parameters}
    tensors = {name: value.tensor() for name, value in given.items()}
    result = function(tensors["input"], {name: tensors[name] for name in parameters})
    seeds = torch.tensor(random.uniform(-1, 1, tuple(result.shape)).round(2), dtype=torch.float64)
    (result * seeds).sum().backward()
    layers.append({
        "title": title,
        "input": x.json(),
        "parameters": {name: value.json() for name, value in parameters.items()},
        "result": {"dims": list(result.shape), "values": digits(result), "seeds": digits(seeds)},
        "gradients": {name: digits(tensors[name].grad) for name in given},
    })


# PyTorch's order of the gates among ONNX's: LSTM i f g o of i o f c, GRU r z n of z r h.
CELLS = {"RNN": (torch.nn.RNN, [0]), "GRU": (torch.nn.GRU, [1, 0, 2]), "LSTM": (torch.nn.LSTM, [0, 2, 3, 1])}
for cell, (module, order) in CELLS.items():
    inputs, units, gates = 2, 3, len(order)
    parameters = {
        "weight": some(inputs, gates * units, low=-1, high=1),
        "recurrent": some(units, gates * units, low=-1, high=1),
        "bias": some(gates * units, low=-1, high=1),
    }
    if cell == "GRU":
        parameters["recurrentBias"] = some(gates * units, low=-1, high=1)

    def reordered(tensor):
        return torch.cat([tensor.split(units, -1)[gate] for gate in order], -1)

    def run(x, named, every):
        bias = named.get("recurrentBias", torch.zeros(gates * units, dtype=torch.float64))
        weights = {
            "weight_ih_l0": reordered(named["weight"]).T,
            "weight_hh_l0": reordered(named["recurrent"]).T,
            "bias_ih_l0": reordered(named["bias"]),
            "bias_hh_l0": reordered(bias),
        }
        states, _ = torch.func.functional_call(module(inputs, units, batch_first=True).double(), weights, (x,))
        return states if every else states[:, -1]

    x = some(2, 4, inputs)
    layer(f"{cell} last step", x, parameters, lambda x, named: run(x, named, False))
    layer(f"{cell} every step", x, parameters, lambda x, named: run(x, named, True))

features = 4
parameters = {
    "weight": some(features, 3 * features, low=-1, high=1),
    "bias": some(3 * features, low=-1, high=1),
    "outputWeight": some(features, features, low=-1, high=1),
    "outputBias": some(features, low=-1, high=1),
}


def attention(x, named, heads, **masks):
    weights = {
        "in_proj_weight": named["weight"].T,
        "in_proj_bias": named["bias"],
        "out_proj.weight": named["outputWeight"].T,
        "out_proj.bias": named["outputBias"],
    }
    module = torch.nn.MultiheadAttention(features, heads, batch_first=True).double()
    return torch.func.functional_call(module, weights, (x, x, x), {"need_weights": False, **masks})[0]


x = some(2, 3, features)
later = torch.ones(3, 3).triu(1).bool()
layer("attention in two heads", x, parameters, lambda x, named: attention(x, named, 2))
layer("attention to the past", x, parameters, lambda x, named: attention(x, named, 1, attn_mask=later))
padding = torch.tensor([[False, False, True], [False, False, False]])
layer("attention past padding", x, parameters, lambda x, named: attention(x, named, 2, key_padding_mask=padding))

weights = {"weight": some(3, 2), "bias": some(2)}
layer("dense of rows", some(2, 3), weights, lambda x, named: x @ named["weight"] + named["bias"])
layer("dense of series", some(2, 2, 3), weights, lambda x, named: x @ named["weight"] + named["bias"])

layer("a convolution and its pool", some(2, 1, 9, 8), {"weight": some(3, 1, 3, 3), "bias": some(3)},
      lambda x, named: F.max_pool2d(F.conv2d(x, named["weight"], named["bias"]), 2))
layer("a padded convolution and a wide pool", some(2, 2, 7, 6), {"weight": some(3, 2, 4, 2)},
      lambda x, named: F.max_pool2d(F.conv2d(F.pad(x, (0, 1, 1, 2)), named["weight"]), (2, 3)))
layer("a convolution and its pool over series", some(2, 2, 11), {"weight": some(2, 2, 5), "bias": some(2)},
      lambda x, named: F.max_pool1d(F.conv1d(x, named["weight"], named["bias"]), 3))

TARGET.mkdir(parents=True, exist_ok=True)
for name, cases in {**families, "../layers": layers}.items():
    lines = ",\n".join(json.dumps(entry, separators=(",", ":")) for entry in cases)
    (TARGET / f"{name}.json").write_text(f"[\n{lines}\n]\n")
