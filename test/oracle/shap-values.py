"""SHAP values of a published model by the shap package, from its ONNX file, its background and rows of a client.

Standard input: JSON with the file in base64, the schema, the background rows as stored and the rows as sent. The rows
go through the encoder part of the file by onnxruntime; trees and weights are read by the onnx package. Prints, for each
way to explain, base values and SHAP values summed by raw column: {method: {"base": [K], "values": [N][K][columns]}}.
"""

import base64
import json
import sys

import numpy as np
import onnx
import onnxruntime
import shap
from onnx import helper, numpy_helper

asked = json.load(sys.stdin)
schema = asked["schema"]["features"]
model = onnx.load_from_string(base64.b64decode(asked["file"]))
encoding = json.loads({entry.key: entry.value for entry in model.metadata_props}["onramp.encoding"])
weights = {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
makers = {name: node for node in model.graph.node for name in node.output}


def feeds(rows):
    """Rows as the two tensors; a missing value is NaN or the empty text."""
    tensors = {"numeric": [], "text": []}
    for feature in sorted(schema, key=lambda feature: feature["index"]):
        missing = np.nan if feature["input"] == "numeric" else ""
        column = [missing if row[feature["name"]] is None else row[feature["name"]] for row in rows]
        tensors[feature["input"]].append(column)
    types = {"numeric": np.float32, "text": object}
    return {name: np.array(columns, types[name]).T for name, columns in tensors.items() if columns}


model.graph.output.append(helper.make_tensor_value_info(encoding["features"], onnx.TensorProto.FLOAT, None))
session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])


def encode(rows):
    return session.run([encoding["features"]], feeds(rows))[0].astype(np.float64)


def follow(name):
    """The node that makes the score, and the constants added on the way."""
    offset = 0.0
    while True:
        node = makers[name]
        if node.op_type == "Add":
            offset = offset + weights[node.input[1]].astype(np.float64)
        elif node.op_type not in ("Squeeze", "Cast", "Identity"):
            return node, offset
        name = node.input[0]


def tree_dicts(node):
    """The trees in the form that shap takes."""
    a = {attribute.name: helper.get_attribute_value(attribute) for attribute in node.attribute}
    targets, ids = a["n_targets"], np.array(a["nodes_treeids"])
    scale = 1 / (ids.max() + 1) if a["aggregate_function"] == b"AVERAGE" else 1.0
    of_leaf = np.array(a["target_treeids"])
    trees = []
    for tree in range(ids.max() + 1):
        own, leaves = ids == tree, of_leaf == tree
        split = np.array(a["nodes_modes"])[own] != b"LEAF"
        left = np.where(split, np.array(a["nodes_truenodeids"])[own], -1)
        right = np.where(split, np.array(a["nodes_falsenodeids"])[own], -1)
        missing_left = np.array(a["nodes_missing_value_tracks_true"])[own] == 1
        values = np.zeros((own.sum(), targets))
        places = np.array(a["target_nodeids"])[leaves], np.array(a["target_ids"])[leaves]
        values[places] = np.array(a["target_weights"], np.float32)[leaves].astype(np.float64) * scale
        trees.append(
            {
                "children_left": left,
                "children_right": right,
                "children_default": np.where(missing_left, left, right),
                "features": np.where(split, np.array(a["nodes_featureids"])[own], -2),
                "thresholds": np.array(a["nodes_values"], np.float32)[own].astype(np.float64),
                "values": values,
                "node_sample_weight": np.array(a["nodes_hitrates"], np.float64)[own],
            }
        )
    return {"trees": trees, "input_dtype": np.float64, "internal_dtype": np.float64}


def by_column(values):
    """[N, features] or [N, features, K] to [N, K, raw columns]."""
    values = values[:, :, None] if values.ndim == 2 else values
    names = [feature["name"] for feature in schema]
    owners = np.array([[name == column for column in names] for name in encoding["columns"]], np.float64)
    return np.einsum("nfk,fc->nkc", values, owners)


def report(explainer, x, offset, **options):
    values = by_column(np.asarray(explainer.shap_values(x, **options)))
    base = np.broadcast_to(np.atleast_1d(explainer.expected_value) + offset, values.shape[1])
    return {"base": base.tolist(), "values": values.tolist()}


stored = asked["background"]
background = encode([dict(zip(stored["features"], row)) for row in stored["instances"]])
x = encode(asked["instances"])
node, offset = follow(encoding["score"])
if encoding["style"] == "trees":
    # With a background, shap overwrites the counts of the trees it is given: each explainer gets its own.
    explained = {
        "tree": report(
            shap.TreeExplainer(tree_dicts(node), background, feature_perturbation="interventional"),
            x,
            offset,
            check_additivity=False,
        ),
        "tree_path_dependent": report(
            shap.TreeExplainer(tree_dicts(node), feature_perturbation="tree_path_dependent"),
            x,
            offset,
            check_additivity=False,
        ),
    }
else:
    coefficients, intercepts = weights[node.input[1]], np.broadcast_to(offset, weights[node.input[1]].shape[1])
    if coefficients.shape[1] == 2:
        coefficients, intercepts = coefficients[:, 1:] - coefficients[:, :1], intercepts[1:] - intercepts[:1]
    masker = shap.maskers.Independent(background, max_samples=len(background))
    explained = {"linear": report(shap.LinearExplainer((coefficients.T, intercepts), masker), x, 0.0)}
print(json.dumps(explained))
