"""The commands of docs/guide.md, run on a stack as a reader runs them."""

import json
import os
import re
import subprocess
from pathlib import Path

from infra.paths import ROOT
from tests.support import guide
from tests.support.guide import Kind
from tests.support.portability import target_of_tests, why_missing
from tests.support.stack import RunningStack

# Nothing is installed, and a running stack's own ports are not said to be taken.
MAKE = 'make() { command make --no-print-directory -o install -o ports "$@"; }'
BEGIN, END = "@@begin ", "@@end "
TYPESCRIPT = ROOT / "docs" / "examples" / "web" / "node_modules" / "typescript"


def run(stack: RunningStack, script: str) -> str:
    """Run a script in bash, about this stack, and return what it prints."""
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("MAKE")},
        "LOCAL_DIR": str(stack.settings.local_dir),
        "ENV": "local",
    }
    ended = subprocess.run(
        ["bash", "-c", script],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return ended.stdout


def test_every_command_about_the_stack_shows_what_it_says(stack: RunningStack) -> None:
    target = target_of_tests()
    rows = [row for row in guide.of_kind(Kind.STACK) if not why_missing(row.needs, target)]
    assert len(rows) > 40
    commands = list(dict.fromkeys(row.command for row in rows))
    marked = [
        f"echo '{BEGIN}{index}'; {command}; echo; echo '{END}'"
        for index, command in enumerate(commands)
    ]
    output = run(stack, "\n".join([MAKE, guide.block("bash"), *marked]))
    parts = re.findall(rf"{BEGIN}(\d+)\n(.*?)\n{END}", output, re.DOTALL)
    assert [int(index) for index, _ in parts] == list(range(len(commands))), output[-2000:]
    shown = {command: text for command, (_, text) in zip(commands, parts, strict=True)}
    wrong = [
        f"{row.command}\n  does not show {row.shows}, but\n{shown[row.command][:600]}"
        for row in rows
        if row.shows not in shown[row.command]
    ]
    assert wrong == [], "\n".join(wrong)


def test_the_lines_for_a_frontend_send_a_notification(stack: RunningStack, tmp_path: Path) -> None:
    """They are compiled as a bundler does it, and run in Node."""
    artist = stack.user("artist")
    source = guide.block("typescript")
    values = {"VITE_API_GATEWAY_URL": stack.api_url, "VITE_API_KEY": stack.api_keys["web"]}
    people = {
        "credentials": {name: artist[name] for name in ("email", "password")},
        "self": artist["id"],
        "stranger": stack.new_person("client")["id"],
    }
    calls = f"""
        const env = {json.dumps(values)}, people = {json.dumps(people)};
        const login = await fetch(`${{env.VITE_API_GATEWAY_URL}}/v1/auth/login`, {{
          method: 'POST',
          headers: {{'content-type': 'application/json', 'x-api-key': env.VITE_API_KEY}},
          body: JSON.stringify(people.credentials),
        }});
        const {{accessToken}} = await login.json();
        globalThis.getToken = () => accessToken;
        const {{sendNotification}} = await import('./api.mjs');
        for (const userId of [people.self, people.stranger]) {{
          const sent = sendNotification({{userId, message: 'Test'}});
          console.log(JSON.stringify(await sent.catch((error) => error.message)));
        }}
    """
    (tmp_path / "api.ts").write_text(source)
    (tmp_path / "calls.mjs").write_text(calls)
    compile_ = f"""
        const ts = require({json.dumps(str(TYPESCRIPT))}), fs = require('fs');
        const options = {{compilerOptions: {{target: 'es2022', module: 'esnext'}}}};
        const text = ts.transpileModule(fs.readFileSync('api.ts', 'utf8'), options).outputText;
        const values = {json.dumps(json.dumps(values))};
        fs.writeFileSync('api.mjs', `import.meta.env = ${{values}};\\n${{text}}`);
    """
    subprocess.run(["node", "-e", compile_], cwd=tmp_path, check=True)
    ended = subprocess.run(
        ["node", "calls.mjs"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr
    accepted, refused = map(json.loads, ended.stdout.splitlines())
    assert accepted["statusUrl"].startswith("/v1/notifications/ntf_")
    assert refused == "You may not send to this user."
