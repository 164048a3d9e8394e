"""Draws the dashboard with what its queries really answer: a real server under some traffic, read by a real Prometheus.
It is no screenshot of Grafana, which Debian does not have; the panels, queries and places are those of the dashboard's
file. Needs Debian's python3-matplotlib.

    render_dashboard.py SMART_CONTACTSD SMART_CONTACTS_ADMIN SMART_CONTACTS PROMETHEUS PICTURE.png [SECONDS]
"""

import math
import re
import sys
import textwrap
import time

import matplotlib

matplotlib.use("Agg")
from matplotlib import pyplot, ticker  # noqa: E402

from monitored import Monitored, filled_in, panels, rows  # noqa: E402

COLOURS = {"green": "#3d9a50", "red": "#c4372c", "orange": "#d9822b", "text": "#24292f"}
UNITS = (("s", 86400, "d"), ("s", 3600, "h"), ("s", 60, "min"), ("s", 1, "s"), ("s", 1e-3, "ms"), ("s", 0, "µs"),
         ("bytes", 2**30, "GiB"), ("bytes", 2**20, "MiB"), ("bytes", 0, "KiB"))


def written(value: float, unit: str) -> str:
    if unit == "percentunit":
        return f"{100 * value:.3g} %"
    for name, least, suffix in UNITS:
        if name == unit and abs(value) >= least and value:
            return f"{value / (least or (1e-6 if unit == 's' else 2**10)):.3g} {suffix}"
    return f"{value:.3g}" + ("/s" if unit == "reqps" else "")


def legend(template: str, labels: dict) -> str:
    return re.sub(r"{{(\w+)}}", lambda name: labels.get(name[1], ""), template)


def draw_stat(axes, panel, monitored) -> None:
    defaults = panel["fieldConfig"]["defaults"]
    axes.axis("off")
    result = monitored.query(filled_in(panel["targets"][0]["expr"]))
    value = float(result[0]["value"][1]) if result else math.nan
    step = [step for step in defaults["thresholds"]["steps"] if step["value"] is None or value >= step["value"]][-1]
    text = written(value, defaults["unit"]) if result else "no data"
    for mapping in defaults.get("mappings", []):
        text = mapping["options"].get(text, {"text": text})["text"]
    axes.text(0.5, 0.4, text, ha="center", va="center", fontsize=22, color=COLOURS[step["color"]])


def draw_series(axes, panel, monitored, begin, end) -> None:
    unit = panel["fieldConfig"]["defaults"]["unit"]
    on_the_right = {override["matcher"]["options"] for override in panel["fieldConfig"]["overrides"]}
    handles = []
    for number, target in enumerate(panel["targets"]):
        where = axes
        if target["refId"] in on_the_right:
            where = axes.twinx()
            where.yaxis.set_major_formatter(ticker.FuncFormatter(lambda value, _: written(value, "percentunit")))
            where.set_ylim(0, 1)
            where.tick_params(labelsize=7)
        for series in monitored.query_range(filled_in(target["expr"], "15s"), begin, end):
            times = [(float(at) - begin) for at, _ in series["values"]]
            values = [float(value) for _, value in series["values"]]
            if len(handles) > 2 and not any(value > 0 for value in values):
                continue  # one of many that stay at nothing
            handles += where.plot(times, values, linewidth=1.2, color=f"C{len(handles) % 10}",
                                  label=legend(target["legendFormat"], series["metric"]),
                                  linestyle="--" if number and len(panel["targets"]) < 3 else "-")
    axes.set_ylim(bottom=0)
    axes.set_xlim(0, end - begin)
    axes.yaxis.set_major_formatter(ticker.FuncFormatter(lambda value, _: written(value, unit)))
    axes.xaxis.set_major_formatter(ticker.FuncFormatter(lambda value, _: f"{value:.0f} s"))
    axes.tick_params(labelsize=7)
    axes.grid(alpha=0.25)
    axes.legend(handles=handles[:8], fontsize=6, loc="upper center", bbox_to_anchor=(0.5, -0.1), ncols=3, frameon=False)


def main() -> None:
    programs = dict(zip(("smart-contactsd", "smart-contacts-admin", "smart-contacts", "prometheus"), sys.argv[1:]))
    picture, seconds = sys.argv[5], float((sys.argv[6:] or ["90"])[0])
    with Monitored(programs) as monitored:
        begin = time.time()
        time.sleep(seconds)
        end = time.time()
        height = max(panel["gridPos"]["y"] + panel["gridPos"]["h"] for panel in panels())
        figure = pyplot.figure(figsize=(18, height * 0.36), facecolor="#f4f5f7")

        def place(grid, left, top, right, bottom):
            return [grid["x"] / 24 + left / 24, 1 - (grid["y"] + grid["h"] - bottom) / height,
                    (grid["w"] - left - right) / 24, (grid["h"] - top - bottom) / height]

        for row in rows():
            figure.text(0.006, 1 - (row["gridPos"]["y"] + 0.7) / height, row["title"], fontsize=13, weight="bold")
        for panel in panels():
            axes = figure.add_axes(place(panel["gridPos"], 0.75, 0.9, 0.45, 0.2 if panel["type"] == "stat" else 2.2))
            axes.set_title("\n".join(textwrap.wrap(panel["title"], 40)), fontsize=9, loc="left")
            if panel["type"] == "stat":
                draw_stat(axes, panel, monitored)
            else:
                draw_series(axes, panel, monitored, begin, end)
        figure.savefig(picture, dpi=70)


main()
