"""Writes s3_signatures.json: requests as botocore signs them, for the tests of S3Signer.

Run it by hand with a Python that has botocore (boto3) installed: python make_s3_signatures.py
"""

import datetime
import hashlib
import json
import pathlib
from urllib.parse import parse_qsl, urlsplit

import botocore
import botocore.auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

KEY_ID = "AKIAIOSFODNN7EXAMPLE"
SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
TIMES = ["2013-05-24T00:00:00", "2026-11-24T02:03:04", "2000-02-29T23:59:59", "2099-12-31T12:00:00"]

KEYS = [
    "a",
    "videos/v_1/g1/v720/00001.m4s",
    "with space",
    "with  two/ spaces ",
    "plus+and=equals&and,comma",
    "ünïcödé/日本語/🎬.mp4",
    "percent%20already",
    "~tilde-_.*'()!@$;:",
    "double//slash",
    "a/../b/./c",
    'quote"<>[]{}|\\^`#?',
    "tab\tand\nline",
]
QUERIES = [
    [],
    [("uploads", "")],
    [("partNumber", "10000"), ("uploadId", "a/b+c==")],
    [("list-type", "2"), ("max-keys", "1000"), ("prefix", "videos/v 1/ä/"), ("start-after", "")],
    [("delete", "")],
    [("b", "2"), ("a", "1"), ("A", "3"), ("a-b", "4"), ("ab", "~*+ ")],
]
HEADERS = [
    {},
    {"range": "bytes=0-9"},
    {"content-md5": "1B2M2Y8AsgTpgAmY7PhCfg==", "content-type": "application/xml"},
    {"if-match": '"abc"', "x-amz-meta-title": "  two   spaces  "},
]
BODIES = [b"", b"hello", bytes(range(256))]


def encode(text, safe):
    from urllib.parse import quote

    return quote(text, safe=safe)


def sign(case):
    moment = datetime.datetime.fromisoformat(case["time"])
    botocore.auth.get_current_datetime = lambda remove_tzinfo=True: moment
    body = bytes.fromhex(case["body"])
    path = "/" + encode(case["key"], "/~")
    query = "&".join(f"{encode(name, '~')}={encode(value, '~')}" for name, value in case["query"])
    request = AWSRequest(
        method=case["method"],
        url=f"https://{case['host']}{path}" + (f"?{query}" if query else ""),
        headers=dict(case["headers"]),
        data=body,
    )
    request.context["payload_signing_enabled"] = True
    credentials = Credentials(KEY_ID, SECRET, case["token"])
    botocore.auth.S3SigV4Auth(credentials, "s3", case["region"]).add_auth(request)
    parts = urlsplit(request.url)
    assert parse_qsl(parts.query, keep_blank_values=True) == [tuple(pair) for pair in case["query"]]
    case["path"] = parts.path
    case["bodyHash"] = request.headers["X-Amz-Content-SHA256"]
    assert case["bodyHash"] == hashlib.sha256(body).hexdigest()
    case["date"] = request.headers["X-Amz-Date"]
    case["seconds"] = int(moment.replace(tzinfo=datetime.UTC).timestamp())
    case["authorization"] = request.headers["Authorization"]
    return case


def cases():
    number = 0
    for key in KEYS:
        for query in QUERIES:
            number += 1
            # The other properties take turns, with periods that have no common factor.
            yield sign(
                {
                    "method": ["GET", "PUT", "DELETE", "HEAD", "POST"][number % 5],
                    "host": ["examplebucket.s3.amazonaws.com", "127.0.0.1:9000", "s3.example.org"][number % 3],
                    "key": key,
                    "query": query,
                    "headers": HEADERS[number % 4],
                    "body": BODIES[number % 3].hex(),
                    "region": ["us-east-1", "eu-central-1", "garage"][(number // 2) % 3],
                    "token": [None, "FwoGZXIvYXdzE//token+with/odd==letters"][(number // 3) % 2],
                    "time": TIMES[number % 4],
                }
            )


if __name__ == "__main__":
    target = pathlib.Path(__file__).with_name("s3_signatures.json")
    document = {
        "botocore": botocore.__version__,
        "accessKeyID": KEY_ID,
        "secretAccessKey": SECRET,
        "cases": list(cases()),
    }
    target.write_text(json.dumps(document, indent=1, ensure_ascii=True) + "\n")
