"""What a plugin's `Requires-Dist` lines say about vLLM on one platform."""

from collections.abc import Iterable

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

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
    """Tell whether no version whatever satisfies all `requirements`, not merely none that is known.

    A set of specifiers can only change its answer at the versions it names, so it is enough to try
    each of them and its neighbours on both sides.
    """
    specifiers = SpecifierSet(",".join(str(one.specifier) for one in requirements if one.specifier))
    candidates = {"0.dev0", "999999"}
    for specifier in specifiers:
        candidates.update(_neighbours(specifier.version))
    return not any(specifiers.contains(candidate, prereleases=True) for candidate in candidates)


def _neighbours(named: str) -> set[str]:
    """Return versions at, just above and just below the one a specifier names."""
    base = named.removesuffix(".*")
    try:
        version = Version(base)
    except InvalidVersion:
        return {base}  # `===` takes any text
    release = ".".join(str(part) for part in (*version.release, 0, 1)[: max(3, len(version.release)) + 1])
    after = ".".join(str(part) for part in (*version.release[:-1], version.release[-1] + 1))
    around = {base, f"{version.public}.post1.dev0", f"{version.base_version}.dev0", release, after}
    if version.post is None and version.dev is None and version.pre is None:
        around |= {f"{base}.post1", f"{base}.1", f"{base}.0.1", f"{after}.dev0", f"{base}rc1"}
    return {text for text in around if _is_version(text)}


def _is_version(text: str) -> bool:
    try:
        Version(text)
    except InvalidVersion:
        return False
    return True
