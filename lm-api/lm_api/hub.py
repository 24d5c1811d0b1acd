"""Downloads one file from the Hugging Face hub: resumes partial downloads and verifies the checksum.

`hf_hub_download` restarts from zero in every new process and verifies no checksum. This module uses the functions
underneath, with the same client, `HF_ENDPOINT`, `HF_TOKEN` and retries, and keeps the partial file.
"""

import errno
import hashlib
import io
import re
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import httpx2
from huggingface_hub import constants, get_hf_file_metadata, hf_hub_url
from huggingface_hub.errors import (
    GatedRepoError,
    HfHubHTTPError,
    HFValidationError,
    RemoteEntryNotFoundError,
    RepositoryNotFoundError,
)
from huggingface_hub.file_download import http_get
from huggingface_hub.utils import build_hf_headers, disable_progress_bars  # type: ignore[attr-defined] # they are public

from lm_api.catalogue import HubModel

Say = Callable[[str], None]

_SHA256 = re.compile(r"[0-9a-f]{64}")
_SECONDS_BETWEEN_REPORTS = 5.0
_MEGABYTE = 1_000_000
_CHUNK_BYTES = 2**18
"""What a broken transfer loses at most; the client's own 10 MiB never end on a line that breaks more often."""


class ModelUnavailable(Exception):
    """The file cannot be downloaded now; the message gives the reason in one line."""


def find_download(model: HubModel, models_dir: Path) -> Path | None:
    """Return the path of the model's first file if all its files are downloaded and verified.

    No partial file ever has the name of a complete one.
    """
    files = [models_dir / model.repository / file for file in model.files]
    return files[0] if all(file.is_file() for file in files) else None


def download(model: HubModel, models_dir: Path, say: Say, most_bytes: int | None = None) -> Path:
    """Download the model's files, or what is missing of them.

    Args:
        most_bytes: the largest model that fits into memory; a larger one is not downloaded.

    Raises:
        ModelUnavailable: the download failed, or the model is too large.
    """
    target = models_dir / model.repository / model.files[0]
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        _download(model, models_dir / model.repository, say, most_bytes)
    except RemoteEntryNotFoundError as error:
        raise ModelUnavailable(f"{model.repository} has no file {_missing(model, error)}") from error
    except GatedRepoError as error:
        raise ModelUnavailable(f"{model.repository} needs its terms accepted on the hub, and HF_TOKEN set") from error
    except RepositoryNotFoundError as error:
        raise ModelUnavailable(
            f"the hub has no repository {model.repository}, or it is private and needs HF_TOKEN"
        ) from error
    except HFValidationError as error:
        raise ModelUnavailable(f"{model.repository} is not a valid repository name") from error
    except HfHubHTTPError as error:
        raise ModelUnavailable(f"{constants.ENDPOINT} answered {error.response.status_code}") from error
    except (httpx2.HTTPError, ConnectionError) as error:
        raise ModelUnavailable(f"cannot reach {constants.ENDPOINT} ({_first_line(error)})") from error
    except OSError as error:
        reason = "the disk is full" if error.errno == errno.ENOSPC else _first_line(error)
        raise ModelUnavailable(f"cannot write {target}: {reason}") from error
    return target


def _missing(model: HubModel, error: RemoteEntryNotFoundError) -> str:
    url = str(error.response.url)
    return next((file for file in model.files if url.endswith(file)), model.file)


def _download(model: HubModel, directory: Path, say: Say, most_bytes: int | None) -> None:
    constants.HF_HUB_DISABLE_TELEMETRY = True  # otherwise the client reports to the hub which tools run here
    constants.DOWNLOAD_CHUNK_SIZE = _CHUNK_BYTES
    disable_progress_bars()
    found = {file: _look_up(model, file) for file in model.files}
    size = sum(each.size for each in found.values())
    if most_bytes is not None and size > most_bytes:
        raise ModelUnavailable(
            f"it has {_megabytes(size)} and {_megabytes(most_bytes)} of memory are free for it; "
            "choose a smaller model or raise LM_MEMORY"
        )
    for file, remote in found.items():
        if not (directory / file).is_file():
            _download_file(f"{model.name}{_position(model, file)}", directory / file, remote, say)


def _position(model: HubModel, file: str) -> str:
    return f" ({model.files.index(file) + 1} of {len(model.files)})" if len(model.files) > 1 else ""


@dataclass(frozen=True)
class _Remote:
    url: str
    size: int
    sha256: str


def _look_up(model: HubModel, file: str) -> _Remote:
    url = hf_hub_url(model.repository, file)
    metadata = get_hf_file_metadata(url)
    if metadata.size is None or not metadata.etag or not _SHA256.fullmatch(metadata.etag):
        raise ModelUnavailable(f"{constants.ENDPOINT} gives no size and checksum for {file}")
    return _Remote(url, metadata.size, metadata.etag)


def _download_file(name: str, target: Path, remote: _Remote, say: Say) -> None:
    part = target.with_name(f"{target.name}.{remote.sha256[:12]}.part")
    _delete_outdated_parts(target, part)
    done = part.stat().st_size if part.exists() else 0
    missing, free = remote.size - done, shutil.disk_usage(target.parent).free
    if free < missing:
        raise ModelUnavailable(
            f"{target.parent} has {_megabytes(free)} of free space, the download needs {_megabytes(missing)}"
        )
    say(f"{name}: {'resuming' if done else 'downloading'} {remote.url}, {_megabytes(remote.size)}")
    with _ReportingFile(part, remote.size, lambda progress: say(f"{name}: {progress}")) as file:
        http_get(remote.url, file, resume_size=done, headers=build_hf_headers(), expected_size=remote.size)
    if _sha256(part) != remote.sha256:
        part.unlink()
        raise ModelUnavailable(f"the download of {target.name} did not match the hub's checksum and was deleted")
    part.rename(target)
    say(f"{name}: complete, checksum verified")


class _ReportingFile(io.BufferedRandom):
    """A file opened for appending that reports its progress every few seconds."""

    def __init__(self, path: Path, size: int, report: Say) -> None:
        path.touch()
        super().__init__(io.FileIO(path, "r+"))
        self.seek(0, io.SEEK_END)
        self._size, self._report = size, report
        self._last_time, self._last_position = time.monotonic(), self.tell()

    def write(self, data: object, /) -> int:
        written = super().write(data)  # type: ignore[arg-type]  # the base class takes any buffer
        elapsed = time.monotonic() - self._last_time
        if elapsed >= _SECONDS_BETWEEN_REPORTS:
            self._report_progress(elapsed)
        return written

    def _report_progress(self, elapsed: float) -> None:
        position = self.tell()
        speed = (position - self._last_position) / elapsed
        self._report(f"{100 * position // self._size} % of {_megabytes(self._size)}, {speed / _MEGABYTE:.1f} MB/s")
        self._last_time, self._last_position = time.monotonic(), position


def _delete_outdated_parts(target: Path, part: Path) -> None:
    """Delete partial downloads of versions that the hub has replaced since."""
    for other in target.parent.glob(f"{target.name}.*.part"):
        if other != part:
            other.unlink()


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _megabytes(count: int) -> str:
    return f"{count / _MEGABYTE:,.0f} MB"


def _first_line(error: Exception) -> str:
    return next(iter(str(error).splitlines()), type(error).__name__)
