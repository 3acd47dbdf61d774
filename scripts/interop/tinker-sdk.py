"""Runs the official Tinker SDK against `rlt serve`, and prints what it found.

    python3 -m venv sdk && sdk/bin/pip install tinker==0.38.0 torch
    rlt serve builtin:base --port 8765 --threads 1 &
    TINKER_API_KEY=tml-none sdk/bin/python scripts/interop/tinker-sdk.py http://127.0.0.1:8765

Every line that begins with "ok" is a check; the first one that fails ends the script. torch is what the SDK
differentiates custom losses with.
"""

import math
import sys

import tinker
from tinker import types

URL = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8765"


def ok(what, condition, shown=""):
    if not condition:
        raise SystemExit(f"FAILED  {what}  {shown}")
    print(f"ok  {what}{'  ' + shown if shown else ''}")


def close(a, b, tolerance=1e-4):
    return all(abs(x - y) <= tolerance * max(1, abs(x), abs(y)) for x, y in zip(a, b, strict=True))


def tensor(values, dtype="float32"):
    return types.TensorData(data=list(values), dtype=dtype, shape=[len(values)])


def datum(ids, **columns):
    """A sequence as the SDK wants it: each id predicts the next one."""
    inputs = {name: tensor(values) for name, values in columns.items()}
    inputs["target_tokens"] = tensor(ids[1:], "int64")
    return types.Datum(model_input=types.ModelInput.from_ints(ids[:-1]), loss_fn_inputs=inputs)


def numbers(array):
    return [float(x) for x in array.tolist()]


def awaited(client):
    """Some calls of the SDK return a future, others what it would have."""
    return client.result() if hasattr(client, "result") else client


print(f"tinker {tinker.__version__}")
service = tinker.ServiceClient(base_url=URL)
(model,) = service.get_server_capabilities().supported_models
ok("capabilities", model.trainable and model.sampleable, f"{model.model_name}, {model.max_context_length} tokens")
name = model.model_name

training = awaited(service.create_lora_training_client(name, rank=8, seed=3))
info = awaited(training.get_info())
ok("create_lora_training_client", info.is_lora and info.lora_rank == 8, f"{info.model_data.arch}, rank {info.lora_rank}")

SEQUENCES = [[5, 6, 7, 8, 9, 10], [11, 12, 13, 14]]
ADAM = types.AdamParams(learning_rate=0.01, beta1=0.9, beta2=0.95, eps=1e-8, grad_clip_norm=1.0)


def log_probs(client):
    """By the trainer's forward pass."""
    out = client.forward([datum(ids, weights=[1.0] * (len(ids) - 1)) for ids in SEQUENCES], "cross_entropy").result()
    return [numbers(one["logprobs"].to_numpy()) for one in out.loss_fn_outputs], out.metrics


first, metrics = log_probs(training)
total = sum(map(sum, first))
ok("forward: loss:sum is minus the sum of the log-probs", close([metrics["loss:sum"]], [-total]), f"{-total:.4f}")

print("cross_entropy")
for step in range(3):
    batch = [datum(ids, weights=[1.0] * (len(ids) - 1)) for ids in SEQUENCES]
    backward = training.forward_backward(batch, "cross_entropy")
    update = training.optim_step(ADAM)
    before, norm = backward.result().metrics["loss:sum"], update.result().metrics
    print(f"    step {step}: loss {before:.4f}  {', '.join(f'{k} {v:.4f}' for k, v in norm.items())}")
after, metrics = log_probs(training)
ok("three steps lower the loss", metrics["loss:sum"] < -total, f"{-total:.4f} -> {metrics['loss:sum']:.4f}")
signed = training.forward_backward([datum(SEQUENCES[0], weights=[1, -1, 0.5, 0, -2])], "cross_entropy").result()
expected = -sum(w * lp for w, lp in zip([1, -1, 0.5, 0, -2], after[0]))
ok("signed weights are summed", close([signed.metrics["loss:sum"]], [expected]), f"{expected:.4f}")
training.optim_step(types.AdamParams(learning_rate=0.0)).result()

ADVANTAGES = [0.0, 0.0, 1.0, -1.0, 0.5]


def policy_gradient(loss, config=None, shift=0.0):
    q = [lp - shift for lp in after[0]]
    out = training.forward_backward([datum(SEQUENCES[0], logprobs=q, advantages=ADVANTAGES)], loss, config).result()
    training.optim_step(types.AdamParams(learning_rate=0.0)).result()
    return out.metrics["loss:sum"]


ok("importance_sampling at ratio 1", close([policy_gradient("importance_sampling")], [-sum(ADVANTAGES)]))
ratio = math.exp(0.3)
found = policy_gradient("importance_sampling", shift=0.3)
ok("importance_sampling at ratio 1.35", close([found], [-ratio * sum(ADVANTAGES)]), f"{found:.4f}")
found = policy_gradient("ppo", {"clip_low_threshold": 0.8, "clip_high_threshold": 1.2}, shift=0.3)
expected = -sum(min(ratio * a, 1.2 * a) for a in ADVANTAGES)
ok("ppo clips the ratio", close([found], [expected]), f"{found:.4f}")
found = policy_gradient("cispo", {"clip_low_threshold": 0.0, "clip_high_threshold": 1.2}, shift=0.3)
expected = -sum(1.2 * a * lp for a, lp in zip(ADVANTAGES, after[0]))
ok("cispo", close([found], [expected]), f"{found:.4f}")
try:
    training.forward_backward([datum(SEQUENCES[0], logprobs=after[0], advantages=ADVANTAGES)], "gspo").result()
    ok("gspo is refused by name", False)
except tinker.RequestFailedError as error:
    ok("gspo is refused by name", "no loss named" in str(error), str(error).splitlines()[0][:70])

print("custom loss")
import torch  # noqa: E402


def loss_of(data, outputs):
    loss = sum((lp * torch.arange(1, len(lp) + 1)).sum() ** 2 for lp in outputs)
    return loss, {"squared": float(loss)}


def custom(client, learning_rate):
    batch = [datum(ids) for ids in SEQUENCES]
    out = client.forward_backward_custom(batch, loss_of).result()
    client.optim_step(types.AdamParams(learning_rate=learning_rate, eps=1e-8)).result()
    return out.metrics["squared"]


losses = [custom(training, 0.001) for _ in range(4)]
ok("forward_backward_custom lowers a loss of one's own", losses[-1] < losses[0], " -> ".join(f"{x:.1f}" for x in losses))

print("sampling")
sampler = awaited(training.save_weights_and_get_sampling_client())
prompt = types.ModelInput.from_ints(SEQUENCES[0])
params = types.SamplingParams(max_tokens=8, seed=1, temperature=1.0, top_k=-1, top_p=1.0, stop=[])
one = sampler.sample(prompt, num_samples=3, sampling_params=params).result()
two = sampler.sample(prompt, num_samples=3, sampling_params=params).result()
ids = [list(map(int, sequence.tokens)) for sequence in one.sequences]
ok("three samples of eight tokens", [len(x) for x in ids] == [8, 8, 8], str(ids[0]))
ok("equal seeds give equal samples", ids == [list(map(int, sequence.tokens)) for sequence in two.sequences])
scores = sampler.compute_logprobs(types.ModelInput.from_ints(SEQUENCES[0] + ids[0])).result()
ok("the first token of a prompt has no log-prob", scores[0] is None)
ok(
    "log-probs of samples are those of the prompt that has them",
    close(numbers(one.sequences[0].logprobs_np), scores[len(SEQUENCES[0]) :], 1e-3),
)
trainer, _ = log_probs(training)
ok("sampler and trainer compute the same log-probs", close(scores[1 : len(SEQUENCES[0])], trainer[0], 1e-3))
scored = sampler.sample(prompt, num_samples=1, sampling_params=params, include_prompt_logprobs=True).result()
ok("prompt log-probs beside samples", close(numbers(scored.prompt_logprobs_np)[1:], trainer[0], 1e-3))

print("checkpoints")
saved = training.save_state("interop").result()
ok("save_state", saved.path.endswith("/weights/interop"), "tinker://…/weights/interop")
named = training.save_weights_for_sampler("interop").result()
ok("save_weights_for_sampler", named.path.endswith("/sampler_weights/interop"))
again = awaited(service.create_sampling_client(model_path=named.path))
same = again.compute_logprobs(prompt).result()
ok("a sampling client from a path", close(same[1:], scores[1 : len(SEQUENCES[0])], 1e-3))
restored = awaited(service.create_training_client_from_state_with_optimizer(saved.path))
ok("create_training_client_from_state_with_optimizer", log_probs(restored)[0] == trainer)
fresh = awaited(service.create_training_client_from_state(saved.path))
ok("create_training_client_from_state", log_probs(fresh)[0] == trainer)
steps = []
for client in (training, restored, fresh):
    client.forward_backward([datum(x, weights=[1.0] * (len(x) - 1)) for x in SEQUENCES], "cross_entropy")
    client.optim_step(ADAM).result()
    steps.append(log_probs(client)[0])
ok("the optimiser came back: the next step is the same", steps[0] == steps[1])
ok("without the optimiser it is another one", steps[0] != steps[2])

rest = service.create_rest_client()
listed = rest.list_checkpoints(training.model_id).result().checkpoints
ok("list_checkpoints", sorted(c.checkpoint_id for c in listed) == ["sampler_weights/interop", "weights/interop"])
ok("list_user_checkpoints", len(rest.list_user_checkpoints().result().checkpoints) >= 2)
ok("get_training_run", rest.get_training_run(training.model_id).result().lora_rank == 8)
runs = rest.list_training_runs().result().training_runs
ok("list_training_runs", training.model_id in [run.training_run_id for run in runs])
ok("get_weights_info", rest.get_weights_info_by_tinker_path(saved.path).result().base_model == name)
copied = rest.copy_weights(saved.path, destination_project_id="local").result()
ok("copy_weights", copied.endswith("/weights/interop") and copied != saved.path)
rest.delete_checkpoint_from_tinker_path(named.path).result()
left = rest.list_checkpoints(training.model_id).result().checkpoints
ok("delete_checkpoint", [c.checkpoint_id for c in left] == ["weights/interop"])
service.close("success")
print("done")
