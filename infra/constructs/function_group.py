"""Function groups: the Lambda functions of one feature, made from its Chalice decorators.

    @app.route                       -> <prefix>-<feature>-api, one function for all routes
    @app.on_sqs_message(queue)       -> a function, the queue, its dead-letter queue, the mapping
    @app.on_domain_events(types)     -> the same, and a filtered subscription to the topic
    @app.on_s3_event(bucket, prefix) -> the same, and notifications of S3 to the queue
    @app.polls(queue)                -> the queue and its dead-letter queue, without a mapping
    @app.on_dynamodb_record(table)   -> a function fed by the table's stream (outbox inserts)
    @app.schedule(rate)              -> a function and an EventBridge rule
    @app.authorizer()                -> a function for the authorizer of the API
    @app.operator_function()         -> a function that operators invoke
    @app.sockets.on_connect, …       -> a function each, where there is a WebSocket API

A new route or consumer is therefore one decorated function and no change here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from aws_cdk import Duration, RemovalPolicy, Size
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_event_sources as sources
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from chalice.app import (
    Chalice,
    DynamoDBEventConfig,
    ScheduledEventConfig,
    ScheduleExpression,
    SQSEventConfig,
)
from constructs import Construct

from infra import log_groups, names
from infra.constructs.buckets import FeatureBucket
from infra.constructs.rollout import Rollout
from infra.constructs.tables import FeatureTable
from infra.constructs.work_queue import DeadLetterQueue, WorkQueue
from infra.environments import Environment
from infra.watched import API, MONITOR, function_handlers, public_functions
from shared.events.outbox import PREFIX as OUTBOX_PREFIX
from shared.platform.config import path_name

RUNTIME = lambda_.Runtime.PYTHON_3_13
# Of functions behind API Gateway, which waits for 29 seconds: whoever asked has an answer by then.
API_TIMEOUT = Duration.seconds(29)
# A batch of the outbox is given up after either. Its events stay in the table and are published by
# `make outbox-republish`.
OUTBOX_RETRIES = 1000
OUTBOX_MAX_AGE = Duration.hours(1)
OUTBOX_ACTIONS = ("GetItem", "PutItem", "DeleteItem", "BatchWriteItem")


@dataclass(frozen=True)
class FunctionOptions:
    """Settings in which one function differs from its group.

    Attributes:
        memory: Memory in MiB.
        timeout: Timeout.
        storage: Size of /tmp.
        concurrency: Most invocations by its queue, if it has one.
    """

    memory: int
    timeout: Duration
    storage: Size
    concurrency: int


# Long enough to build an index over many documents. Only operators invoke it.
ENSURE_INDEXES = FunctionOptions(
    memory=256, timeout=Duration.minutes(15), storage=Size.mebibytes(512), concurrency=2
)


# A batch of rows of an earlier system. Only operators invoke it.
IMPORT_ROWS = FunctionOptions(
    memory=1024, timeout=Duration.minutes(2), storage=Size.mebibytes(512), concurrency=2
)


class FunctionGroup(Construct):
    """Functions of one feature by the names of their handlers; `api` serves its routes.

    Attributes:
        functions: The functions by name.
        queues: The queues that they consume, by name.
        called: Name of the group in the names of its resources.
        public: Names of those that answer requests and frames of the outside.
    """

    def __init__(
        self,
        scope: Construct,
        group: str,
        app: Chalice,
        *,
        environment: Environment,
        code: lambda_.Code,
        codes: Mapping[str, lambda_.Code] | None = None,
        layer: lambda_.LayerVersion,
        rollout: Rollout | None = None,
        variables: Mapping[str, str] | None = None,
        tables: Mapping[str, FeatureTable] | None = None,
        buckets: Mapping[str, FeatureBucket] | None = None,
        memory: int = 512,
        timeout: Duration | None = None,
        options: Mapping[str, FunctionOptions] | None = None,
    ) -> None:
        """Create the functions of the group.

        Args:
            scope: Stack that holds the functions.
            group: Name of the feature's folder.
            app: Chalice app with the decorators.
            environment: Environment that is deployed.
            code: Bundle of the functions.
            codes: Bundles of single functions, by their names.
            layer: Layer of the functions.
            rollout: Gives public functions versions and an alias; None for neither.
            variables: Environment variables of every function.
            tables: Tables whose streams the group reads, by the names that decorators use.
            buckets: Buckets whose notifications the group consumes, by the same names.
            memory: Memory of every function in MiB.
            timeout: Timeout of every function that is not behind API Gateway.
            options: Settings of single functions.
        """
        super().__init__(scope, group)
        self.functions: dict[str, lambda_.Function] = {}
        self.queues: dict[str, WorkQueue] = {}
        self._aliases: dict[str, lambda_.Alias] = {}
        self._rollout = rollout
        self._group = group
        self.called = path_name(group)
        self._app = app
        self._environment = environment
        self._tables = tables or {}
        self._buckets = buckets or {}
        self._codes = codes or {}
        self._own_options = {"import-rows": IMPORT_ROWS, **(options or {})}
        self._timeout = timeout or Duration.seconds(15)
        self._options: dict[str, Any] = {
            "runtime": RUNTIME,
            "architecture": lambda_.Architecture.ARM_64,
            "code": code,
            "layers": [layer],
            "memory_size": memory,
            "timeout": self._timeout,
            "environment": names.variables(self, environment, group) | dict(variables or {}),
        }
        self.public = public_functions(app, websockets=environment.websockets)
        handlers = function_handlers(app, websockets=environment.websockets)
        for name, attribute in handlers.items():
            self._add(name, attribute)
        for source in app.event_sources:
            self._add_event_source(source)
        for name in getattr(app, "polled", ()):
            self.queues[name] = WorkQueue(
                self, name, prefix=environment.prefix, worker_timeout=self._timeout
            )
        self._tell_queue_urls()

    @property
    def writers(self) -> set[str]:
        """Names of the functions that may write for people: not relays, nor operators'."""
        sources = [
            path_name(source.name)
            for source in self._app.event_sources
            if not isinstance(source, DynamoDBEventConfig)
        ]
        return {*self.public, *sources} & self.functions.keys()

    def entry(self, name: str) -> lambda_.IFunction:
        """Return what others invoke of a function: its alias, where there is one."""
        return self._aliases.get(name, self.functions[name])

    def each(self, apply: Callable[[lambda_.Function], object]) -> None:
        """Apply a grant to every function of the group."""
        for function in self.functions.values():
            apply(function)

    def _add(self, name: str, attribute: str) -> None:
        full_name = f"{self._environment.prefix}-{self.called}-{name}"
        log_group = logs.LogGroup(
            self,
            f"{name}-logs",
            log_group_name=log_groups.of_function(full_name),
            retention=names.retention(self._environment),
            removal_policy=RemovalPolicy.DESTROY,
        )
        # A role of its own that may write this one log group, instead of AWS's managed policy.
        role = iam.Role(
            self,
            f"{name}-role",
            assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
        )
        log_group.grant_write(role)
        function = lambda_.Function(
            self,
            name,
            function_name=full_name,
            handler=f"{self._group}.app.{attribute}",
            log_group=log_group,
            role=role,
            reserved_concurrent_executions=self._reserved(name),
            # A trace begins where a request does: those of sweepers would be paid for all day.
            tracing=(
                lambda_.Tracing.ACTIVE if name in self.public else lambda_.Tracing.PASS_THROUGH
            ),
            **self._options_of(name),
        )
        self.functions[name] = function
        if self._rollout and name in self.public:
            self._aliases[name] = self._rollout.add_alias(self, name, function)

    def _reserved(self, name: str) -> int | None:
        """Return the reserved concurrency of a function, None where it shares the account's."""
        concurrency = self._environment.concurrency
        if name in self.public:
            return concurrency.reserved(self._group)
        for source in self._app.event_sources:
            if isinstance(source, SQSEventConfig) and path_name(source.name) == name:
                has_maximum = name in self._own_options or source.queue in concurrency.by_queue
                return None if has_maximum else concurrency.per_worker
        return None

    def _options_of(self, name: str) -> dict[str, Any]:
        own = self._own_options.get(name)
        options = self._options | ({"code": self._codes[name]} if name in self._codes else {})
        if own is None:
            sockets = [handler.name for handler in self._app.websocket_handlers.values()]
            behind_api = name in {API, *map(path_name, sockets)}
            return options | ({"timeout": API_TIMEOUT} if behind_api else {})
        return options | {
            "memory_size": own.memory,
            "timeout": own.timeout,
            "ephemeral_storage_size": own.storage,
        }

    def _add_event_source(self, source: Any) -> None:
        function = self.functions[path_name(source.name)]
        if isinstance(source, SQSEventConfig):
            self._feed_from_queue(function, source)
        elif isinstance(source, DynamoDBEventConfig):
            self._feed_from_stream(function, source)
        elif isinstance(source, ScheduledEventConfig):
            self._feed_from_rule(function, source)
        else:
            raise NotImplementedError(f"{type(source).__name__} has no construct yet")

    def _feed_from_queue(self, function: lambda_.Function, source: SQSEventConfig) -> None:
        queue_name = str(source.queue)
        own = self._own_options.get(path_name(source.name))
        work = WorkQueue(
            self,
            queue_name,
            prefix=self._environment.prefix,
            worker_timeout=own.timeout if own else self._timeout,
        )
        self.queues[queue_name] = work
        work.dead_letters.grant_send_messages(function)  # what cannot work, with the reason
        self.entry(path_name(source.name)).add_event_source(
            sources.SqsEventSource(
                work,
                batch_size=source.batch_size,
                report_batch_item_failures=True,
                max_concurrency=(
                    own.concurrency
                    if own
                    else self._environment.concurrency.by_queue.get(queue_name)
                ),
            )
        )
        watched = getattr(self._app, "watched", {}).get(queue_name)
        if watched:
            bucket, prefix = watched
            self._buckets[bucket].notify(work, prefix)
        types = getattr(self._app, "consumed", {}).get(queue_name)
        if types:
            topic = sns.Topic.from_topic_arn(
                self, "DomainEvents", names.topic_arn(self, self._environment, "domain-events")
            )
            topic.add_subscription(
                subscriptions.SqsSubscription(
                    work,
                    raw_message_delivery=True,
                    dead_letter_queue=work.dead_letters,
                    filter_policy={
                        "type": sns.SubscriptionFilter.string_filter(allowlist=list(types))
                    },
                )
            )

    def _feed_from_stream(self, function: lambda_.Function, source: DynamoDBEventConfig) -> None:
        dead_letters = DeadLetterQueue(
            self,
            f"{self.called}-{source.name}",
            prefix=self._environment.prefix,
        )
        table = self._tables[source.stream_arn]
        table.allow(function, *OUTBOX_ACTIONS)
        dead_letters.grant_send_messages(function)
        function.add_environment("OUTBOX_NOTICES_URL", dead_letters.queue_url)
        self.entry(path_name(source.name)).add_event_source(
            sources.DynamoEventSource(
                table,
                starting_position=lambda_.StartingPosition.TRIM_HORIZON,
                batch_size=source.batch_size,
                parallelization_factor=self._environment.concurrency.per_shard,
                # The relay itself skips what can never be published. These bounds are for the rest:
                # outages, and a record that makes the function crash.
                bisect_batch_on_error=True,
                retry_attempts=OUTBOX_RETRIES,
                max_record_age=OUTBOX_MAX_AGE,
                on_failure=sources.SqsDlq(dead_letters),
                filters=[
                    lambda_.FilterCriteria.filter(
                        {
                            "eventName": lambda_.FilterRule.is_equal("INSERT"),
                            "dynamodb": {
                                "Keys": {"pk": {"S": lambda_.FilterRule.begins_with(OUTBOX_PREFIX)}}
                            },
                        }
                    )
                ],
            )
        )

    def _feed_from_rule(self, function: lambda_.Function, source: ScheduledEventConfig) -> None:
        expression = source.schedule_expression
        if isinstance(expression, ScheduleExpression):
            expression = expression.to_string()
        events.Rule(
            self,
            f"{source.name}-rule",
            rule_name=function.function_name,
            description=source.description or None,
            schedule=events.Schedule.expression(expression),
            enabled=self._environment.monitored or f"{self.called}-{source.name}" != MONITOR,
            targets=[targets.LambdaFunction(self.entry(path_name(source.name)), retry_attempts=0)],
        )

    def _tell_queue_urls(self) -> None:
        for name, queue in self.queues.items():
            variable = "QUEUE_URL_" + name.upper().replace("-", "_")
            for function in self.functions.values():
                function.add_environment(variable, queue.queue_url)
