"""Asks SageMaker's runtime as programs with boto3 do, and prints what they see."""
import json
import os
import time

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError, EventStreamError

config = Config(retries={"total_max_attempts": 1})
client = boto3.client("sagemaker-runtime", config=config)
s3 = boto3.client("s3")


def body(text="count 3", **more):
    return json.dumps({"model": "m", "messages": [{"role": "user", "content": text}], **more})


def told(status, error):
    members = {name: error.response[name] for name in ("OriginalStatusCode", "OriginalMessage", "LogStreamArn") if name in error.response}
    return [status, error.response["Error"]["Code"], error.response["Error"]["Message"], members]


def refusal(call, **arguments):
    try:
        call(**arguments)
    except ClientError as error:
        return told(error.response["ResponseMetadata"]["HTTPStatusCode"], error)
    return None


def invoke(name="tiny", payload=None, **more):
    return client.invoke_endpoint(EndpointName=name, ContentType="application/json", Body=payload or body(), **more)


def until(call):
    while True:
        try:
            return call()
        except ClientError as error:
            if error.response["Error"]["Code"] not in ("ModelNotReadyException", "NoSuchKey"):
                raise
            time.sleep(0.05)


def content(answer):
    return json.loads(answer["Body"].read())["choices"][0]["message"]["content"]


def stored(uri):
    bucket, key = uri[len("s3://"):].split("/", 1)
    return until(lambda: s3.get_object(Bucket=bucket, Key=key))["Body"].read().decode()


def stream(payload):
    """The words of a stream, and the error at its end."""
    answer = client.invoke_endpoint_with_response_stream(EndpointName="tiny", ContentType="application/json", Body=payload)
    data = b""
    error = None
    try:
        for event in answer["Body"]:
            data += event["PayloadPart"]["Bytes"]
    except EventStreamError as broken:
        error = broken.response["Error"]
    lines = [line[len("data: "):] for line in data.decode().split("\n\n") if line]
    chunks = [json.loads(line) for line in lines if line != "[DONE]"]
    words = [choice["delta"].get("content") or "" for chunk in chunks for choice in chunk["choices"]]
    return {"type": answer["ContentType"], "text": "".join(words), "done": "[DONE]" in lines, "error": error}


found = {}
answer = until(invoke)
found["type"], found["variant"] = answer["ContentType"], answer["InvokedProductionVariant"]
found["text"] = content(answer)
found["stream"] = stream(body(stream=True))
found["broken_stream"] = stream(body("count 9", stream=True, fault={"kind": "break", "after": 2}))

found["unknown"] = refusal(invoke, name="other")
found["variant_unknown"] = refusal(invoke, TargetVariant="Blue")
found["too_large"] = refusal(invoke, payload=b"x" * 6_291_457)
found["client_error"] = refusal(invoke, payload=body(fault={"kind": "status", "status": 422}))
found["server_error"] = refusal(invoke, payload=body(fault={"kind": "status", "status": 503}))
found["no_answer"] = refusal(invoke, payload=body(fault={"kind": "break"}))
found["only_async"] = refusal(invoke, name="queue")
found["not_async"] = refusal(client.invoke_endpoint_async, EndpointName="tiny", InputLocation="s3://onramp-data/none")

wrong = boto3.client("sagemaker-runtime", config=config, aws_access_key_id=os.environ["AWS_ACCESS_KEY_ID"], aws_secret_access_key="wrong")
found["wrong_secret"] = refusal(wrong.invoke_endpoint, EndpointName="tiny", Body=body())

found["asleep"] = refusal(invoke, name="lazy")
found["awake"] = content(until(lambda: invoke("lazy")))
found["crashed"] = refusal(invoke, name="gone")

until(lambda: invoke("narrow"))
held = client.invoke_endpoint_with_response_stream(EndpointName="narrow", ContentType="application/json", Body=body("count 9", stream=True, fault={"kind": "hang", "after": 1}))
found["throttled"] = refusal(invoke, name="narrow")
held["Body"].close()

s3.put_object(Bucket="onramp-data", Key="inputs/a.json", Body=body("count 4"))
queued = client.invoke_endpoint_async(EndpointName="queue", ContentType="application/json", InputLocation="s3://onramp-data/inputs/a.json", InferenceId="mine")
found["ticket"] = [queued["ResponseMetadata"]["HTTPStatusCode"], queued["InferenceId"]]
found["queued"] = json.loads(stored(queued["OutputLocation"]))["choices"][0]["message"]["content"]
failing = client.invoke_endpoint_async(EndpointName="queue", ContentType="application/json", Body=body(fault={"kind": "status", "status": 400}))
found["queued_failure"] = stored(failing["FailureLocation"])
print(json.dumps(found))
