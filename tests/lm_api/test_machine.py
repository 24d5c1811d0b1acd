"""The limits of the model server, read from control groups inside and outside containers."""

from pathlib import Path

import pytest
from lm_api.cgroups import Limits, read_limits
from lm_api.machine import BadSetting, Machine, parse_size, this_machine

GIGABYTE = 2**30
WHOLE = this_machine({}, Limits())
"""This machine outside any container."""


def limits(tmp_path: Path, membership: str, **files: str) -> Limits:
    """Return the limits in a tree of these files; in their names, `__` stands for `/` and `_DOT_` for a dot."""
    for name, text in files.items():
        file = tmp_path / "cgroup" / name.replace("__", "/").replace("_DOT_", ".")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"{text}\n")
    (tmp_path / "membership").write_text(membership)
    return read_limits(tmp_path / "cgroup", tmp_path / "membership")


def test_a_container_sees_its_limits_at_the_root_of_its_own_tree(tmp_path: Path) -> None:
    files = {"memory_DOT_max": "2147483648", "cpu_DOT_max": "150000 100000"}
    assert limits(tmp_path, "0::/\n", **files) == Limits(1.5, 2 * GIGABYTE)


def test_without_limits_there_are_none(tmp_path: Path) -> None:
    assert limits(tmp_path, "0::/\n", memory_DOT_max="max", cpu_DOT_max="max 100000") == Limits()


def test_the_tightest_of_the_groups_around_counts(tmp_path: Path) -> None:
    files = {
        "user_DOT_slice__memory_DOT_max": "1073741824",
        "user_DOT_slice__job__memory_DOT_max": "4294967296",
        "user_DOT_slice__job__cpu_DOT_max": "400000 100000",
        "user_DOT_slice__cpu_DOT_max": "max 100000",
        "other__memory_DOT_max": "1",
    }
    assert limits(tmp_path, "0::/user.slice/job\n", **files) == Limits(4, GIGABYTE)


def test_version_1_has_a_tree_for_each_controller(tmp_path: Path) -> None:
    membership = "4:memory:/docker/abc\n1:cpu,cpuacct:/docker/abc\n0::/\n"
    files = {
        "memory__docker__abc__memory_DOT_limit_in_bytes": "536870912",
        "memory__memory_DOT_limit_in_bytes": "9223372036854771712",
        "cpu__docker__abc__cpu_DOT_cfs_quota_us": "50000",
        "cpu__docker__abc__cpu_DOT_cfs_period_us": "100000",
        "cpu__cpu_DOT_cfs_quota_us": "-1",
        "cpu__cpu_DOT_cfs_period_us": "100000",
    }
    assert limits(tmp_path, membership, **files) == Limits(0.5, 512 * 2**20)


def test_a_version_1_container_sees_the_hosts_path_but_only_its_own_tree(tmp_path: Path) -> None:
    membership = "4:memory:/docker/abc\n1:cpu:/docker/abc\n"
    files = {
        "memory__memory_DOT_limit_in_bytes": "536870912",
        "cpu__cpu_DOT_cfs_quota_us": "200000",
        "cpu__cpu_DOT_cfs_period_us": "100000",
    }
    assert limits(tmp_path, membership, **files) == Limits(2, 512 * 2**20)


def test_a_path_that_leads_out_of_the_tree_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "memory.max").write_text("1")
    assert limits(tmp_path, "0::/../..\n", memory_DOT_max="2147483648") == Limits(None, 2 * GIGABYTE)


def test_where_there_are_no_groups_there_are_no_limits(tmp_path: Path) -> None:
    assert read_limits(tmp_path / "none", tmp_path / "nor here") == Limits()


def test_the_tightest_of_machine_container_and_settings_counts() -> None:
    assert this_machine({}, Limits(0.5, GIGABYTE)) == Machine(1, GIGABYTE)
    assert this_machine({"LM_CPUS": "1", "LM_MEMORY": "1g"}, Limits(64, 4 * GIGABYTE)) == Machine(1, GIGABYTE)
    assert this_machine({"LM_CPUS": "0", "LM_MEMORY": "64000g"}, Limits(64, 2**62)) == WHOLE


@pytest.mark.parametrize(("cpus", "cores"), [(0.2, 1), (1.0, 1), (1.9, 1)])
def test_fractions_of_a_core_are_rounded_down_to_at_least_one(cpus: float, cores: int) -> None:
    assert this_machine({}, Limits(cpus=cpus)).cores == cores


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("512m", 512 * 2**20),
        ("1.5g", 1536 * 2**20),
        ("4g", 4 * GIGABYTE),
        ("4GB", 4 * GIGABYTE),
        ("1t", 1024 * GIGABYTE),
        ("7", 7),
    ],
)
def test_sizes_are_written_as_for_docker(text: str, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize(
    "setting",
    [{"LM_CPUS": "all"}, {"LM_CPUS": "nan"}, {"LM_CPUS": "inf"}, {"LM_CPUS": "-1"}, {"LM_MEMORY": "much"}],
)
def test_an_invalid_limit_is_named(setting: dict[str, str]) -> None:
    with pytest.raises(BadSetting, match=next(iter(setting))):
        this_machine(setting)
