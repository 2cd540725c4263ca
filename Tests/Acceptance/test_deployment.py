"""The deployment files are read by their own tools and compared with the program that they start."""

from __future__ import annotations

import functools
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import compose_spec
import pytest
import yaml
from support import proxy
from support.server import ROOT, binary, run

DEPLOY = ROOT / "deploy"
UNITS = {
    "videohost.service": "serve",
    "videohost-api@.service": "api",
    "videohost-rooms@.service": "rooms",
    "videohost-worker.service": "worker",
}
VARIABLE = re.compile(r"\$\{(\w+)(?::(?P<how>[-?])(?P<other>[^}]*))?\}")


def settings() -> dict[str, str]:
    """The variables of .env.example."""
    lines = (ROOT / ".env.example").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


@functools.cache
def compose_text() -> str:
    """compose.yaml with merges and variables resolved; variables that an operator must set are `secret`."""
    values = settings()

    def value(found: re.Match[str]) -> str:
        assert found[1] in values, f"{found[1]} is not in .env.example"
        if found["how"] == "?":
            assert values[found[1]] == "", f"{found[1]} must be filled in by hand, but .env.example has a value"
            return "secret"
        return values[found[1]] or found["other"] or ""

    text = VARIABLE.sub(value, (ROOT / "compose.yaml").read_text())
    return yaml.safe_dump(yaml.safe_load(text))


def services() -> dict[str, Any]:
    """The services of compose.yaml."""
    return yaml.safe_load(compose_text())["services"]


def seconds(text: str) -> int:
    """`90s` or `2m`."""
    return int(text[:-1]) * {"s": 1, "m": 60}[text[-1]]


@functools.cache
def options(role: str) -> set[str]:
    """The options of a role by its --help."""
    answer = run("help", role)
    assert answer.returncode == 0 and f"videohost {role}" in answer.stdout, f"there is no role {role}: {answer.stderr}"
    return set(re.findall(r"--[a-z][a-z-]+", answer.stdout))


def check_command(words: list[str]) -> None:
    """Checks that the options of a command line exist in its role."""
    unknown = {word for word in words if word.startswith("--")} - options(words[0])
    assert not unknown, f"videohost {words[0]} does not know {sorted(unknown)}"


def test_compose_is_valid() -> None:
    """A parser of the Compose specification accepts the file and finds the expected services."""
    parsed = compose_spec.PyCompose.from_yaml(compose_text())
    assert set(parsed.service_names()) == set(services())
    broken = compose_text().replace("stop_grace_period: 30s", "stop_grace_period: soon")
    with pytest.raises(ValueError, match="soon"):
        compose_spec.PyCompose.from_yaml(broken)


def test_compose_is_consistent() -> None:
    """Every dependency has a health check or ends, volumes are declared, and services have no further rights."""
    declared = set(yaml.safe_load(compose_text())["volumes"])
    used: set[str] = set()
    assert {name.rpartition("-")[0] or name for name in services()} == {
        *("api", "rooms", "worker", "migrate", "postgres", "redis", "store", "nginx")
    }
    for name, service in services().items():
        for other, wait in service.get("depends_on", {}).items():
            known = services()[other]
            if wait["condition"] == "service_completed_successfully":
                assert known["restart"] == "no"
            else:
                assert wait["condition"] == "service_healthy" and "test" in known["healthcheck"], (name, other)
        assert service["read_only"] and service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert name == "migrate" or service["healthcheck"]["test"], name
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            if source.startswith("."):
                assert (ROOT / source).is_file() and volume.endswith(":ro"), volume
            else:
                used.add(source)
        assert not re.search(r"latest$", service["image"]) or name == "migrate"
    assert used == declared


def test_no_secrets_are_shipped() -> None:
    """Passwords in the files are variables, which are empty in the example."""
    for line in (ROOT / "compose.yaml").read_text().splitlines():
        if re.match(r"\s+\w*(PASSWORD|SECRET|ACCESS_KEY|AUTH)\w*:", line):
            assert re.search(r": \$\{\w+:\?", line), line
    assert all(value == "" for name, value in settings().items() if re.search("PASSWORD|SECRET|KEY", name))


@pytest.mark.parametrize("name", ["migrate", "api-1", "api-2", "rooms", "worker-1", "worker-2"])
def test_commands_of_compose_exist(name: str) -> None:
    service = services()[name]
    check_command(service["command"])
    if "--drain" in service["command"]:
        drain = int(service["command"][service["command"].index("--drain") + 1])
        assert seconds(service["stop_grace_period"]) > drain


def test_proxy_and_prometheus_know_the_same_nodes() -> None:
    nodes = {name for name in services() if name.startswith("api-")}
    upstream = (DEPLOY / "nginx" / "upstream.conf").read_text()
    for name, block in re.findall(r"upstream (\w+) \{(.*?)\n\}", upstream, re.S):
        wanted = {"rooms:8081"} if name == "videohost_rooms" else {f"{node}:8080" for node in nodes}
        assert set(re.findall(r"server (\S+)", block)) == wanted
    jobs = yaml.safe_load((DEPLOY / "prometheus" / "prometheus.yml").read_text())["scrape_configs"]
    targets = {target for job in jobs for group in job["static_configs"] for target in group["targets"]}
    workers = {f"{name}:9090" for name in services() if name.startswith("worker-")}
    assert targets == {f"{node}:8080" for node in nodes} | workers | {"rooms:8081"}


def test_dockerfile_is_clean() -> None:
    """hadolint with ShellCheck has no findings."""
    program = shutil.which("hadolint", path=str(Path(sys.executable).parent))
    assert program, "hadolint is not installed: scripts/setup.sh test"
    answer = subprocess.run([program, "--no-color", str(ROOT / "Dockerfile")], capture_output=True, text=True)
    assert answer.returncode == 0, answer.stdout


def test_dockerfile_has_every_library() -> None:
    """The image installs Debian's packages of all libraries that the program is linked with."""
    text = (ROOT / "Dockerfile").read_text()
    installed = set(re.findall(r"\b[a-z][a-z0-9+.-]+\b", text.split("FROM debian:bookworm-slim")[1]))
    # Part of every Debian system, or linked into the program by --static-swift-stdlib.
    present = {"libc6", "libgcc-s1"}
    linked = subprocess.run(["ldd", str(binary())], capture_output=True, text=True, check=True).stdout
    needed = subprocess.run(["readelf", "-d", str(binary())], capture_output=True, text=True, check=True).stdout
    names = set(re.findall(r"NEEDED.*\[(.+?)\]", needed))
    packages = {}
    for name, path in re.findall(r"(\S+) => (\S+)", linked):
        if name in names and "/swift/" not in path:
            packages[name] = owner(Path(path))
    assert "libavcodec59" in packages.values(), "the program is not linked as expected"
    missing = {name: package for name, package in packages.items() if package not in installed | present}
    assert not missing


def owner(path: Path) -> str:
    """The Debian package that a library is from."""
    for candidate in (str(path), str(path).removeprefix("/usr"), str(path.resolve())):
        answer = subprocess.run(["dpkg-query", "--search", candidate], capture_output=True, text=True)
        if answer.returncode == 0:
            return answer.stdout.split(":")[0]
    raise AssertionError(f"no package has {path}")


def test_the_command_of_the_dockerfile_exists() -> None:
    text = (ROOT / "Dockerfile").read_text()
    check_command(json.loads(re.findall(r"^CMD (.+)$", text, re.M)[-1]))


@pytest.mark.parametrize("name", UNITS)
def test_units_are_valid(name: str, tmp_path: Path) -> None:
    """systemd-analyze accepts the units and rates them as confined."""
    text = (DEPLOY / "systemd" / name).read_text()
    command = re.findall(r"^ExecStart=(\S+) (.+)$", text, re.M)
    assert len(command) == 1 and command[0][0] == "/usr/local/bin/videohost"
    words = command[0][1].split()
    assert words[0] == UNITS[name]
    check_command(words)
    if "--drain" in words:
        stop = re.findall(r"^TimeoutStopSec=(\d+)s$", text, re.M)
        assert int(stop[0]) > int(words[words.index("--drain") + 1])
    # Exit codes after which a restart does not help; after 69 (a service is unreachable) the unit restarts.
    assert re.findall(r"^RestartPreventExitStatus=(.+)$", text, re.M) == ["64 66 73 77 78"]
    unit = tmp_path / name.replace("@.", "@8080.")
    unit.write_text(text.replace(command[0][0], str(binary())))
    answer = subprocess.run(["systemd-analyze", "verify", "--man=no", str(unit)], capture_output=True, text=True)
    own = [line for line in answer.stderr.splitlines() if unit.name in line]
    assert answer.returncode == 0 and not own, answer.stderr
    rated = ["systemd-analyze", "security", "--offline=yes", "--threshold=30", str(unit)]
    answer = subprocess.run(rated, capture_output=True, text=True)
    assert answer.returncode == 0, answer.stdout[-200:] + answer.stderr


@pytest.mark.parametrize("tls", [False, True])
def test_nginx_accepts_its_configuration(tls: bool, tmp_path: Path) -> None:
    nginx = proxy.Proxy(tmp_path / "nginx", ["http://127.0.0.1:1", "http://127.0.0.1:2"], tmp_path / "media", tls)
    answer = nginx.check()
    assert answer.returncode == 0 and "[warn]" not in answer.stderr, answer.stderr


def test_nginx_has_room_for_idle_connections() -> None:
    """compose.yaml starts nginx with the main file of deploy/nginx, which allows many connections."""
    assert "./deploy/nginx/nginx.conf:/etc/nginx/nginx.conf:ro" in services()["nginx"]["volumes"]
    main = (DEPLOY / "nginx" / "nginx.conf").read_text()
    connections, files = (int(re.findall(rf"{name} (\d+);", main)[0]) for name in ("worker_connections", "nofile"))
    assert connections >= 4096 and services()["nginx"]["ulimits"]["nofile"] >= files >= 2 * connections


def promtool(*arguments: str | Path) -> str:
    """Runs Prometheus' own checker."""
    program = ROOT / ".setup" / "bin" / "promtool"
    path = str(program) if program.exists() else shutil.which("promtool")
    assert path, "promtool is not installed: scripts/setup.sh test"
    answer = subprocess.run([path, *map(str, arguments)], capture_output=True, text=True)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    return answer.stdout


def test_prometheus_accepts_its_configuration() -> None:
    assert "SUCCESS" in promtool("check", "config", DEPLOY / "prometheus" / "prometheus.yml")


def test_alerts_fire_as_specified() -> None:
    """Each rule is tested with data that must fire it and data that must not."""
    promtool("test", "rules", DEPLOY / "prometheus" / "alerts.test.yml")
    tried = (DEPLOY / "prometheus" / "alerts.test.yml").read_text()
    for alert in alerts():
        assert re.search(rf"alertname: {alert['alert']}\n\s+exp_alerts:\n", tried), f"{alert['alert']} is never tried"


def alerts() -> list[dict[str, Any]]:
    """The rules of alerts.yml."""
    groups = yaml.safe_load((DEPLOY / "prometheus" / "alerts.yml").read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]


def dashboard() -> list[str]:
    """Every expression of the dashboard."""
    panels = json.loads((DEPLOY / "grafana" / "videohost.json").read_text())["panels"]
    places = [[panel["gridPos"][key] for key in "xywh"] for panel in panels]
    assert len({panel["id"] for panel in panels}) == len(panels)
    covered = [(x + i, y + j) for x, y, w, h in places for i in range(w) for j in range(h)]
    assert len(covered) == len(set(covered)), "panels lie on top of each other"
    return [target["expr"] for panel in panels for target in panel.get("targets", [])]


def test_expressions_of_the_dashboard_are_valid(tmp_path: Path) -> None:
    """Its expressions are valid as rules, with a value for Grafana's variable."""
    rules = [
        {"record": f"panel:{number}", "expr": expression.replace("$__rate_interval", "1m")}
        for number, expression in enumerate(dashboard())
    ]
    file = tmp_path / "dashboard.yml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "dashboard", "rules": rules}]}))
    assert f"{len(rules)} rules found" in promtool("check", "rules", file)


def test_every_metric_in_use_exists() -> None:
    """The program has all metric names and label values of dashboard and alerts."""
    source = "\n".join(path.read_text() for path in (ROOT / "Sources").rglob("*.swift"))
    expressions = [*dashboard(), *(alert["expr"] for alert in alerts())]
    names = {name for text in expressions for name in re.findall(r"\b(?:videohost|process)_\w+", text)}
    names = {re.sub(r"_(bucket|sum|count)$", "", name) for name in names}
    assert len(names) > 20
    missing = {name for name in names if f'"{name}"' not in source}
    assert not missing
    values = {value for text in expressions for value in re.findall(r'(?:lane|outcome|status|code)!?="(\w+)"', text)}
    assert values
    unknown = {value for value in values if f'"{value}"' not in source and not re.search(rf"\bcase {value}\b", source)}
    assert not unknown
