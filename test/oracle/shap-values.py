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


def grow(nodes, at, share=1.0):
    """A tree of thresholds alone, shap knows no others: [{left, right, feature, ...}], the root first.

    A set of codes is a chain of thresholds around its runs, so that its children come several times. Each copy gets a
    part of the rows, which together are those of the child: what shap adds up over the copies is the same.
    """
    node = nodes[at]
    own = {"weight": node["cover"] * share, "left": -1, "right": -1, "missing_left": False, **node["leaf"]}
    if node["mode"] == "LEAF":
        return [own]
    if node["mode"] == "BRANCH_LEQ":
        left, right = grow(nodes, node["true"], share), grow(nodes, node["false"], share)
        return joined(own, node["feature"], node["value"], left, right, node["missing_true"])
    codes, end = {node["value"]}, node["false"]
    while is_same_chain(nodes[end], node):
        codes.add(nodes[end]["value"])
        end = nodes[end]["false"]
    starts = sorted(code for code in codes if code - 1 not in codes)
    ends = sorted(code for code in codes if code + 1 not in codes)
    outside = grow(nodes, end, share / (len(starts) + 1))
    inside = grow(nodes, node["true"], share / len(starts))
    tree = outside
    for first, last in zip(reversed(starts), reversed(ends)):
        tree = joined(own, node["feature"], last + 0.5, inside, tree, False)
        tree = joined(own, node["feature"], first - 0.5, outside, tree, False)
    return tree


def is_same_chain(other, node):
    return other["mode"] == "BRANCH_EQ" and other["feature"] == node["feature"] and other["true"] == node["true"]


def joined(own, feature, threshold, left, right, missing_left):
    def shifted(tree, by):
        return [{**node, "left": node["left"] + by, "right": node["right"] + by} if node["left"] >= 0 else node
                for node in tree]

    root = {**own, "feature": feature, "threshold": threshold, "weight": left[0]["weight"] + right[0]["weight"],
            "left": 1, "right": 1 + len(left), "missing_left": missing_left}
    return [root, *shifted(left, 1), *shifted(right, 1 + len(left))]


def tree_dicts(node):
    """The trees in the form that shap takes."""
    a = {attribute.name: helper.get_attribute_value(attribute) for attribute in node.attribute}
    targets, count = a["n_targets"], max(a["nodes_treeids"]) + 1
    scale = 1 / count if a["aggregate_function"] == b"AVERAGE" else 1.0
    thresholds, covers = np.array(a["nodes_values"], np.float32), np.array(a["nodes_hitrates"], np.float64)
    trees = [{} for _ in range(count)]
    for at, (tree, name) in enumerate(zip(a["nodes_treeids"], a["nodes_nodeids"])):
        trees[tree][name] = {
            "mode": a["nodes_modes"][at].decode(),
            "feature": a["nodes_featureids"][at],
            "value": float(thresholds[at]),
            "true": a["nodes_truenodeids"][at],
            "false": a["nodes_falsenodeids"][at],
            "missing_true": a["nodes_missing_value_tracks_true"][at] == 1,
            "cover": covers[at],
            "leaf": {"feature": -2, "threshold": 0.0, "values": np.zeros(targets)},
        }
    weights = np.array(a["target_weights"], np.float32).astype(np.float64) * scale
    for tree, name, target, weight in zip(a["target_treeids"], a["target_nodeids"], a["target_ids"], weights):
        trees[tree][name]["leaf"]["values"][target] = weight

    def dict_of(grown):
        def column(name, kind=np.float64):
            return np.array([node[name] for node in grown], kind)

        left, right = column("left", np.int32), column("right", np.int32)
        return {
            "children_left": left,
            "children_right": right,
            "children_default": np.where(column("missing_left", bool), left, right),
            "features": column("feature", np.int32),
            "thresholds": column("threshold"),
            "values": np.array([node["values"] for node in grown]),
            "node_sample_weight": column("weight"),
        }

    return {"trees": [dict_of(grow(nodes, 0)) for nodes in trees], "input_dtype": np.float64,
            "internal_dtype": np.float64}


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
