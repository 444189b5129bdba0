"""Inference uses one thread: with more, small models would wait for each other on a shared machine."""

import subprocess
import sys

CODE = """
import numpy, scipy.linalg, torch
from threadpoolctl import threadpool_info
from audioclf.models import use_one_thread
use_one_thread()
print(torch.get_num_threads(), {pool["num_threads"] for pool in threadpool_info()})
"""


def test_one_thread_for_pytorch_and_for_linear_algebra():
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "1 {1}"
