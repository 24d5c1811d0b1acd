"""The machine's nginx in front of chat-ui, with the same site as in the compose stack."""

import grp
import os
import pwd
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from parley_local.child import Service
from parley_local.errors import CannotStart
from parley_local.ports import LOOPBACK, http_url

SOURCE = Path(__file__).resolve().parents[2] / "nginx"
TEMPLATES = SOURCE / "templates"
DERIVED = ("NGINX_HOSTS", "NGINX_PREFIX", "NGINX_BODY_LIMIT", "NGINX_CORS")
SYSTEM_PATH = os.pathsep.join((os.environ.get("PATH", os.defpath), "/usr/sbin", "/usr/local/sbin"))

# The counterpart of the compose stack's nginx/nginx.conf: everything around the site.
PROCESS = """
daemon off;
worker_processes 1;
worker_shutdown_timeout 5s;
pid "{folder}/nginx.pid";
error_log /dev/stderr warn;
{user}
worker_rlimit_nofile 8192;
events {{ worker_connections 4096; }}
http {{ include "{folder}/site/*.conf"; }}
"""


@dataclass(frozen=True)
class Nginx:
    program: str

    def service(
        self, folder: Path, address: str, port: int, *, upstream_port: int, environment: Mapping[str, str]
    ) -> Service:
        """Write the configuration into `folder`, for an nginx on `port` in front of chat-ui on `upstream_port`."""
        folder.mkdir(exist_ok=True)
        variables = {
            "NGINX_LISTEN": f"[{address}]:{port}" if ":" in address else f"{address}:{port}",
            "NGINX_UPSTREAM": f"{LOOPBACK}:{upstream_port}",
            "NGINX_RESOLVER": LOOPBACK,  # never queried: the upstream is an address
            "NGINX_TRUSTED": environment.get("PARLEY_TRUSTED_PROXY") or f"{LOOPBACK}/32",
            "NGINX_RATE": environment.get("PARLEY_RATE") or "50",
            "NGINX_CONNECTIONS": environment.get("PARLEY_CONNECTIONS") or "200",
            "NGINX_ERRORS": str(SOURCE / "errors"),
            "NGINX_TEMP": str(folder),
            "NGINX_LOG": "text",
            **_derived(environment),
        }
        (folder / "site").mkdir(exist_ok=True)
        for template in TEMPLATES.iterdir():
            (folder / "site" / template.stem).write_text(render(template.read_text(), variables))
        (folder / "nginx.conf").write_text(PROCESS.format(folder=folder, user=_user()))
        command = (self.program, "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", "/dev/stderr")
        return Service("nginx", command, ready_url=f"{http_url(address, port)}/health/ready")


def refusal(service: Service) -> str | None:
    """Return why nginx rejects its configuration, if it does: it may be too old or lack a module."""
    test = subprocess.run([*service.command, "-t", "-q"], capture_output=True, text=True, check=False)  # noqa: S603
    return test.stderr.strip() or "no reason given" if test.returncode else None


def find_nginx() -> Nginx | None:
    program = shutil.which("nginx", path=SYSTEM_PATH)
    return Nginx(program) if program else None


def render(template: str, variables: Mapping[str, str]) -> str:
    """Substitute like envsubst with a list of names; nginx's own variables stay."""
    return re.sub(r"\$\{(NGINX_\w+)\}", lambda match: variables[match[1]], template)


def _derived(environment: Mapping[str, str]) -> dict[str, str]:
    """The variables that follow from Parley's settings, by the script that the image uses.

    Raises:
        CannotStart: a setting is not valid; the message names it.
    """
    names = " ".join(f'"${name}"' for name in DERIVED)
    script = f'. "$0"; printf "%s\\n" {names}'
    result = subprocess.run(  # noqa: S603
        ["/bin/sh", "-c", script, str(SOURCE / "variables.envsh")],
        env={"PATH": SYSTEM_PATH, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode:
        raise CannotStart(result.stderr.strip())
    return dict(zip(DERIVED, result.stdout.split("\n"), strict=False))


def _user() -> str:
    """Keep root as the workers' user: nginx's default account may not be able to read the repository."""
    if os.geteuid() != 0:
        return ""
    return f"user {pwd.getpwuid(0).pw_name} {grp.getgrgid(0).gr_name};"
