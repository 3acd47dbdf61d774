"""Event files as TensorBoard's own classes write them: pip install tensorboard, then
python scripts/goldens/events.py > src/tracking/files/goldens/events.json
"""

import importlib.metadata
import io
import json
import struct

from tensorboard.compat.proto import event_pb2, summary_pb2, tensor_pb2, tensor_shape_pb2, types_pb2
from tensorboard.compat.tensorflow_stub.pywrap_tensorflow import crc32c
from tensorboard.plugins.hparams import plugin_data_pb2
from tensorboard.summary.writer.record_writer import RecordWriter

NAME = "tiny"
BEGAN = 1795701920.25
PARAMETERS = {"seed": 3, "stages.teach.beta": 0.04, "stages.teach.keepBest": False, "models.base": "builtin:base \u00e9"}
STEPS = [
    (1795701921.5, 0, {"teach/reward": -13.549148559570312, "teach/update/loss": 0.0}),
    (1795701922.125, 300, {"teach/reward": 1e-8}),
]


def scalars(time, step, values):
    summary = summary_pb2.Summary(
        value=[summary_pb2.Summary.Value(tag=tag, simple_value=value) for tag, value in values.items()]
    )
    return event_pb2.Event(wall_time=time, step=step, summary=summary)


def parameters(time):
    info = plugin_data_pb2.SessionStartInfo(group_name=NAME, start_time_secs=time)
    for key, value in PARAMETERS.items():
        if isinstance(value, bool):
            info.hparams[key].bool_value = value
        elif isinstance(value, (int, float)):
            info.hparams[key].number_value = value
        else:
            info.hparams[key].string_value = value
    data = plugin_data_pb2.HParamsPluginData(session_start_info=info)
    metadata = summary_pb2.SummaryMetadata(
        plugin_data=summary_pb2.SummaryMetadata.PluginData(
            plugin_name="hparams", content=data.SerializeToString(deterministic=True)
        )
    )
    tensor = tensor_pb2.TensorProto(dtype=types_pb2.DT_FLOAT, tensor_shape=tensor_shape_pb2.TensorShapeProto())
    value = summary_pb2.Summary.Value(tag="_hparams_/session_start_info", tensor=tensor, metadata=metadata)
    return event_pb2.Event(wall_time=time, summary=summary_pb2.Summary(value=[value]))


class Sink(io.BytesIO):
    """RecordWriter closes its file."""

    def close(self):
        pass


events = [event_pb2.Event(wall_time=BEGAN, file_version="brain.Event:2"), parameters(BEGAN)]
events += [scalars(*step) for step in STEPS]
sink = Sink()
writer = RecordWriter(sink)
for event in events:
    writer.write(event.SerializeToString(deterministic=True))
writer.flush()
golden = {
    "tensorboard": importlib.metadata.version("tensorboard"),
    "name": NAME,
    "began": BEGAN * 1000,
    "parameters": PARAMETERS,
    "steps": [{"time": time * 1000, "step": step, "values": values} for time, step, values in STEPS],
    "file": sink.getvalue().hex(),
    "crc32c": [{"text": text, "value": crc32c(text.encode())} for text in ("", "a", "123456789", "x" * 1000)],
}
print(json.dumps(golden, indent=1, ensure_ascii=False))
