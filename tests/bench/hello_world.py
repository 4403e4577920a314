"""Baseline: the least that FastAPI on Lambda with DynamoDB imports."""

import boto3
from fastapi import FastAPI
from mangum import Mangum

app = FastAPI()
table = boto3.client("dynamodb", region_name="us-east-1")


@app.get("/")
def hello() -> dict[str, str]:
    return {"hello": "world"}


handler = Mangum(app)
