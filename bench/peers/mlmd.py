#!/usr/bin/env python3
"""ML Metadata, in process on SQLite: registering an execution with two inputs and one output, and reading its lineage.

    mlmd.py FOLDER [short]

One JSON object a line. Its SQLite syncs at every commit as it comes: nothing was turned off or on.
"""

import json
import pathlib
import statistics
import sys
import time

from ml_metadata.metadata_store import metadata_store
from ml_metadata.proto import metadata_store_pb2 as pb

INPUT, OUTPUT = pb.Event.INPUT, pb.Event.OUTPUT


def connect(path):
    path.unlink(missing_ok=True)
    config = pb.ConnectionConfig()
    config.sqlite.filename_uri = str(path)
    config.sqlite.connection_mode = pb.SqliteMetadataSourceConfig.READWRITE_OPENCREATE
    return metadata_store.MetadataStore(config)


class Pipeline:
    def __init__(self, store):
        self.store = store
        self.dataset = store.put_artifact_type(pb.ArtifactType(name="Dataset"))
        self.step = store.put_execution_type(pb.ExecutionType(name="Score"))
        self.inputs = store.put_artifacts([pb.Artifact(type_id=self.dataset, uri=f"s3://lake/{name}")
                                           for name in ("features", "labels")])

    def register(self, number):
        """One call: the execution, its two inputs (known) and its output (new). Returns the output's id."""
        execution = pb.Execution(type_id=self.step, last_known_state=pb.Execution.COMPLETE)
        pairs = [(pb.Artifact(id=i, type_id=self.dataset), pb.Event(type=INPUT)) for i in self.inputs]
        pairs.append((pb.Artifact(type_id=self.dataset, uri=f"s3://lake/scores/{number}"), pb.Event(type=OUTPUT)))
        _, artifacts, _ = self.store.put_execution(execution, pairs, contexts=[])
        return artifacts[-1]

    def lineage(self, artifact):
        """What a caller does to learn where an artifact came from: its run, and what that read."""
        executions = {e.execution_id for e in self.store.get_events_by_artifact_ids([artifact]) if e.type == OUTPUT}
        inputs = {e.artifact_id for e in self.store.get_events_by_execution_ids(executions) if e.type == INPUT}
        return self.store.get_executions_by_id(executions), self.store.get_artifacts_by_id(inputs)


def median_ms(count, work):
    times = []
    for number in range(count):
        start = time.perf_counter()
        work(number)
        times.append(time.perf_counter() - start)
    return statistics.median(times) * 1e3


def main():
    count = 5 if "short" in sys.argv[2:] else 1000
    pipeline = Pipeline(connect(pathlib.Path(sys.argv[1]) / "mlmd.sqlite"))
    outputs = []
    registering = median_ms(count, lambda number: outputs.append(pipeline.register(number)))
    executions, inputs = pipeline.lineage(outputs[-1])
    if len(executions) != 1 or len(inputs) != 2:
        sys.exit("ml-metadata: the lineage is not whole")
    reading = median_ms(count, lambda number: pipeline.lineage(outputs[number]))
    for line, value in (("register_run", registering), ("read_lineage", reading)):
        print(json.dumps({"line": line, "peer": "ml-metadata", "unit": "ms", "value": value}))


if __name__ == "__main__":
    main()
