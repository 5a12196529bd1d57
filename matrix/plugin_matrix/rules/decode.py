"""Reading what the probe wrote: input from an enemy, so bounded, strict and without surprises."""

import msgspec

from plugin_matrix.model.observation import MAX_OBSERVATION_BYTES, PROBE_SCHEMA, Observation
from plugin_matrix.rules.evidence import plain

MOST = 1_000_000_000
"""Counts and seconds of a whole cell above this are no measurement (and no reader's integer)."""


class DecodeProblem(msgspec.Struct, frozen=True):
    """Why a result is not an observation."""

    message: str


class _Head(msgspec.Struct):
    """The one field every schema of the probe has; the rest is passed over."""

    schema: int


_head = msgspec.json.Decoder(_Head)
_whole = msgspec.json.Decoder(Observation)


def decode_observation(data: bytes | None) -> Observation | DecodeProblem:
    """Return the observation in `data`, or why there is none; never raises."""
    if data is None:
        return DecodeProblem("The probe left no result.")
    if len(data) > MAX_OBSERVATION_BYTES:
        return DecodeProblem(
            f"The probe's result is larger than {MAX_OBSERVATION_BYTES // 1024**2} MiB and was not read."
        )
    try:
        # The schema is looked at first: a newer probe's fields must not read as garbage.
        schema = _head.decode(data).schema
        if schema != PROBE_SCHEMA:
            return DecodeProblem(f"The probe's result has schema {schema} and not {PROBE_SCHEMA}.")
        observation = _whole.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return DecodeProblem(f"The probe's result is not an observation: {plain(str(error))}")
    if not (0 <= observation.modules_imported <= MOST and 0 <= observation.import_seconds <= MOST):
        return DecodeProblem("The probe's result is not an observation: a measurement is out of range.")
    return observation
