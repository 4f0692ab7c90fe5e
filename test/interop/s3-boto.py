"""Uses an S3 server as boto3 users do and prints what came back, as JSON: `python s3-boto.py ENDPOINT BUCKET`."""

import hashlib
import io
import json
import sys
import urllib.request

import boto3
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import ClientError

endpoint, bucket = sys.argv[1:]
client = boto3.client("s3", endpoint_url=endpoint, config=Config(retries={"max_attempts": 0}))


def body(key, **more):
    return client.get_object(Bucket=bucket, Key=key, **more)["Body"].read()


def refusal(call):
    try:
        call()
    except ClientError as error:
        return error.response["Error"]["Code"]
    return None


def small_objects():
    keys = ["boto/a b", "boto/plus+%41", "boto/ключ🙂", "boto//x/../y"]
    for key in keys:
        client.put_object(Bucket=bucket, Key=key, Body=key.encode(), Metadata={"n": "1"})
    pages = client.get_paginator("list_objects_v2").paginate(
        Bucket=bucket, Prefix="boto/", PaginationConfig={"PageSize": 2}
    )
    listed = [item["Key"] for page in pages for item in page["Contents"]]
    return {"listed": sorted(listed) == sorted(keys), "bodies": all(body(key) == key.encode() for key in keys)}


def checksums():
    values = {}
    for name in ("CRC32", "SHA1", "SHA256"):
        client.put_object(Bucket=bucket, Key="sum", Body=b"123456789", ChecksumAlgorithm=name)
        values[name] = client.head_object(Bucket=bucket, Key="sum", ChecksumMode="ENABLED")["Checksum" + name]
    return values


def transfer():
    content = bytes(range(256)) * 80_000  # 20.48 MB
    config = TransferConfig(multipart_threshold=8 << 20, multipart_chunksize=8 << 20, max_concurrency=3)
    client.upload_fileobj(io.BytesIO(content), bucket, "big", Config=config)
    back = io.BytesIO()
    client.download_fileobj(bucket, "big", back, Config=config)
    parts = [hashlib.md5(content[at : at + (8 << 20)]).digest() for at in range(0, len(content), 8 << 20)]
    etag = hashlib.md5(b"".join(parts)).hexdigest() + "-" + str(len(parts))
    return {
        "same": back.getvalue() == content,
        "etag": client.head_object(Bucket=bucket, Key="big")["ETag"] == f'"{etag}"',
        "range": body("big", Range="bytes=8388600-8388615") == content[8388600:8388616],
    }


def conditions():
    client.put_object(Bucket=bucket, Key="once", Body=b"1", IfNoneMatch="*")
    return [
        refusal(lambda: client.put_object(Bucket=bucket, Key="once", Body=b"2", IfNoneMatch="*")),
        refusal(lambda: client.put_object(Bucket=bucket, Key="once", Body=b"2", IfMatch='"stale"')),
        refusal(lambda: client.get_object(Bucket=bucket, Key="missing")),
    ]


def presigned():
    put = client.generate_presigned_url("put_object", Params={"Bucket": bucket, "Key": "by url"}, ExpiresIn=60)
    urllib.request.urlopen(urllib.request.Request(put, data=b"signed", method="PUT"))
    get = client.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "by url"}, ExpiresIn=60)
    return urllib.request.urlopen(get).read().decode()


def form():
    post = client.generate_presigned_post(
        bucket, "form/${filename}", Conditions=[["content-length-range", 1, 100]], ExpiresIn=60
    )
    boundary = "boundary0123"
    parts = [f'--{boundary}\r\nContent-Disposition: form-data; name="{n}"\r\n\r\n{v}\r\n' for n, v in post["fields"].items()]
    parts.append(f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="f.txt"\r\n\r\nposted\r\n--{boundary}--\r\n')
    headers = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
    urllib.request.urlopen(urllib.request.Request(post["url"], "".join(parts).encode(), headers))
    return body("form/f.txt").decode()


def batch():
    client.put_object(Bucket=bucket, Key="x<1>", Body=b"x", Tagging="k=v")
    tags = client.get_object_tagging(Bucket=bucket, Key="x<1>")["TagSet"]
    client.copy({"Bucket": bucket, "Key": "x<1>"}, bucket, "x&2")
    answer = client.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "x<1>"}, {"Key": "x&2"}]})
    return {"tags": tags, "deleted": sorted(item["Key"] for item in answer["Deleted"])}


cases = [small_objects, checksums, transfer, conditions, presigned, form, batch]
json.dump({case.__name__: case() for case in cases}, sys.stdout)
