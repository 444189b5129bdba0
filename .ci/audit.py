"""Ask for known faults of the locked packages. Exit status 1 if there are any, else 0, also if nobody answers."""

import json
import subprocess
import sys

COMMAND = [
    *(sys.executable, "-m", "pip_audit", "--disable-pip", "--require-hashes", "-r", "requirements.lock"),
    *("--format", "json", "--progress-spinner", "off", "--timeout", "10"),
]


def main() -> int:
    """Print the faults, or a sentence."""
    done = subprocess.run(COMMAND, capture_output=True, text=True, check=False)
    try:
        packages = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError):
        packages = []
    asked = [package for package in packages if "vulns" in package]
    faults = [(package, fault) for package in asked for fault in package["vulns"]]
    for package, fault in faults:
        fixed = ", ".join(fault["fix_versions"]) or "no version yet"
        print(f"{package['name']} {package['version']}: {fault['id']}, mended in {fixed}")
    if not asked:
        print("the locked packages were not audited: the list of known faults cannot be reached from here")
    else:
        print(f"{len(asked)} of {len(packages)} locked packages audited: {len(faults)} known faults")
    return bool(faults)


if __name__ == "__main__":
    sys.exit(main())
