"""What the Makefile and the workflow name exists."""

import re
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
TARGETS = set(re.findall(r"(?m)^([a-z-]+):", MAKEFILE))


def test_every_path_that_test_fast_leaves_out_exists() -> None:
    (slow,) = re.findall(r"(?m)^SLOW := ((?:.*\\\n)*.*)$", MAKEFILE)
    missing = [path for path in slow.replace("\\", "").split() if not (ROOT / path).exists()]
    assert missing == []


def test_every_target_is_described_and_phony() -> None:
    (phony,) = re.findall(r"(?m)^\.PHONY: (.*)$", MAKEFILE)
    assert set(phony.split()) == TARGETS
    assert set(re.findall(r"(?m)^([a-z-]+):.*## ", MAKEFILE)) == TARGETS


def test_ci_and_the_workflow_call_targets_that_exist() -> None:
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8"))
    steps = [step.get("run", "") for job in workflow["jobs"].values() for step in job["steps"]]
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    called = set(re.findall(r"\b(?:make|run_tests) ([a-z-]+)", "\n".join([*steps, script])))
    called |= set(workflow["jobs"]["test"]["strategy"]["matrix"]["target"])
    assert called - {"targets"} <= TARGETS
    assert {"check", "test", "coverage", "up", "test-compose"} <= called
