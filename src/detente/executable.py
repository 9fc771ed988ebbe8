"""Machine code kept on disk: what a machine of this kind has compiled once, it only loads from then on.

XLA's client is called by itself, without the cache that jax puts before it: to ask that cache for machine code, a program has to
be lowered anew, which takes longer than to load the code, and code that came out of it cannot be written down again.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import jax
from jax import export
from jax.interpreters import mlir
from jaxlib import version, xla_client

from detente import runtime

OPTIONS: dict[str, dict[str, str | bool]] = {"cpu": {"xla_cpu_use_fusion_emitters": False}}
"""How programs are compiled, by platform: XLA's older emitters are sooner done, with less memory (docs/performance.md)."""
ALONE: dict[str, dict[str, str | bool]] = {"cpu": {"xla_cpu_multi_thread_eigen": False}}
"""What keeps a program to one core, by platform."""


def written(function: Callable[..., Any], *args: Any) -> bytes:
    """Return a function of arrays as traced and lowered for these arguments, to be read by :func:`loaded`."""
    exported = export.export(jax.jit(function))(*args)
    with mlir.make_ir_context():
        # without the places in this package that operations come from: a line further down is no other program
        text = exported.mlir_module(serialized=False).operation.get_asm(enable_debug_info=False)
    return bytes(replace(exported, mlir_module_serialized=text.encode()).serialize())


def loaded(data: bytes, alone: bool) -> Callable[..., Any]:
    """Return the compiled function that ``data`` holds, for arguments on the first device; ``alone``: kept to one core."""
    exported = export.deserialize(bytearray(data))
    device = jax.devices()[0]
    devices, options = xla_client.DeviceList((device,)), xla_client.CompileOptions()
    options.num_replicas = options.num_partitions = 1
    options.env_option_overrides = list(
        (OPTIONS.get(device.platform, {}) | (ALONE.get(device.platform, {}) if alone else {})).items()
    )

    def make() -> bytes:
        return bytes(device.client.compile_and_load(exported.mlir_module_serialized, devices, options).serialize())

    def read(code: bytes) -> xla_client.LoadedExecutable:
        return device.client.deserialize_executable(code, devices, options)

    executable = runtime.kept(_name(device, exported.mlir_module_serialized, options), make, read)

    def call(*args: Any) -> Any:
        leaves = jax.tree.leaves(args)
        results = executable.execute_sharded([leaves[index] for index in exported.module_kept_var_idx])
        return jax.tree.unflatten(exported.out_tree, [each for (each,) in results.disassemble_into_single_device_arrays()])

    return call


def _name(device: jax.Device, module: bytes, options: xla_client.CompileOptions) -> str:
    """Return a name that only machine code of the same program, compiled alike for the same kind of machine, has."""
    kind = xla_client.get_topology_for_devices([device]).fingerprint()
    # over how many cores a program is spread is settled when it is compiled
    machine = (version.__version__, device.client.platform_version, kind, runtime.cores(), os.environ.get("XLA_FLAGS"))
    digest = hashlib.sha256(repr((*machine, options.env_option_overrides)).encode() + module)
    return f"executable-{digest.hexdigest()}"
