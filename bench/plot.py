#!/usr/bin/env python3
"""Brings docs/performance.md up to date: its tables, and the plots beside it, from build/bench.json.

    bench/plot.py [bench.json]

What stands between `<!-- NAME -->` and `<!-- end -->` is replaced; the rest is prose, for people to keep true.
"""

import html
import json
import math
import os
import pathlib
import platform
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
DOC = ROOT / "docs/performance.md"
PLOTS = ROOT / "docs/performance"

# The plots of growth: title, and the lines in each.
GROUPS = {
    "walks": ("Walks and memory, per node or edge",
              ["walk_1m_nodes", "walk_1m_nodes_as_of", "walk_100k_nodes", "memory_per_edge"]),
    "writes": ("Writes, time per call or row",
               ["record_run_64_callers", "record_run_single_caller", "record_predictions_100", "stream_predictions_100"]),
    "reads": ("Reads, time per call",
              ["get_asset_64_callers", "explain_64_callers", "explain_server_p99", "list_page_1000"]),
    "whole": ("What looks at all of the data", ["start_10m_edges", "search_p50"]),
}

STYLE = """
  text { font: 12px system-ui, sans-serif; fill: #333 }
  .title { font-size: 14px; font-weight: 600 }
  .grid { stroke: #ddd }
  .straight { stroke: #999; stroke-dasharray: 4 4; fill: none }
  .c0 { stroke: #1b6ca8 } .c1 { stroke: #c4571b } .c2 { stroke: #3a7d44 } .c3 { stroke: #8a4f9e }
  polyline { fill: none; stroke-width: 2 }
  circle { fill: #fff; stroke-width: 2 }
  .good { fill: #3a7d44 } .bad { fill: #c4571b } .mark { stroke: #333 }
  @media (prefers-color-scheme: dark) {
    text { fill: #ddd } .grid { stroke: #444 } circle { fill: #222 } .mark { stroke: #ddd }
    .c0 { stroke: #6db3e8 } .c1 { stroke: #f0935a } .c2 { stroke: #7cc48a } .c3 { stroke: #c79ad6 }
  }
"""


def number(value):
    if value is None:
        return ""
    if value == 0 or abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def fill(text, name, content):
    """The text with `content` between the marks of `name`. ValueError when it has none."""
    pattern = re.compile(rf"(<!-- {re.escape(name)} -->\n).*?(<!-- end -->)", re.S)
    if not pattern.search(text):
        raise ValueError(f"no <!-- {name} --> ... <!-- end -->")
    return pattern.sub(lambda match: match[1] + content + match[2], text)


def growth(figures):
    """{line: {1: value, 10: value, 100: value}}"""
    lines = {}
    for f in figures:
        if match := re.fullmatch(r"(.+)@(\d+)x", f["name"]):
            lines.setdefault(match[1], {})[int(match[2])] = f["value"]
    return lines


def costs(figures):
    """As growth(), where more is worse: the inverse of what is better when higher."""
    higher = {f["name"].partition("@")[0] for f in figures if f["better"] == "higher"}
    return {line: {size: 1 / v if line in higher else v for size, v in values.items()}
            for line, values in growth(figures).items()}


def distance(f):
    """How much better than its mark a figure is: 1 just reaches it, 2 is twice as good."""
    value = f["value"] if f["ratio"] is None else f["ratio"]
    if f["better"] != "lower":
        return value / f["reach"]
    return f["reach"] / value if value else math.inf


def markdown(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows]) + "\n"


def marks_table(figures):
    rows = []
    for f in figures:
        if f["reach"] is None or "@" in f["name"] or f["name"].startswith(("growth.", "peer.")):
            continue
        sign = "≤" if f["better"] == "lower" else "≥"
        rows.append((f"`{f['name']}`", f"{number(f['value'])} {f['unit']}", number(f["floor"]), number(f["ratio"]),
                     f"{sign} {number(f['reach'])}", "yes" if distance(f) >= 1 else "**no**"))
    return markdown(("line", "value", "floor", "ratio", "reach", "reached"), rows)


def growth_table(figures):
    units = {f["name"]: f["unit"] for f in figures}
    exponents = {f["name"].removeprefix("growth."): f["value"] for f in figures if f["name"].startswith("growth.")}
    rows = [(f"`{line}`", units.get(f"{line}@1x", ""), *(number(values.get(size)) for size in (1, 10, 100)),
             f"{exponents[line]:.2f}" if line in exponents else "")
            for line, values in growth(figures).items()]
    return markdown(("line", "unit", "1x", "10x", "100x", "exponent"), rows)


def peers_table(figures):
    rows = [(f"`{f['name'].removeprefix('peer.')}`", f"{number(f['value'])} {f['unit']}", number(f["floor"]),
             number(f["ratio"])) for f in figures if f["name"].startswith("peer.")]
    if not rows:
        return "Not measured: `scripts/bench --peers` does.\n"
    return markdown(("peer", "its time", "Whence", "Whence is faster by"), rows)


def first_match(path, pattern):
    try:
        match = re.search(pattern, pathlib.Path(path).read_text(encoding="utf-8"))
        return match[1].strip() if match else ""
    except OSError:
        return ""


def machine():
    cpu = first_match("/proc/cpuinfo", r"model name\s*: (.*)") or platform.machine()
    memory = int(first_match("/proc/meminfo", r"MemTotal:\s*(\d+)") or 0) / (1 << 20)
    system = first_match("/etc/os-release", r'PRETTY_NAME="(.*)"') or platform.system()
    return f"{cpu}, {os.cpu_count()} cores, {memory:.0f} GiB of memory; {system}, Linux {platform.release()}.\n"


# ---- plots ----------------------------------------------------------------------------------------------------------

def svg(width, height, body):
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
            f'height="{height}" role="img">\n<style>{STYLE}</style>\n' + "\n".join(body) + "\n</svg>\n")


def text(x, y, content, anchor="start", kind=""):
    kind = f' class="{kind}"' if kind else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{kind}>{html.escape(content)}</text>'


def spread(wanted, gap):
    """The heights wanted, moved apart until neighbours are `gap` away from each other."""
    order = sorted(range(len(wanted)), key=lambda i: wanted[i])
    placed = list(wanted)
    for above, below in zip(order, order[1:]):
        placed[below] = max(placed[below], placed[above] + gap)
    return placed


def growth_plot(title, lines, unit="times the cost at 1x"):
    """A line a figure: cost against data, both in logarithms, relative to 1x; the dashes are a straight line."""
    left, right, top, bottom, width, height = 60, 400, 50, 270, 640, 320
    relative = {name: {s: v / values[1] for s, v in values.items()} for name, values in lines.items() if 1 in values}
    everything = [v for values in relative.values() for v in values.values()] + [1.0]
    low = math.floor(math.log10(min(everything) * 1.001))
    high = max(math.ceil(math.log10(max(everything) * 0.999)), low + 2)

    def x(size):
        return left + (right - left) * math.log10(size) / 2

    def y(value):
        return bottom - (bottom - top) * (math.log10(value) - low) / (high - low)

    body = [text(left, 24, title, kind="title"), text(left, 40, unit)]
    for exponent in range(low, high + 1):
        at = y(10.0 ** exponent)
        body.append(f'<line class="grid" x1="{left}" x2="{right}" y1="{at:.1f}" y2="{at:.1f}"/>')
        body.append(text(left - 6, at + 4, number(10.0 ** exponent), "end"))
    for size in (1, 10, 100):
        body.append(text(x(size), bottom + 18, f"{size}x", "middle"))
    body.append(text((left + right) / 2, bottom + 38, "data", "middle"))
    end = min(100, 10.0 ** high)
    body.append(f'<polyline class="straight" points="{x(1):.1f},{y(1):.1f} {x(end):.1f},{y(end):.1f}"/>')
    names = list(relative)
    labels = spread([y(relative[name][max(relative[name])]) for name in names], 15)
    for i, name in enumerate(names):
        points = " ".join(f"{x(s):.1f},{y(v):.1f}" for s, v in sorted(relative[name].items()))
        body.append(f'<polyline class="c{i % 4}" points="{points}"/>')
        body += [f'<circle class="c{i % 4}" cx="{x(s):.1f}" cy="{y(v):.1f}" r="3.5"/>'
                 for s, v in relative[name].items()]
        body.append(f'<line class="c{i % 4}" x1="{right + 10}" x2="{right + 24}" y1="{labels[i]:.1f}" y2="{labels[i]:.1f}" '
                    'stroke-width="2"/>')
        body.append(text(right + 30, labels[i] + 4, f"{name} ({number(relative[name][max(relative[name])])})"))
    return svg(width, height, body)


def marks_plot(figures):
    """A bar a line: how much better than its mark."""
    lines = [f for f in figures if f["reach"] is not None and f["value"] and "@" not in f["name"]
             and not f["name"].startswith(("growth.", "peer."))]
    left, right, top, step = 210, 580, 50, 20
    distances = [min(max(distance(f), 0.1), 10) for f in lines]

    def x(value):
        return left + (right - left) * (math.log10(value) + 1) / 2

    bottom = top + step * len(lines)
    body = [text(left, 24, "How much better than its mark each line is", kind="title")]
    for tick in (0.1, 0.5, 1, 2, 10):
        kind = "mark" if tick == 1 else "grid"
        body.append(f'<line class="{kind}" x1="{x(tick):.1f}" x2="{x(tick):.1f}" y1="{top - 6}" y2="{bottom}"/>')
        body.append(text(x(tick), top - 10, f"{tick:g}", "middle"))
    for i, (f, value) in enumerate(zip(lines, distances)):
        at = top + step * i
        first, last = sorted((x(1), x(value)))
        body.append(f'<rect class="{"good" if value >= 1 else "bad"}" x="{first:.1f}" y="{at + 3}" '
                    f'width="{max(last - first, 1):.1f}" height="{step - 6}"/>')
        body.append(text(left - 8, at + 14, f["name"], "end"))
        body.append(text(right + 8, at + 14, number(distance(f))))
    return svg(640, bottom + 16, body)


def main():
    source = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "build/bench.json"
    figures = json.loads(source.read_text(encoding="utf-8"))
    doc = DOC.read_text(encoding="utf-8")
    for name, content in (("machine", machine()), ("figures", marks_table(figures)), ("growth", growth_table(figures)),
                          ("peers", peers_table(figures))):
        doc = fill(doc, name, content)
    DOC.write_text(doc, encoding="utf-8")
    PLOTS.mkdir(exist_ok=True)
    (PLOTS / "marks.svg").write_text(marks_plot(figures), encoding="utf-8")
    grown = costs(figures)
    for name, (title, lines) in GROUPS.items():
        if present := {line: grown[line] for line in lines if line in grown and 1 in grown[line]}:
            (PLOTS / f"{name}.svg").write_text(growth_plot(title, present), encoding="utf-8")
    print(f"docs/performance.md: {len(figures)} figures")


if __name__ == "__main__":
    main()
