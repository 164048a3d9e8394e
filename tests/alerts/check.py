"""Checks the alert rules: Prometheus takes them, each is shown to fire and not to fire, and each has its place in the
runbook, which has no others.

    check.py PROMTOOL
"""

import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
RULES = ROOT / "helm/smart-contacts/alerts/smart-contacts.yaml"
TESTS = ROOT / "tests/alerts/smart-contacts_test.yaml"
RUNBOOK = ROOT / "docs/runbook.md"


def main() -> None:
    promtool = sys.argv[1]
    subprocess.run([promtool, "check", "rules", "--lint=all", "--lint-fatal", RULES], check=True)
    subprocess.run([promtool, "test", "rules", TESTS], check=True)

    rules = RULES.read_text()
    alerts = re.findall(r"^ +- alert: (\w+)$", rules, re.M)
    mistakes = [f"{alert} is there twice" for alert in set(alerts) if alerts.count(alert) > 1]
    for alert in alerts:
        rule = rules.split(f"- alert: {alert}\n", 1)[1].split("- alert:", 1)[0]
        for part in (r"severity: (warning|critical)", r"summary: .", r"description: .",
                     rf"runbook_url: docs/runbook\.md#{alert.lower()}$"):
            if not re.search(part, rule, re.M):
                mistakes.append(f"{alert} has no {part}")

    tests = TESTS.read_text()
    # An expectation is one line or several; what it expects is empty or begins on the next line.
    for alert in alerts:
        expected = re.findall(rf"alertname: {alert}\b.*?exp_alerts:(.*?)$", tests, re.M | re.S)
        if not any(what.strip(" }") == "[]" for what in expected):
            mistakes.append(f"no test shows when {alert} does not fire")
        if not any(what.strip() == "" for what in expected):
            mistakes.append(f"no test shows when {alert} fires")

    headings = re.findall(r"^#+ (SmartContacts\w+)$", RUNBOOK.read_text(), re.M)
    mistakes += [f"{RUNBOOK.name} has no heading {alert}" for alert in alerts if alert not in headings]
    mistakes += [f"{RUNBOOK.name}: there is no alert {name}" for name in headings if name not in alerts]
    if mistakes or not alerts:
        sys.exit("\n".join(mistakes or ["there are no alerts"]))
    print(f"{len(alerts)} alerts")


main()
