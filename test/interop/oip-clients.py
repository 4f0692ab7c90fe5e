"""Asks a server by the clients of the Open Inference Protocol as they come, and prints what they got as JSON.

usage: oip-clients.py host:port key
"""

import asyncio
import json
import sys

import ml_dtypes
import numpy as np
import tritonclient.http as triton
import tritonclient.http.aio as triton_aio
from kserve import InferenceRESTClient, InferInput, InferRequest, RESTConfig
from kserve.protocol.infer_type import RequestedOutput

address, key = sys.argv[1:]
headers = {"x-api-key": key}
int64 = np.array([-(2**63), 2**63 - 1, 2**53 + 1, 0], dtype=np.int64)
uint64 = np.array([2**64 - 1, 2**53 + 1], dtype=np.uint64)
half = np.array([1.5, -0.0, 65504, np.inf, np.nan, 6e-8], dtype=np.float16)
texts = np.array(["", "Grüße ✓", 'a "quoted" one'], dtype=object)
floats = np.array([0.1, 1e-38, -3.4028235e38], dtype=np.float32)
flags = np.array([True, False, True])


def same(given, wanted):
    """True if two arrays agree in type, shape and every bit; texts come back as bytes."""
    if wanted.dtype == object:
        decoded = [t.decode() if isinstance(t, bytes) else t for t in given.reshape(-1).tolist()]
        return decoded == wanted.tolist() and list(given.shape) == list(wanted.shape)
    return given.dtype == wanted.dtype and given.shape == wanted.shape and given.tobytes() == wanted.tobytes()


def triton_input(name, datatype, values, binary):
    tensor = triton.InferInput(name, list(values.shape), datatype)
    tensor.set_data_from_numpy(values, binary_data=binary)
    return tensor


# What the wire can say: half floats, NaN and infinities have no form in JSON.
echoes = [
    ("int64", "INT64", int64, (True, False)),
    ("uint64", "UINT64", uint64, (True, False)),
    ("float16", "FP16", half, (True,)),
    ("float32", "FP32", floats, (True, False)),
    ("string", "BYTES", texts, (True, False)),
    ("bool", "BOOL", flags, (True, False)),
]


def heart_inputs(binary):
    return [
        triton_input("age", "FP32", np.array([[61], [30]], np.float32), binary),
        triton_input("sex", "BYTES", np.array([["F"], ["M"]], object), binary),
        triton_input("weight", "FP32", np.array([[64], [96]], np.float32), binary),
        triton_input("smoker", "BOOL", np.array([[False], [True]]), binary),
    ]


def ask_triton():
    client = triton.InferenceServerClient(address)
    found = {
        "live": client.is_server_live(headers),
        "ready": client.is_server_ready(headers),
        "model_ready": [
            client.is_model_ready("heart", headers=headers),
            client.is_model_ready("heart", "1", headers=headers),
            client.is_model_ready("nobody", headers=headers),
        ],
        "extensions": client.get_server_metadata(headers)["extensions"],
        "inputs": [t["name"] for t in client.get_model_metadata("heart", headers=headers)["inputs"]],
        "index": [m["name"] for m in client.get_model_repository_index(headers) if m["state"] == "READY"],
    }
    for model, datatype, values, forms in echoes:
        for binary in forms:
            for binary_output in forms:
                answer = client.infer(
                    f"echo-{model}",
                    [triton_input("x", datatype, values, binary)],
                    outputs=[triton.InferRequestedOutput("out:x", binary_data=binary_output)],
                    headers=dict(headers),
                )
                form = f"{datatype} {'binary' if binary else 'JSON'} -> {'binary' if binary_output else 'JSON'}"
                found[form] = same(answer.as_numpy("out:x"), values)
    for binary in (True, False):
        answer = client.infer("heart", heart_inputs(binary), request_id="7", headers=dict(headers))
        response = answer.get_response()
        found[f"heart {binary}"] = [
            response["id"],
            response["model_version"],
            [label.decode() for label in answer.as_numpy("label")],
            answer.as_numpy("probabilities").tolist(),
        ]
    old = client.infer("heart", heart_inputs(True), model_version="1", headers=dict(headers))
    found["version"] = [old.get_response()["model_version"], old.as_numpy("probabilities").tolist()]
    ages = triton_input("age", "BF16", np.array([61, 30], ml_dtypes.bfloat16), True)
    rest = [tensor for tensor in heart_inputs(True) if tensor.name() != "age"]
    bfloat = client.infer("heart", [ages, *rest], headers=dict(headers))
    found["BF16"] = [label.decode() for label in bfloat.as_numpy("label")]
    try:
        odd = triton_input("age", "FP32", np.array([[61], [90]], np.float32), True)
        client.infer("heart", [odd, *rest], parameters={"strict": True}, headers=dict(headers))
    except triton.InferenceServerException as error:
        found["refusal"] = [error.status(), error.message()]
    client.close()
    return found


async def ask_triton_aio():
    async with triton_aio.InferenceServerClient(address) as client:
        found = {"live": await client.is_server_live(headers)}
        for binary in (True, False):
            tensor = triton_input("x", "INT64", int64, binary)
            answer = await client.infer("echo-int64", [tensor], headers=dict(headers))
            found[f"INT64 {binary}"] = same(answer.as_numpy("out:x"), int64)
        return found


async def ask_kserve():
    client = InferenceRESTClient(RESTConfig(protocol="v2"))
    url = f"http://{address}"
    found = {
        "live": await client.is_server_live(url, headers),
        "ready": await client.is_server_ready(url, headers),
        "model_ready": [
            await client.is_model_ready(url, "heart", headers),
            await client.is_model_ready(url, "nobody", headers),
        ],
    }
    for model, datatype, values, forms in echoes:
        for binary in forms:
            tensor = InferInput("x", list(values.shape), datatype)
            tensor.set_data_from_numpy(values, binary_data=binary)
            outputs = [RequestedOutput("out:x", {"binary_data": binary})]
            request = InferRequest(f"echo-{model}", [tensor], request_id="8", request_outputs=outputs)
            answer = await client.infer(url, request, model_name=f"echo-{model}", headers=dict(headers))
            given = answer.outputs[0].as_numpy()
            found[f"{datatype} {'binary' if binary else 'JSON'}"] = same(given, values) and answer.id == "8"
    try:
        request = InferRequest("heart", [InferInput("age", [1], "FP32", [61.0])])
        await client.infer(url, request, model_name="heart", headers=dict(headers))
    except Exception as error:
        found["refusal"] = str(error).split(",")[0]
    await client.close()
    return found


async def main():
    return {"triton": ask_triton(), "triton_aio": await ask_triton_aio(), "kserve": await ask_kserve()}


print(json.dumps(asyncio.run(main())))
