"""An S3-style server for the Swift tests, and boto3 as a second opinion on it: s3_server.py moto | rclone

Prints {"port": N} when it is ready. Then answers each line of JSON on its input with one on its output:
    {"op": "put", "key": K, "hex": H}     boto3 writes an object
    {"op": "get", "key": K}               -> {"size": N, "sha256": H, "etag": E}, or {"missing": true}
    {"op": "uploads"}                     -> {"count": N}: multipart uploads that nobody finished or aborted
It ends, with its server, when its input does: so it never outlives the tests.
"""

import hashlib
import json
import logging
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import threading

import boto3
import botocore.config
import botocore.exceptions

BUCKET = "test-bucket"
KEY_ID = "test-key"
SECRET = "test-secret"


def start_moto():
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    return server.get_host_and_port()[1], server.stop


def start_rclone():
    program = pathlib.Path(sys.prefix, "bin", "rclone")
    program = str(program) if program.exists() else shutil.which("rclone")
    if program is None:
        sys.exit("rclone is not installed")
    folder = tempfile.mkdtemp(prefix="storage-tests-rclone-")
    pathlib.Path(folder, BUCKET).mkdir()
    command = [program, "serve", "s3", "--addr", "127.0.0.1:0", "--auth-key", f"{KEY_ID},{SECRET}", "-v"]
    command += ["--config", "/dev/null", "--vfs-cache-mode", "off", folder]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)

    def stop():
        process.kill()
        process.wait()
        shutil.rmtree(folder, ignore_errors=True)

    for line in process.stderr:
        if found := re.search(r"http://127\.0\.0\.1:(\d+)", line):
            # Whatever it says later must not fill the pipe.
            threading.Thread(target=process.stderr.read, daemon=True).start()
            return int(found[1]), stop
    sys.exit("rclone did not start")


def answer(client, command):
    match command["op"]:
        case "put":
            client.put_object(Bucket=BUCKET, Key=command["key"], Body=bytes.fromhex(command["hex"]))
            return {}
        case "get":
            try:
                found = client.get_object(Bucket=BUCKET, Key=command["key"])
            except client.exceptions.NoSuchKey:
                return {"missing": True}
            body = found["Body"].read()
            return {"size": len(body), "sha256": hashlib.sha256(body).hexdigest(), "etag": found["ETag"]}
        case "uploads":
            return {"count": len(client.list_multipart_uploads(Bucket=BUCKET).get("Uploads", []))}
    raise ValueError(command)


def main():
    port, stop = {"moto": start_moto, "rclone": start_rclone}[sys.argv[1]]()
    client = boto3.client(
        "s3",
        endpoint_url=f"http://127.0.0.1:{port}",
        aws_access_key_id=KEY_ID,
        aws_secret_access_key=SECRET,
        region_name="us-east-1",
        config=botocore.config.Config(s3={"addressing_style": "path"}),
    )
    if sys.argv[1] == "moto":
        client.create_bucket(Bucket=BUCKET)
    print(json.dumps({"port": port}), flush=True)
    try:
        for line in sys.stdin:
            try:
                reply = answer(client, json.loads(line))
            except botocore.exceptions.BotoCoreError as error:
                reply = {"error": str(error)}
            except botocore.exceptions.ClientError as error:
                reply = {"error": str(error)}
            print(json.dumps(reply), flush=True)
    finally:
        stop()


if __name__ == "__main__":
    main()
