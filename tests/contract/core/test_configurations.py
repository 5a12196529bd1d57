"""Configuration classes are dataclasses, though each is made one only when something asks for it."""

from collections.abc import Callable

import pytest

RELEASES = ("0.6.4.post1", "0.10.0", "0.33.0")


@pytest.mark.parametrize("release", RELEASES)
def test_fields_signature_and_attributes_are_the_same_whatever_is_asked_first(
    python: Callable[..., str], release: str
) -> None:
    asked = {
        "fields": "[field.name for field in dataclasses.fields(CacheConfig)]",
        "signature": "list(inspect.signature(CacheConfig).parameters)",
        "patterns": "list(CacheConfig.__match_args__)",
        "annotations": "list(CacheConfig.__annotations__)",
    }
    imports = "import dataclasses, inspect; from vllm.config import CacheConfig; "
    answers = {name: python(release, f"{imports}print({question})") for name, question in asked.items()}
    assert len(set(answers.values())) == 1, answers
    assert "block_size" in answers["fields"]


@pytest.mark.parametrize("release", RELEASES)
def test_an_unknown_field_is_named_in_the_error(python: Callable[..., str], release: str) -> None:
    code = """
from vllm.config import CacheConfig
try:
    CacheConfig(no_such_field=1)
except TypeError as error:
    print(error)
"""
    said = python(release, code).strip()
    assert said == "CacheConfig.__init__() got an unexpected keyword argument 'no_such_field'"


@pytest.mark.parametrize("release", RELEASES[1:])
def test_a_default_inside_another_configuration_is_what_the_class_makes(
    python: Callable[..., str], release: str
) -> None:
    code = """
import dataclasses, pickle
from vllm.config import VllmConfig
held = VllmConfig()
same = repr(pickle.loads(pickle.dumps(held))) == repr(held)
# The platform chooses the class of the workers.
held.parallel_config.worker_cls = type(held.parallel_config)().worker_cls
found = [value for value in vars(held).values() if dataclasses.is_dataclass(value)]
different = [repr(value) for value in found if repr(value) != repr(type(value)())]
print(len(found), different, same)
"""
    count, _, found = python(release, code).splitlines()[-1].partition(" ")
    assert int(count) > 2
    assert found == "[] True"


@pytest.mark.parametrize("release", RELEASES[1:])
def test_a_constructor_that_a_plugin_put_there_is_used_and_stays(
    python: Callable[..., str], release: str
) -> None:
    code = """
import dataclasses
from vllm.config import CacheConfig, VllmConfig
def init(self):
    print("mine")
CacheConfig.__init__ = init
VllmConfig()
dataclasses.fields(CacheConfig)
print(CacheConfig.__init__ is init)
"""
    first, *_, last = python(release, code).splitlines()
    assert (first, last) == ("mine", "True")
