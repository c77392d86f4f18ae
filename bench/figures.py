"""Samples become tables: medians, spreads, ratios and verdicts, as Markdown."""

from dataclasses import dataclass, field
from statistics import median

EQUAL = 1.03  # medians this close count as the same


def spread(values: list[float], digits: int) -> str:
    return f"{min(values):,.{digits}f} .. {max(values):,.{digits}f}"


def markdown(head: list[str], rows: list[list[str]]) -> str:
    lines = ["| " + " | ".join(head) + " |",
             "| --- |" + " ---: |" * (len(head) - 1)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


@dataclass
class Samples:
    """What was measured, by contender, one value a round."""

    by_name: dict[str, list[float]] = field(default_factory=dict)

    def add(self, name: str, value: float) -> None:
        self.by_name.setdefault(name, []).append(value)

    def median(self, name: str) -> float:
        return median(self.by_name[name])

    def minus(self, baseline: str) -> "Samples":
        """Each round's values less the baseline's of the same round."""
        base = self.by_name[baseline]
        return Samples({name: [value - less for value, less in zip(values, base)]
                        for name, values in self.by_name.items() if name != baseline})

    def best(self, names: list[str]) -> str:
        return min(names, key=self.median)

    def table(self, what: str, against: str, digits: int = 0, scale: float = 1) -> str:
        """One line a contender: median, lowest and highest round, ratio to `against`."""
        rows = []
        for name, values in self.by_name.items():
            scaled = [value / scale for value in values]
            ratio = self.median(name) / self.median(against) if self.median(against) else 0
            rows.append([name, f"{median(scaled):,.{digits}f}", spread(scaled, digits),
                         f"{ratio:.2f}"])
        return markdown([what, "median", "lowest .. highest", f"ratio to {against}"], rows)

    def counts(self, what: str) -> str:
        """The same for what is counted and may be zero, without a ratio."""
        return markdown([what, "median", "lowest .. highest"],
                        [[name, f"{median(values):,.0f}", spread(values, 0)]
                         for name, values in self.by_name.items()])


@dataclass(frozen=True)
class Goal:
    """One line of the summary: what was to be reached, and what was."""

    what: str
    to_reach: str
    measured: str
    met: bool

    def row(self) -> list[str]:
        return [self.what, self.to_reach, self.measured, "met" if self.met else "**missed**"]


@dataclass
class Chapter:
    """One measurement: its goals for the summary, and its tables with what to know about them."""

    title: str
    text: str
    goals: list[Goal] = field(default_factory=list)

    def markdown(self) -> str:
        return f"### {self.title}\n\n{self.text}\n"


def summary(chapters: list[Chapter]) -> str:
    goals = [goal for chapter in chapters for goal in chapter.goals]
    table = markdown(["what", "to reach", "measured", "verdict"], [goal.row() for goal in goals])
    # Words read better from the left.
    return table.replace("| --- | ---: | ---: | ---: |", "| --- | --- | --- | --- |", 1)
