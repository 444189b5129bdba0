"""What errors of huggingface_hub mean, as sentences with the next step."""

from dataclasses import dataclass

from audioclf.types import ZooError


class HubUnavailable(ZooError):
    """The hub cannot be reached or gives no answer; another try later may succeed."""


@dataclass(frozen=True)
class RequestContext:
    """What is requested from a hub; error messages name it."""

    repo_id: str
    revision: str = "main"
    file: str = ""
    anonymous: bool = False


SENTENCES = {
    "GatedRepoError": "{repo} is gated: accept its terms at {url}, then run `hf auth login` or set HF_TOKEN",
    "DisabledRepoError": "{repo} was switched off by the Hub; use another",
    "RepositoryNotFoundError": "the Hub has no {repo}, or it is private: check the name, or run `hf auth login`",
    "RevisionNotFoundError": "{repo} has no branch, tag or commit {revision!r}; see {url}/tree/main",
    "EntryNotFoundError": "{repo} has no {file} at {revision}{hint}",
    "HFValidationError": "{repo!r} is no name of a repository; write owner/repo",
    "LocalTokenNotFoundError": "authentication required: run `hf auth login` or set HF_TOKEN",
    "FileMetadataError": "{endpoint} does not answer as a hub does; check HF_ENDPOINT and the proxy",
}
ANONYMOUS_SENTENCES = {
    "GatedRepoError": "{repo} is gated, and this demo opens only repositories that are open to all; use another",
    "RepositoryNotFoundError": "the Hub has no {repo} that is open to all; check the name",
}
HINTS = {
    "index.json": ", so it is no registry; a single model is named with --model",
    "config.json": ", so it is no single model; a registry is named with --zoo",
}
STATUSES = {
    401: "{endpoint} does not know your token; run `hf auth login` or set HF_TOKEN",
    402: "{endpoint} requires a paid plan for this; see its pricing, or choose an owner who has one",
    403: "{endpoint} does not allow this for {repo}; use a token with that right, or another repository",
    409: "{endpoint} reports a conflict: {repo} exists or was just changed; try again, or use another name",
    429: "{endpoint} has had too many requests from here; try again in a few minutes, or run `hf auth login`",
}


def error_for(error: BaseException, about: RequestContext, endpoint: str) -> ZooError:
    """What an error of the client means and what to do. HubUnavailable if another try may succeed."""
    import httpx2
    from huggingface_hub import errors

    words = {
        "repo": about.repo_id,
        "revision": about.revision,
        "file": about.file,
        "hint": HINTS.get(about.file, "; ask its owner to push it whole, or name another revision"),
        "endpoint": endpoint,
        "url": f"{endpoint}/{about.repo_id}",
    }
    # Subclasses come first: GatedRepoError is a RepositoryNotFoundError, and almost all are OSErrors.
    for name, sentence in {**SENTENCES, **(ANONYMOUS_SENTENCES if about.anonymous else {})}.items():
        if isinstance(error, getattr(errors, name)):
            return ZooError(sentence.format(**words))
    if isinstance(error, errors.OfflineModeIsEnabled):
        return HubUnavailable("HF_HUB_OFFLINE is set; unset it to download")
    if isinstance(error, errors.HfHubHTTPError):
        status = error.response.status_code
        if status in STATUSES:
            return (HubUnavailable if status == 429 else ZooError)(STATUSES[status].format(**words))
        kind = HubUnavailable if status >= 500 else ZooError
        return kind(f"{endpoint} answers with status {status}; try again later")
    if isinstance(error, httpx2.TransportError):
        return HubUnavailable(
            f"{endpoint} cannot be reached ({type(error).__name__}); check the network and HF_ENDPOINT"
        )
    reason = getattr(error, "strerror", None) or str(error).strip().split("\n")[0]
    return ZooError(f"{about.file or about.repo_id} could not be transferred ({reason}); try again")
