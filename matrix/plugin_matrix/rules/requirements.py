"""What a plugin's `Requires-Dist` lines say about vLLM on one platform."""

from collections.abc import Iterable

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from plugin_matrix.model import Platform, Plugin


def requirements_on_vllm(plugin: Plugin, platform: Platform) -> tuple[Requirement, ...]:
    """Return the requirements on vLLM that hold on `platform` without any extra.

    What stands under an extra excludes nothing: nobody has to ask for the extra. Lines that are no
    requirements say nothing; installers refuse them in words of their own.
    """
    environment = {
        "extra": "",
        "implementation_name": "cpython",
        "os_name": "posix",
        "platform_python_implementation": "CPython",
        "platform_system": "Linux",
        "python_full_version": f"{platform.python}.0",
        "python_version": platform.python,
        "sys_platform": "linux",
    }
    found = []
    for line in plugin.requires_dist:
        try:
            requirement = Requirement(line)
        except InvalidRequirement:
            continue
        if canonicalize_name(requirement.name) != "vllm":
            continue
        if requirement.marker is None or requirement.marker.evaluate(environment):
            found.append(requirement)
    return tuple(found)


def admits(requirements: Iterable[Requirement], release: str) -> bool:
    """Tell whether all `requirements` admit `release`, pre-releases included."""
    return all(one.specifier.contains(release, prereleases=True) for one in requirements)


def contradict(requirements: Iterable[Requirement]) -> bool:
    """Tell whether no version whatever satisfies all `requirements`, not merely none that is known."""
    return SpecifierSet(",".join(str(one.specifier) for one in requirements)).is_unsatisfiable()
