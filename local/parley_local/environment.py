"""Which variables of the environment reach which service: the machine's, and the service's own settings.

Whatever else a shell holds, such as keys for other programs, is nobody's business here.
"""

import re
from collections.abc import Mapping

_MACHINE = (
    r"PATH|HOME|USER|LOGNAME|SHELL|LANG|LANGUAGE|LC_\w+|TZ|TMPDIR|TEMP|TMP|LD_LIBRARY_PATH|DYLD_\w+|XDG_\w+|VIRTUAL_ENV"
    r"|PYTHON\w+|COVERAGE_\w+|SSL_CERT_\w+|(?i:https?_proxy|no_proxy|all_proxy)|NO_COLOR"
)
_OWN = {
    "db": "",
    "migrate": r"DATABASE_URL|WAIT_SECONDS|OWNER_PASSWORD",
    "db-api": r"DATABASE_URL|POOL_\w+|(LEASE|UNDO)_SECONDS|\w+_DAYS|MOST_\w+|MAX_BODY_BYTES|API_PASSWORD|DB_API_\w+",
    "lm-api": r"MODEL|DRAFT_MODEL|LM_\w+|HF_\w+|LLAMA_\w+|GGML_\w+|CUDA_\w+|VK_\w+|HIP_\w+|OMP_\w+",
    "chat-ui": r"MAX_\w+|LM_PATIENCE|JWT_\w+|CORS_\w+|LIMITS_\w+|PARLEY_\w+|SESSION_SECRET\w*|DB_API_\w+|LM_API_\w+",
    "nginx": "",
}


def environment_of(service: str, environment: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that this service may see."""
    allowed = re.compile(f"{_MACHINE}|{_OWN[service]}" if _OWN[service] else _MACHINE)
    return {name: value for name, value in environment.items() if allowed.fullmatch(name)}
