"""Stack of files: a table, and a bucket with permissions for each of its parts.

`incoming/` holds uploads: clients write them by forms and URLs that the API signs, and only the
inspector reads them. `imports/` holds what other features fetched, until it is copied there.
`clean/` holds clean files: the inspector writes them, the API signs links.
"""

from typing import Any

from aws_cdk import Duration, Size
from constructs import Construct

from files.store.bucket import CLEAN, INCOMING
from infra.constructs.buckets import FeatureBucket
from infra.constructs.function_group import FunctionOptions
from infra.constructs.tables import FeatureTable
from infra.nag import accept
from infra.stacks.feature import FeatureStack
from shared.data.exports import PREFIX
from shared.data.file_imports import PREFIX as IMPORTS

# Calls of functions/files/store; a transaction needs the permissions of its parts.
TABLE_ACTIONS = (
    "GetItem",
    "BatchGetItem",
    "Query",
    "PutItem",
    "UpdateItem",
    "DeleteItem",
    "BatchWriteItem",
    "ConditionCheckItem",
    "DescribeTable",
)
INDEXES = {
    "by-owner": ("owner_id", "listed_as"),
    "by-purpose": ("listed_in", "listed_as"),
    "by-due": ("due", "due_at"),
}
# It reads 100 MB, decodes up to 64 million pixels, and writes the result. The pixels of a WebP
# with transparency, the worst case, were measured to take 2345 MB; every account may use 3008 MB.
INSPECTOR = FunctionOptions(
    memory=3008, timeout=Duration.minutes(5), storage=Size.mebibytes(1024), concurrency=10
)


class FilesStack(FeatureStack):
    """The table, the bucket and the functions of files."""

    def __init__(self, scope: Construct, **options: Any) -> None:
        super().__init__(scope, "files", **options)
        environment = self.environment_
        table = FeatureTable(
            self,
            "files",
            prefix=environment.prefix,
            retain=environment.retain_data,
            indexes=INDEXES,
        )
        bucket = FeatureBucket(
            self,
            "files",
            environment=environment,
            incoming=INCOMING,
            imported=IMPORTS,
            passing=PREFIX,
        )
        group = self.add_group(
            "files",
            tables={"files": table},
            buckets={"files": bucket},
            timeout=Duration.seconds(60),
            variables={"FILES_BUCKET": bucket.name},
            options={"inspector": INSPECTOR},
        )
        functions = group.functions
        for name, function in functions.items():
            if name != "outbox":  # it has only what the relay needs
                table.allow(function, *TABLE_ACTIONS)
        self.grant_publish(functions["outbox"])
        self.secret("cursors").grant_read(functions["api"])

        api, inspector, sweeper = (functions[name] for name in ("api", "inspector", "sweeper"))
        bucket.allow(api, INCOMING, "PutObject", "AbortMultipartUpload", "ListMultipartUploadParts")
        bucket.allow(api, CLEAN, "GetObject")
        bucket.allow(inspector, INCOMING, "GetObject")
        bucket.allow(inspector, CLEAN, "PutObject")
        bucket.allow_listing(inspector)
        bucket.allow(sweeper, INCOMING, "DeleteObject", "AbortMultipartUpload")
        bucket.allow(sweeper, CLEAN, "DeleteObject")
        # It makes archives of what the features and the inspector wrote.
        bucket.allow(sweeper, CLEAN, "GetObject")
        bucket.allow(
            sweeper, PREFIX, "GetObject", "PutObject", "DeleteObject", "AbortMultipartUpload"
        )
        bucket.allow(functions["events-worker"], PREFIX, "DeleteObject")
        # It copies what another feature fetched to where uploads are inspected.
        for name in ("events-worker", "import-rows"):
            bucket.allow(functions[name], IMPORTS, "GetObject")
            bucket.allow(functions[name], INCOMING, "PutObject")
        bucket.allow(sweeper, IMPORTS, "DeleteObject")
        bucket.allow(api, PREFIX, "GetObject")
        for name in ("sweeper", "events-worker", "import-rows"):
            bucket.allow_listing(functions[name])
        self.grant_tombstones(functions["import-rows"])
        bucket.reserve(inspector, INCOMING, ("GetObject", "GetObjectVersion"))
        bucket.reserve(inspector, CLEAN, ("PutObject",))
        group.queues["files-incoming"].grant_send_messages(sweeper)
        accept(
            self,
            {
                f"IAM5[Resource::{bucket.objects(prefix)}]": "Each upload has a key of its own."
                for prefix in (INCOMING, CLEAN, IMPORTS, PREFIX)
            },
        )
