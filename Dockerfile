# The demo with the CPU build of PyTorch, for a host: no root, and a root file system that may be read-only.
# docs/hosting.md says how to run it.

FROM python:3.12.11-slim-bookworm AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/venv
COPY requirements.lock ./
# The lock's PyTorch for Linux brings gigabytes of CUDA, so PyTorch comes from its own index of CPU builds. All other
# packages are checked against the hashes of the lock.
RUN /opt/venv/bin/pip install --no-deps --index-url https://download.pytorch.org/whl/cpu \
        torch==2.11.0 torchaudio==2.11.0
RUN awk '/^[a-z]/ { keep = !/^(torch(audio)?==|triton==|nvidia-|cuda-)/ } keep' requirements.lock > cpu.lock \
    && /opt/venv/bin/pip install --no-deps --require-hashes -r cpu.lock

FROM python:3.12.11-slim-bookworm
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    HOME=/tmp \
    GRADIO_TEMP_DIR=/tmp \
    GRADIO_SERVER_NAME=0.0.0.0 \
    GRADIO_SERVER_PORT=7860
WORKDIR /app
COPY --from=build /opt/venv /opt/venv
COPY LICENSE app.py ./
COPY zoo zoo/
COPY audioclf audioclf/
RUN python -m compileall -q audioclf
USER 10001:10001
EXPOSE 7860
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:7860/healthz', timeout=4)"]
ENTRYPOINT ["python", "app.py"]
