"""Creates a template of CloudFormation in moto and prints, as JSON, what an AWS account would then have."""
import io
import json
import os
import re
import sys
import warnings
import zipfile

os.environ.update(AWS_ACCESS_KEY_ID="test", AWS_SECRET_ACCESS_KEY="test", AWS_DEFAULT_REGION="eu-central-1")

import boto3  # noqa: E402: the region has to be set before
from moto import mock_aws  # noqa: E402

def client(name):
    return boto3.client(name, region_name="eu-central-1")


def place_assets(template):
    """Puts a zip where the CDK would have put the code of each function."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("index.js", "export const handler = async () => ({});")
    s3 = client("s3")
    made = set()
    for resource in template["Resources"].values():
        code = resource.get("Properties", {}).get("Code", {})
        if resource["Type"] != "AWS::Lambda::Function" or "S3Key" not in code:
            continue
        bucket = code["S3Bucket"]["Fn::Sub"].replace("${AWS::AccountId}", "123456789012").replace("${AWS::Region}", "eu-central-1")
        if bucket not in made:
            s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
            made.add(bucket)
        s3.put_object(Bucket=bucket, Key=code["S3Key"], Body=archive.getvalue())


def fit_for_moto(template):
    """The template without what moto stumbles over."""
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::KMS::Key":
            # It looks for the tags of a key under names that CloudFormation does not have.
            del resource["Properties"]["Tags"]
    return template


@mock_aws
def main():
    template = json.load(sys.stdin)
    # What `cdk bootstrap` leaves in an account.
    client("ssm").put_parameter(Name="/cdk-bootstrap/hnb659fds/version", Value="21", Type="String")
    place_assets(template)
    template = fit_for_moto(template)
    cloudformation = client("cloudformation")
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        cloudformation.create_stack(
            StackName="onramp",
            TemplateBody=json.dumps(template),
            Capabilities=["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"],
        )
    left_out = {match[1] for one in said if (match := re.search(r"Tried to parse (\S+) but", str(one.message)))}
    stack = cloudformation.describe_stacks(StackName="onramp")["Stacks"][0]
    apis = client("apigateway")
    api = apis.get_rest_apis()["items"][0]["id"]
    pages = apis.get_paginator("get_resources").paginate(restApiId=api)
    resources = [item for page in pages for item in page["items"]]
    queues = client("sqs").list_queues().get("QueueUrls", [])
    events = client("events")
    functions = client("lambda").list_functions()["Functions"]
    mappings = client("lambda").list_event_source_mappings()["EventSourceMappings"]
    s3 = client("s3")
    buckets = [one["Name"] for one in s3.list_buckets()["Buckets"] if not one["Name"].startswith("cdk-")]
    print(json.dumps({
        "status": stack["StackStatus"],
        "buckets": len(buckets),
        "queues": sorted(url.rsplit("/", 1)[1] for url in queues),
        "rules": sorted(rule["Name"] for rule in events.list_rules()["Rules"]),
        "targets": sum(len(events.list_targets_by_rule(Rule=rule["Name"])["Targets"]) for rule in events.list_rules()["Rules"]),
        "functions": sorted(one["FunctionName"] for one in functions),
        "mappings": len(mappings),
        "routes": sorted(
            f"{method} {resource['path']}" for resource in resources for method in resource.get("resourceMethods", {})
        ),
        "left_out": sorted(left_out),
    }))


main()
