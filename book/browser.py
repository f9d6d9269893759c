"""A headless Chromium, driven over its DevTools protocol. Needs `chromium` and tornado.

Tornado is here with Jupyter, so looking at the built pages needs no other package.
"""

from __future__ import annotations

import asyncio
import base64
import itertools
import json
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

CHROMIUMS = ("chromium", "chromium-browser", "google-chrome", "chrome")


def find_chromium() -> str | None:
    """The path of an installed Chromium, or None."""
    return next((path for name in CHROMIUMS if (path := shutil.which(name))), None)


class Browser:
    """One page of a headless Chromium. `async with Browser() as page: …`

    `events` receives every message of the protocol that answers no call. `patience` is how many
    seconds a call may take.
    """

    def __init__(
        self,
        events: Callable[[str, dict], None] = lambda name, params: None,
        patience: float = 60,
    ) -> None:
        self.events, self.patience = events, patience
        self._numbers = itertools.count(1)
        self._answers: dict[int, asyncio.Future] = {}
        self._waiting: dict[str, asyncio.Event] = {}

    async def __aenter__(self) -> Browser:
        from tornado.httpclient import AsyncHTTPClient
        from tornado.websocket import websocket_connect

        path = find_chromium()
        if path is None:
            raise RuntimeError("no Chromium is installed")
        self._folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        self._process = subprocess.Popen(
            [
                path,
                "--headless=new",
                "--no-sandbox",
                "--disable-gpu",
                "--hide-scrollbars",
                "--disable-dev-shm-usage",
                "--remote-debugging-port=0",
                "--no-first-run",
                "--disable-background-networking",
                f"--user-data-dir={self._folder.name}",
                "about:blank",
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        port = await self._port(Path(self._folder.name, "DevToolsActivePort"))
        listing = await AsyncHTTPClient().fetch(f"http://127.0.0.1:{port}/json")
        target = next(t for t in json.loads(listing.body) if t["type"] == "page")
        self._socket = await websocket_connect(
            target["webSocketDebuggerUrl"], max_message_size=1 << 28
        )
        self._reader = asyncio.ensure_future(self._read())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._reader.cancel()
        self._socket.close()
        self._process.terminate()
        self._process.wait()
        self._folder.cleanup()

    async def _port(self, file: Path) -> int:
        for _ in range(200):
            if file.exists() and (lines := file.read_text().split("\n")) and lines[0]:
                return int(lines[0])
            await asyncio.sleep(0.1)
        raise RuntimeError("Chromium did not start")

    async def _read(self) -> None:
        while (text := await self._socket.read_message()) is not None:
            message = json.loads(text)
            if "id" in message:
                self._answers.pop(message["id"]).set_result(message)
            else:
                name = message["method"]
                if name in self._waiting:
                    self._waiting[name].set()
                self.events(name, message["params"])

    async def call(self, method: str, **params: Any) -> dict:
        """Call a method of the protocol. RuntimeError if the browser refuses."""
        number = next(self._numbers)
        future = self._answers[number] = asyncio.get_running_loop().create_future()
        await self._socket.write_message(
            json.dumps({"id": number, "method": method, "params": params})
        )
        answer = await asyncio.wait_for(future, self.patience)
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']['message']}")
        return answer["result"]

    async def evaluate(self, script: str) -> Any:
        """The value of an expression in the page, awaited if it is a promise."""
        answer = await self.call(
            "Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True
        )
        if "exceptionDetails" in answer:
            raise RuntimeError(answer["exceptionDetails"]["exception"].get("description", script))
        return answer["result"].get("value")

    async def open(self, url: str, width: int, height: int = 900, theme: str = "light") -> None:
        """Open a page and wait until it and its fonts have loaded. Width and height in px."""
        for domain in ("Page", "Runtime", "Network", "Log"):
            await self.call(f"{domain}.enable")
        await self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=width < 600,
        )
        await self.call(
            "Emulation.setEmulatedMedia",
            features=[{"name": "prefers-color-scheme", "value": theme}],
        )
        loaded = self._waiting["Page.loadEventFired"] = asyncio.Event()
        await self.call("Page.navigate", url=url)
        await asyncio.wait_for(loaded.wait(), self.patience)
        await self.evaluate("document.fonts.ready.then(() => true)")

    async def pdf(self, **options: Any) -> bytes:
        """The page as it comes out of a printer, on A4. `options` are those of the protocol."""
        answer = await self.call(
            "Page.printToPDF",
            **{"paperWidth": 8.27, "paperHeight": 11.69, "preferCSSPageSize": True, **options},
        )
        return base64.b64decode(answer["data"])

    async def screenshot(self, path: Path, full: bool = True) -> None:
        """Save a PNG of the whole page, or of what the window shows."""
        answer = await self.call("Page.captureScreenshot", captureBeyondViewport=full)
        path.write_bytes(base64.b64decode(answer["data"]))
