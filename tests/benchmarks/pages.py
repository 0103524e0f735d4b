"""A stored article page, against a bare Flask view and against nginx; and what the server itself can do."""

import re
import subprocess
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median

from tests.benchmarks import load, processes
from tests.benchmarks.measuring import Ratio, Report, Scale, at_least, interleave
from tests.benchmarks.site import Site, answers, make_site
from tests.ports import free_port
from webapp import web

CONNECTIONS = 32
NGINX = """worker_processes auto; pid {folder}/nginx.pid; error_log {folder}/error.log; daemon off; {user}
events {{ worker_connections 1024; }}
http {{
  access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000; {headers}
  default_type "text/html; charset=utf-8"; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  server {{ listen 127.0.0.1:{port} backlog=2048; root {folder}/files; }}
  server {{ listen 127.0.0.1:{cached} backlog=2048; root {folder}/files; open_file_cache max=100; }}
}}
"""
"""As it comes, with the headers of our pages. The goal is against the server that looks at its file each time, as we
must: with `open_file_cache` it would show a withdrawn page for another minute. That one's ratio is told beside it."""


def measure(folder: Path, scale: Scale) -> Report:
    """Requests a second for one page of the same bytes."""
    site = make_site(folder)
    wrk = processes.program("wrk")
    nginx = processes.program("nginx") if wrk else None  # a client in Python would be the bound of both
    seconds, rounds = scale.pick(4, 1), scale.pick(7, 3)
    with ExitStack() as stack:
        stack.enter_context(site.serving())
        body = _body(site)
        ports = {"materia": site.port, "flask": free_port(), "server": free_port()}
        file = str(_save(site, body))
        for factory, name in (("bare", "flask"), ("alone", "server")):
            stack.enter_context(site.serving_other(factory, ports[name], BENCH_BODY=file))
        if nginx:
            ports |= {"nginx": free_port(), "cached": free_port()}
            stack.enter_context(_nginx(nginx, site, ports["nginx"], ports["cached"]))
        for port in ports.values():
            _requests(port, site.path, 1)
        figures = interleave(rounds, {name: _side(port, site.path, seconds) for name, port in ports.items()})
    goals = {"flask": ("article page / bare Flask view", 2.0), "nginx": ("article page / nginx, the same file", 0.5)}
    ratios = [Ratio(name, figures["materia"], figures[side], "requests/s", at_least(bound))
              for side, (name, bound) in goals.items() if side in figures]
    client = "wrk" if wrk else "the client of load.py, which may be the bound (no wrk here)"
    middle = {name: median(figures[name]) for name in figures}
    return Report(ratios, [
        f"{len(body):,} bytes, {CONNECTIONS} connections, asked for by {client}",
        f"article page / the same server with a function of two lines: {middle['materia'] / middle['server']:.3f}",
        f"that function / nginx: {middle['server'] / middle['nginx']:.3f}; article page / nginx that keeps its files "
        f"open: {middle['materia'] / middle['cached']:.3f}" if nginx else
        "not compared with nginx: it takes the programs nginx and wrk"])


def _side(port: int, path: str, seconds: float) -> Callable[[], float]:
    return lambda: _requests(port, path, seconds)


def _requests(port: int, path: str, seconds: float) -> float:
    wrk = processes.program("wrk")
    if wrk is None:
        return load.run(load.Plan(port, path, seconds, CONNECTIONS)).per_second
    told = subprocess.run([wrk, "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", f"http://127.0.0.1:{port}{path}"],
                          capture_output=True, text=True, check=True).stdout
    rate = re.search(r"Requests/sec:\s+([\d.]+)", told)
    if rate is None or "Non-2xx" in told or "Socket errors" in told:
        raise RuntimeError(f"wrk had no plain answers: {told}")
    return float(rate.group(1))


def _body(site: Site) -> bytes:
    with urllib.request.urlopen(f"http://127.0.0.1:{site.port}{site.path}") as answer:
        body: bytes = answer.read()
        return body


def _save(site: Site, body: bytes) -> Path:
    file = site.folder / "files" / site.path.lstrip("/")
    file.parent.mkdir(parents=True)
    file.write_bytes(body)
    return file


@contextmanager
def _nginx(program: Path, site: Site, port: int, cached: int) -> Iterator[None]:
    settings = site.folder / "nginx.conf"
    user = f"user {Path('/').owner()};" if Path.home().owner() == "root" else ""
    headers = " ".join(f'add_header {name} "{value}";' for name, value in web.HEADERS.items())
    settings.write_text(NGINX.format(folder=site.folder, port=port, cached=cached, user=user, headers=headers))
    command: list[str | Path] = [program, "-c", settings, "-e", site.folder / "error.log"]
    with processes.running(command, site.log, is_ready=lambda: answers(port, site.path)):
        yield
