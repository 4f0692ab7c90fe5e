"""Asks Lambda's Invoke as programs with boto3 do, and prints what they see."""
import base64
import json
import sys

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

config = Config(retries={"total_max_attempts": 1})
client = boto3.client("lambda", config=config)
picture = base64.b64encode(open(sys.argv[1], "rb").read()).decode()
name = "onramp-prepare"
event = {
    "kind": "pixels",
    "settings": {"width": 4, "height": 3},
    "pictures": [{"place": "p", "base64": picture}],
}


def refusal(**arguments):
    try:
        (arguments.pop("client", None) or client).invoke(**arguments)
    except ClientError as error:
        return [error.response["ResponseMetadata"]["HTTPStatusCode"], *error.response["Error"].values()]
    return None


def invoke(function=name, payload=event):
    answer = client.invoke(FunctionName=function, Payload=json.dumps(payload))
    told = [answer["StatusCode"], answer.get("FunctionError"), answer["ExecutedVersion"]]
    return told, json.loads(answer["Payload"].read())


told, answer = invoke()
_, by_arn = invoke(f"arn:aws:lambda:us-east-1:000000000000:function:{name}:$LATEST")
failed, failure = invoke(payload={"kind": "dance"})
stranger = boto3.client("lambda", config=config, aws_access_key_id="onramp", aws_secret_access_key="wrong")
print(
    json.dumps(
        {
            "told": told,
            "values": len(base64.b64decode(answer["base64"])),
            "same_by_arn": by_arn == answer,
            "dry_run": client.invoke(FunctionName=name, InvocationType="DryRun")["StatusCode"],
            "failed": failed,
            "failure": [failure["errorType"], failure["errorMessage"]],
            "unknown": refusal(FunctionName="other", Payload="{}"),
            "no_json": refusal(FunctionName=name, Payload="{"),
            "event": refusal(FunctionName=name, InvocationType="Event", Payload="{}"),
            "too_large": refusal(FunctionName=name, Payload=json.dumps("a" * 6291456)),
            "wrong_secret": refusal(client=stranger, FunctionName=name, Payload="{}"),
        }
    )
)
