"""What a plugin's `Requires-Dist` lines say about vLLM on one platform."""

from collections.abc import Iterable, Mapping

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name

from plugin_matrix.model import Platform, Plugin

PYTHONS = tuple(f"3.{minor}" for minor in range(8, 16))
"""Minor versions that some vLLM release supports."""
LATEST_PATCH = 40
"""More patch releases than any CPython minor has had."""


def requirements_on_vllm(plugin: Plugin, platform: Platform) -> tuple[Requirement, ...]:
    """Return the requirements on vLLM that hold on `platform` without any extra.

    What stands under an extra excludes nothing: nobody has to ask for the extra. Lines that are no
    requirements say nothing; installers refuse them in words of their own.
    """
    return those_that_hold(on_vllm(plugin), marker_environment(platform.python))


def on_vllm(plugin: Plugin) -> tuple[Requirement, ...]:
    """Return every requirement on vLLM, whatever its marker."""
    found = []
    for line in plugin.requires_dist:
        try:
            requirement = Requirement(line)
        except InvalidRequirement:
            continue
        if canonicalize_name(requirement.name) == "vllm":
            found.append(requirement)
    return tuple(found)


def marker_environment(python: str, extra: str = "", system: str = "linux") -> dict[str, str]:
    """Return what markers are evaluated against: CPython 3.x on `system`, `linux` or `darwin`."""
    return {
        "extra": extra,
        "implementation_name": "cpython",
        "os_name": "posix",
        "platform_machine": "x86_64" if system == "linux" else "arm64",
        "platform_python_implementation": "CPython",
        "platform_system": system.capitalize(),
        "python_full_version": f"{python}.0",
        "python_version": python,
        "sys_platform": system,
    }


def those_that_hold(
    requirements: Iterable[Requirement], environment: Mapping[str, str]
) -> tuple[Requirement, ...]:
    """Return the requirements whose marker holds in `environment`."""
    return tuple(one for one in requirements if one.marker is None or one.marker.evaluate(dict(environment)))


def admits(requirements: Iterable[Requirement], release: str) -> bool:
    """Tell whether all `requirements` admit `release`, pre-releases included."""
    return all(one.specifier.contains(release, prereleases=True) for one in requirements)


def contradict(requirements: Iterable[Requirement]) -> bool:
    """Tell whether no version whatever satisfies all `requirements`, not merely none that is known."""
    return SpecifierSet(",".join(str(one.specifier) for one in requirements)).is_unsatisfiable()


def admits_python(requires_python: str | None, python: str) -> bool:
    """Tell whether some patch release of the minor version `python` satisfies a `Requires-Python`."""
    try:
        wanted = SpecifierSet(requires_python or "")
    except InvalidSpecifier:
        return True  # says nothing; installers refuse it in words of their own
    return any(wanted.contains(f"{python}.{patch}") for patch in range(LATEST_PATCH))
