"""A machine as Colab lends it: its Python packages, its kernel, and a stand-in for google.colab."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

from autograder.author.release import to_text

ROOT = Path(__file__).resolve().parents[2]
REQUIREMENTS = Path(__file__).with_name("requirements.txt")
STAND_INS = {"torch": "2.11.0+cu128", "triton": "3.6.0"}
# For chapters that compute with them: Colab's Triton, and of torch the book's version without CUDA,
# where pip finds such a build (Colab's own is 2.11.0+cu128: three times as large, and of no use
# here).
REAL = (
    "triton==3.6.0",
    "torch==2.13.0",
    *"filelock typing_extensions sympy networkx jinja2 fsspec mpmath".split(),
)
LIVE = "LIVE_NOTEBOOK"  # the environment variable that names what stands on Colab's page

GOOGLE_COLAB = f"""\
import json, os

class _message:
    @staticmethod
    def blocking_request(request_type, request="", timeout_sec=5, parent=None):
        assert request_type == "get_ipynb"
        with open(os.environ["{LIVE}"], encoding="utf-8") as file:
            return {{"ipynb": json.load(file)}}
"""


def wheel(folder: Path, name: str, version: str, *requires: str) -> Path:
    """A distribution of one empty module."""
    path = folder / f"{name}-{version}-py3-none-any.whl"
    info = f"{name}-{version}.dist-info"
    about = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}"]
    files = {
        f"{name}.py": f'__version__ = "{version}"\n',
        f"{info}/METADATA": "\n".join([*about, *(f"Requires-Dist: {one}" for one in requires), ""]),
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\n"
        "Root-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{file},,\n" for file in files) + f"{info}/RECORD,,\n"
    with zipfile.ZipFile(path, "w") as archive:
        for file, text in (files | {f"{info}/RECORD": record}).items():
            archive.writestr(file, text)
    return path


def repository(folder: Path, stamp: bool = True) -> Path:
    """A clone of this checkout as it stands, stamped and released; its _config.yml names it."""
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(folder)], check=True)
    git(folder, "checkout", "--quiet", "-B", "main")
    known = ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    for name in subprocess.run(known, capture_output=True, text=True, check=True).stdout.split(
        "\0"
    ):
        if name and (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    name_itself(folder)
    if stamp:
        here = {"cwd": folder, "env": {**os.environ, "PYTHONPATH": str(folder)}, "check": True}
        subprocess.run([sys.executable, "-m", "book.stamp"], **here)
        subprocess.run([sys.executable, "-m", "autograder", "release"], **here)
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--allow-empty", "-m", "As it stands")
    return folder


def name_itself(folder: Path) -> None:
    """Have a checkout's _config.yml name that folder, branch main."""
    lines = (folder / "_config.yml").read_text(encoding="utf-8").splitlines(keepends=True)
    values = {"  url: ": f"  url: file://{folder}\n", "  branch: ": "  branch: main\n"}
    new = [next((values[key] for key in values if line.startswith(key)), line) for line in lines]
    (folder / "_config.yml").write_text("".join(new), encoding="utf-8")


def git(folder: Path, *arguments: str) -> None:
    me = ["-c", "user.name=Test", "-c", "user.email=test@example.org", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", "-C", str(folder), *me, *arguments], check=True)


class Machine:
    """A virtual environment with Colab's versions, in which notebooks can be run."""

    def __init__(self, folder: Path, real_torch: bool = False) -> None:
        self.folder = folder
        self.python = folder / "env" / "bin" / "python"
        self.content = folder / "content"  # Colab's working folder, empty
        self.content.mkdir(parents=True)
        subprocess.run([sys.executable, "-m", "venv", str(folder / "env")], check=True)
        self.pip("install", "--quiet", "pip==24.1.2")
        made = [wheel(folder, name, version) for name, version in STAND_INS.items()]
        self.pip(
            "install", "--quiet", "-r", str(REQUIREMENTS), *([] if real_torch else map(str, made))
        )
        if real_torch:
            self.pip("install", "--quiet", "--no-deps", *REAL)
        self._google_colab()

    def pip(self, *arguments: str) -> str:
        done = subprocess.run(
            [self.python, "-m", "pip", "--disable-pip-version-check", *arguments],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    def versions(self) -> dict[str, str]:
        found = json.loads(self.pip("list", "--format", "json"))
        return {each["name"].lower().replace("_", "-"): each["version"] for each in found}

    def _google_colab(self) -> None:
        """Put the stand-in into the environment, a start-up file that loads it, and a kernel."""
        (packages,) = self.folder.glob("env/lib/python*/site-packages")
        (packages / "google" / "colab").mkdir(parents=True)
        (packages / "google" / "colab" / "__init__.py").write_text(GOOGLE_COLAB)
        startup = self.folder / "ipython" / "profile_default" / "startup"
        startup.mkdir(parents=True)
        (startup / "colab.py").write_text("import google.colab\n")
        kernel = self.folder / "jupyter" / "kernels" / "colab"
        kernel.mkdir(parents=True)
        command = [str(self.python), "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        spec = {"argv": command, "display_name": "Python 3", "language": "python"}
        (kernel / "kernel.json").write_text(json.dumps(spec))

    def run(
        self,
        notebook: dict[str, Any],
        until: int | None = None,
        allow_errors: bool = False,
        **environment: str,
    ) -> list[str]:
        """What each code cell shows as text, of the first `until` cells or all, in a fresh kernel.

        The whole notebook is what stands on Colab's page.
        """
        import nbclient
        import nbformat
        from jupyter_client.kernelspec import KernelSpecManager
        from jupyter_client.manager import AsyncKernelManager

        live = self.folder / "live.json"
        live.write_text(to_text(json.loads(json.dumps(notebook))), encoding="utf-8")
        specs = KernelSpecManager(kernel_dirs=[str(self.folder / "jupyter" / "kernels")])
        manager = AsyncKernelManager(kernel_name="colab", kernel_spec_manager=specs)
        hidden = ("PYTHONPATH", "VIRTUAL_ENV", "JPY_SESSION_NAME")
        kept = {name: value for name, value in os.environ.items() if name not in hidden}
        ours = {"IPYTHONDIR": str(self.folder / "ipython"), LIVE: str(live)}
        book = nbformat.reads(live.read_text(encoding="utf-8"), as_version=4)
        book.cells = book.cells[:until]
        client = nbclient.NotebookClient(
            book, km=manager, timeout=600, allow_errors=allow_errors,
            resources={"metadata": {"path": str(self.content)}},
        )  # fmt: skip
        client.execute(env={**kept, **ours, **environment})
        return [shown(cell) for cell in book.cells if cell.cell_type == "code"]


def shown(cell: Any) -> str:
    """A cell's outputs as text."""
    texts = []
    for output in cell.outputs:
        if output.output_type == "stream":
            texts.append(output.text)
        elif output.output_type == "error":
            texts.append(f"{output.ename}: {output.evalue}")
        else:
            texts.append(str(output.data.get("text/plain", "")))
    return "\n".join(texts)


def code(source: str) -> dict[str, Any]:
    """A code cell."""
    return {
        "cell_type": "code", "id": "added", "metadata": {}, "execution_count": None, "outputs": [],
        "source": source,
    }  # fmt: skip


def notebook(*cells: dict[str, Any]) -> dict[str, Any]:
    numbered = [{**cell, "id": f"cell-{number}"} for number, cell in enumerate(cells)]
    return {"cells": numbered, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
