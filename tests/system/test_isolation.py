"""Which service can reach which, and who has which secret."""

import pytest

from tests.support.running.compose import SERVICES, TASKS, ComposeStack, docker

SECRETS = {
    "chat-ui": {"db_api_token", "lm_api_key", "session_secret"},
    "db-api": {"api_password", "db_api_token"},
    "db": {"postgres_password", "owner_password", "api_password"},
    "lm-api": {"lm_api_key"},
}
BEHIND_NGINX = tuple(service for service in SERVICES if service != "nginx")


@pytest.mark.parametrize("service", BEHIND_NGINX)
def test_only_nginx_is_reachable_from_outside(stack: ComposeStack, service: str) -> None:
    ports = stack.inspect(service)["NetworkSettings"]["Ports"]
    assert not any(ports.values())


@pytest.mark.parametrize("service", BEHIND_NGINX)
def test_the_services_are_only_on_the_private_network(stack: ComposeStack, service: str) -> None:
    assert list(stack.inspect(service)["NetworkSettings"]["Networks"]) == [f"{stack.project}_backend"]


def test_the_private_network_has_no_way_out(stack: ComposeStack) -> None:
    assert docker("network", "inspect", f"{stack.project}_backend", "--format", "{{.Internal}}").strip() == "true"
    nginx = {
        name: network["IPAddress"] for name, network in stack.inspect("nginx")["NetworkSettings"]["Networks"].items()
    }
    assert can_connect(stack, nginx[f"{stack.project}_backend"])
    assert not can_connect(stack, nginx[f"{stack.project}_edge"])  # the nearest address outside the private network


def can_connect(stack: ComposeStack, address: str) -> bool:
    attempt = f"import socket; s = socket.socket(); s.settimeout(2); print(s.connect_ex(('{address}', 8080)))"
    return stack.execute("chat-ui", "python", "-c", attempt).strip() == "0"


def test_nginx_is_published_on_one_address_of_this_machine(stack: ComposeStack) -> None:
    published = stack.inspect("nginx")["NetworkSettings"]["Ports"]["8080/tcp"]
    assert [binding["HostIp"] for binding in published] == ["127.0.0.1"]


@pytest.mark.parametrize(
    ("service", "url"), [("db-api", "http://db-api:8000/chats"), ("lm-api", "http://lm-api:8080/v1/models")]
)
def test_the_services_require_their_key(stack: ComposeStack, service: str, url: str) -> None:
    status = stack.execute("nginx", "curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", url)
    assert status == "401"


@pytest.mark.parametrize("service", [*SERVICES, *TASKS])
def test_containers_have_only_the_rights_they_need(stack: ComposeStack, service: str) -> None:
    described = stack.inspect(service)
    host = described["HostConfig"]
    assert host["ReadonlyRootfs"]
    assert host["CapDrop"] == ["ALL"]
    assert host["CapAdd"] == (["CAP_CHOWN", "CAP_DAC_READ_SEARCH"] if service == "secrets" else None)
    assert host["SecurityOpt"] == ["no-new-privileges:true"]
    assert host["MemorySwap"] == host["Memory"] > 0  # no swap
    assert host["PidsLimit"] > 0
    assert host["LogConfig"]["Config"]["max-size"]


@pytest.mark.parametrize("service", SERVICES)
def test_no_service_runs_as_root(stack: ComposeStack, service: str) -> None:
    status = dict(line.split(":\t", 1) for line in stack.execute(service, "cat", "/proc/1/status").splitlines())
    assert "0" not in status["Uid"].split()
    assert int(status["CapEff"], 16) == 0


@pytest.mark.parametrize("service", SECRETS)
def test_each_service_reads_only_its_own_secrets(stack: ComposeStack, service: str) -> None:
    assert set(stack.execute(service, "ls", "/run/secrets").split()) == SECRETS[service]


def test_nginx_has_no_secret(stack: ComposeStack) -> None:
    assert all(mount["Destination"] != "/run/secrets" for mount in stack.inspect("nginx")["Mounts"])


def test_no_secret_shows_in_docker_inspect_or_in_a_log(stack: ComposeStack) -> None:
    secrets = {
        stack.execute(service, "cat", f"/run/secrets/{name}").strip()
        for service, names in SECRETS.items()
        for name in names
    }
    assert len(secrets) == 6
    containers = [container for service in (*SERVICES, *TASKS) for container in stack.containers(service)]
    shown = docker("inspect", *containers) + stack.run("logs", "--no-color")
    assert not any(secret in shown for secret in secrets)
