"""Asks a scheduler as programs with boto3 do, and prints what they see."""
import json
import os
import sys

import boto3
from botocore.exceptions import ClientError

queue, role = sys.argv[1:]
client = boto3.client("scheduler")
target = {"Arn": queue, "RoleArn": role, "Input": '{"time":"<aws.scheduler.scheduled-time>"}'}
schedule = {
    "Name": "heart",
    "GroupName": "onramp",
    "ScheduleExpression": "rate(1 day)",
    "FlexibleTimeWindow": {"Mode": "OFF"},
    "Target": target,
}
key = {"Name": "heart", "GroupName": "onramp"}


def refusal(call, **arguments):
    try:
        call(**arguments)
    except ClientError as error:
        status = error.response["ResponseMetadata"]["HTTPStatusCode"]
        return [status, error.response["Error"]["Code"], error.response["Error"]["Message"]]
    return None


found = {"missing": refusal(client.get_schedule, **key), "no_update": refusal(client.update_schedule, **schedule)}
found["arn"] = client.create_schedule(**schedule)["ScheduleArn"]
found["same_request"] = [client.create_schedule(**{**schedule, "Name": "twice", "ClientToken": "one"})["ScheduleArn"] for _ in "ab"]
found["second"] = refusal(client.create_schedule, **schedule)
found["bad_expression"] = refusal(client.create_schedule, **{**schedule, "Name": "bad", "ScheduleExpression": "rate(2 day)"})
found["bad_group"] = refusal(client.get_schedule, **{**key, "GroupName": "nowhere"})
client.update_schedule(**{**schedule, "ScheduleExpression": "cron(0 6 ? * MON-FRI *)", "State": "DISABLED", "Description": "weekdays"})
read = client.get_schedule(**key)
found["times"] = [type(read[name]).__name__ for name in ("CreationDate", "LastModificationDate")]
found["read"] = {name: read[name] for name in ("Arn", "ScheduleExpression", "ScheduleExpressionTimezone", "State", "Description", "FlexibleTimeWindow", "Target", "ActionAfterCompletion")}
client.delete_schedule(**key)
found["gone"] = refusal(client.delete_schedule, **key)
wrong = boto3.client("scheduler", aws_access_key_id=os.environ["AWS_ACCESS_KEY_ID"], aws_secret_access_key="wrong")
found["wrong_secret"] = refusal(wrong.get_schedule, **key)[:2]
print(json.dumps(found))
