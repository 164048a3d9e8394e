"""Every query of the dashboard and every alert works on what a real server says, and shows what happened.

    observability_test.py SMART_CONTACTSD SMART_CONTACTS_ADMIN SMART_CONTACTS PROMETHEUS
"""

import math
import sys
import time
import urllib.request

from monitored import Monitored, eventually, filled_in, metric_names, panels

# What the traffic does not make: the reference client matches by streams only.
EXCEPTIONS = ('method="MatchContacts"',)
# How long there is traffic before the dashboard is looked at.
TRAFFIC_SECONDS = 12


def finite(series: list) -> bool:
    return any(math.isfinite(float(value)) for one in series for _, value in one["values"])


def main() -> None:
    programs = dict(zip(("smart-contactsd", "smart-contacts-admin", "smart-contacts", "prometheus"), sys.argv[1:]))
    mistakes = []
    with Monitored(programs) as monitored:
        begin = time.time()
        time.sleep(TRAFFIC_SECONDS)

        # ---- The dashboard ----
        expressions = [(panel["title"], filled_in(target["expr"])) for panel in panels() for target in panel["targets"]]
        for title, expression in expressions:
            seen = finite(monitored.query_range(expression, begin, time.time()))
            if not seen and not any(exception in expression for exception in EXCEPTIONS):
                mistakes.append(f"dashboard, {title}: nothing to see of {expression}")

        # ---- The alerts ----
        def evaluated():
            all_rules = [rule for group in monitored.ask("rules")["groups"] for rule in group["rules"]]
            return all_rules if all(rule["health"] != "unknown" for rule in all_rules) else None

        rules = eventually("all rules were evaluated", evaluated)
        for rule in rules:
            monitored.query(rule["query"])
            if rule["health"] != "ok":
                mistakes.append(f"alert {rule['name']}: {rule['lastError']}")
            if rule["type"] == "alerting" and rule["state"] == "firing":
                mistakes.append(f"alert {rule['name']} fires although all is well: {rule['alerts']}")

        # A comparison shows nothing as long as all is well, whatever name it compares.
        known = {metric_names(name).pop() for name in monitored.ask("label/__name__/values")
                 if name.startswith(("smart_contacts_", "process_"))}
        used = set()
        for expression in [rule["query"] for rule in rules] + [expression for _, expression in expressions]:
            used |= metric_names(expression)
        mistakes += [f"there is no metric {name}" for name in sorted(used - known)]
        # And nothing is measured that nobody looks at.
        mistakes += [f"nobody looks at {name}" for name in sorted(
            name for name in known - used if name.startswith("smart_contacts_"))]

        # ---- From a fault to the alert ----
        (monitored.directory / "jwks.json").write_text("no keys")

        # Pending: it fires when that has lasted for five minutes.
        def noticed():
            return [alert for alert in monitored.ask("alerts")["alerts"]
                    if alert["labels"]["alertname"] == "SmartContactsFileRefused"
                    and alert["labels"]["file"] == "jwks" and alert["state"] == "pending"]

        eventually("a broken file makes its alert pending", noticed)
        with urllib.request.urlopen(f"http://{monitored.metrics_address}/readyz") as answer:
            assert answer.read() == b"ready\n"

    if mistakes:
        sys.exit("\n".join(mistakes))
    print(f"{len(expressions)} queries of the dashboard, {len(rules)} rules")


main()
