"""Page, API and command line give the same numbers; the API takes files as programs send them."""

import json
import subprocess
import sys
import urllib.request
from uuid import uuid4

import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from paths import EXAMPLES, ROOT, SEVEN
from steps import compare

import audioclf
from audioclf.version import __version__

ENDPOINTS = ["/analyse", "/models", "/stress", "/explain", "/transcribe", "/verify"]
CLIP = EXAMPLES / "six-cafe.wav"


@pytest.fixture(scope="module")
def client(demo: str) -> Client:
    return Client(demo, verbose=False)


def scores_by_model(records: list[dict]) -> dict[str, dict[str, float]]:
    return {record["model"]: record["scores"] for record in records}


def test_page_api_and_command_line_agree(page, client):
    compare(page, CLIP)
    cells = page.locator("#compare-result td[data-score]").all()
    shown = [float(cell.get_attribute("data-score")) for cell in cells]
    said = client.predict(handle_file(CLIP), "digits", api_name="/analyse")
    lines = subprocess.run(
        [sys.executable, "-m", "audioclf", "classify", "--json", str(CLIP)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    printed = [json.loads(line) for line in lines]
    assert [record["model"] for record in said] == [record["model"] for record in printed]
    for one, other in zip(said, printed, strict=True):
        assert one["probabilities"] == pytest.approx(other["probabilities"], abs=1e-6)
        assert (one["label"], one["known"]) == (other["label"], other["known"])
    by_row = [record["probabilities"][label] for label in said[0]["probabilities"] for record in said]
    assert shown == pytest.approx(by_row, abs=1e-6)


def test_the_public_endpoints_are_documented_and_need_no_task(client):
    listed = client.view_api(return_format="dict")
    assert list(listed["named_endpoints"]) == ENDPOINTS
    documented = (ROOT / "docs" / "api.md").read_text("utf-8")
    assert all(f"`{name}`" in documented for name in listed["named_endpoints"])
    assert not listed["unnamed_endpoints"]
    assert len(client.predict(handle_file(SEVEN), api_name="/analyse")) == 3


def test_the_models_endpoint_lists_the_registry(client):
    records = client.predict("digits", api_name="/models")
    assert [record["model"] for record in records] == ["digits-gmm", "digits-cnn", "digits-rnn"]
    assert {record["where"] for record in records} == {"bundled"}
    assert len(client.predict(api_name="/models")) >= len(records)


def test_breaking_points_and_explanations_are_returned(client):
    swept = client.predict(handle_file(SEVEN), "digits", "snr_white", api_name="/stress")
    assert len(swept["levels"]) == 16 and swept["sentence"]
    explained = client.predict(handle_file(SEVEN), "digits", "seven", api_name="/explain")
    assert [record["model"] for record in explained] == ["digits-gmm", "digits-cnn", "digits-rnn"]


def test_a_string_is_the_same_in_the_api_and_in_python(client):
    said = client.predict(handle_file(SEVEN), api_name="/transcribe")
    found = {record["model"]: record["string"] for record in said}
    assert found == {model: " ".join(audioclf.transcribe(SEVEN, model).labels) for model in found}
    assert set(found.values()) == {"seven"}
    with pytest.raises(AppError, match="environment"):
        client.predict(handle_file(SEVEN), "environment", api_name="/transcribe")
    with pytest.raises(AppError, match="no grammar"):
        client.predict(handle_file(SEVEN), "digits", "poem", api_name="/transcribe")


def test_voices_are_compared_alike_in_the_api_and_in_python(client):
    takes, test = [EXAMPLES / f"woman-{n}.flac" for n in (1, 2)], EXAMPLES / "woman-3.flac"
    enrol = [handle_file(take) for take in takes]
    said = client.predict(enrol, handle_file(test), api_name="/verify")
    found = {score.model: score.llr for score in audioclf.verify(takes, test)}
    assert {record["model"]: record["llr"] for record in said} == pytest.approx(found, abs=1e-6)
    assert all(record["same"] for record in said)
    with pytest.raises(AppError, match="digits-cnn is a classifier"):
        client.predict(enrol, handle_file(test), "digits-cnn", api_name="/verify")


def test_the_health_check_answers_with_the_version(demo):
    with urllib.request.urlopen(f"{demo}/healthz", timeout=30) as answer:
        assert json.load(answer) == {"status": "ok", "version": __version__}


def test_a_file_that_is_no_sound_is_an_error_without_a_path(client, tmp_path):
    (tmp_path / "notes.wav").write_text("not a sound " * 50)
    with pytest.raises(AppError) as error:
        client.predict(handle_file(tmp_path / "notes.wav"), api_name="/analyse")
    assert "notes" in str(error.value) and "/" not in str(error.value)


def test_an_unknown_task_is_an_error_that_names_the_tasks(client):
    with pytest.raises(AppError, match="digits"):
        client.predict(handle_file(SEVEN), "weather", api_name="/analyse")


def test_plain_http_requests_work_as_with_curl(demo, client):
    boundary = uuid4().hex
    body = (
        (
            f'--{boundary}\r\nContent-Disposition: form-data; name="files"; filename="seven.wav"\r\n'
            "Content-Type: audio/wav\r\n\r\n"
        ).encode()
        + SEVEN.read_bytes()
        + f"\r\n--{boundary}--\r\n".encode()
    )
    (stored,) = post(f"{demo}/gradio_api/upload", body, f"multipart/form-data; boundary={boundary}")
    given = {"data": [{"path": stored, "meta": {"_type": "gradio.FileData"}}, "digits"]}
    event = post(f"{demo}/gradio_api/call/analyse", json.dumps(given).encode(), "application/json")
    with urllib.request.urlopen(f"{demo}/gradio_api/call/analyse/{event['event_id']}", timeout=60) as stream:
        said = next(line for line in stream.read().decode().splitlines() if line.startswith("data: ["))
    (records,) = json.loads(said.removeprefix("data: "))
    wanted = client.predict(handle_file(SEVEN), "digits", api_name="/analyse")
    assert scores_by_model(records) == scores_by_model(wanted)


def post(url: str, body: bytes, kind: str):
    request = urllib.request.Request(url, body, {"Content-Type": kind})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)
