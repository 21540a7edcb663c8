"""Ratios, verdicts, comparison with kept runs, exit status."""

from __future__ import annotations

from pathlib import Path

import pytest
from bench.results import Goal, Result, Samples, Verdict, describe_change, read_ratios, write_results
from bench.run import exit_status, main
from bench.scenarios import SCENARIOS, choose

AT_LEAST = Goal(0.5, 0.65)
AT_MOST = Goal(1.4, 1.15, at_least=False)


def result(goal: Goal, *ratios: float) -> Result:
    return Result("name", "unit", goal, Samples([ratio * 10 for ratio in ratios], [10.0] * len(ratios)))


def test_ratios_are_taken_pair_by_pair() -> None:
    assert Samples([10, 30], [20, 30]).ratios == (0.5, 1.0)
    assert Samples([3.0, 4.0]).ratios == (3.0, 4.0)


@pytest.mark.parametrize(
    ("goal", "ratios", "verdict"),
    [
        (AT_LEAST, (0.7, 0.7, 0.1), Verdict.STRETCH),
        (AT_LEAST, (0.5, 0.6, 0.1), Verdict.MET),
        (AT_LEAST, (0.4, 0.4, 0.5), Verdict.NOISY),
        (AT_LEAST, (0.4, 0.4, 0.49), Verdict.MISSED),
        (AT_MOST, (1.1, 1.1, 9.0), Verdict.STRETCH),
        (AT_MOST, (1.4, 1.3, 9.0), Verdict.MET),
        (AT_MOST, (1.5, 1.5, 1.4), Verdict.NOISY),
        (AT_MOST, (1.5, 1.5, 1.41), Verdict.MISSED),
        (Goal(1, at_least=False), (1.0,), Verdict.MET),
    ],
)
def test_the_median_and_the_best_pair_give_the_verdict(goal: Goal, ratios: tuple[float, ...], verdict: Verdict) -> None:
    assert result(goal, *ratios).verdict is verdict


def test_only_a_missed_must_fails_and_only_when_checking() -> None:
    good, noisy, missed = result(AT_LEAST, 0.6), result(AT_LEAST, 0.4, 0.4, 0.6), result(AT_LEAST, 0.4)
    assert exit_status([good, noisy], check=True) == 0
    assert exit_status([good, missed], check=True) == 1
    assert exit_status([good, missed], check=False) == 0


def test_a_line_holds_ratio_bounds_and_verdict() -> None:
    line = result(AT_LEAST, 0.5, 0.6, 0.7).line(0.8)
    assert " ".join(line.split()) == "name 6 10 unit 0.60 (0.50-0.70) >= 0.50 >= 0.65 ok -25.0 % WORSE"


@pytest.mark.parametrize(
    ("goal", "ratio", "is_worse"), [(AT_LEAST, 0.8, True), (AT_LEAST, 1.2, False), (AT_MOST, 1.2, True)]
)
def test_worse_means_away_from_the_goal(goal: Goal, ratio: float, is_worse: bool) -> None:
    assert describe_change(ratio, 1.0, goal).endswith("WORSE") is is_worse


def test_kept_results_give_their_ratios_back(tmp_path: Path) -> None:
    file = tmp_path / "run.json"
    write_results(file, [result(AT_LEAST, 0.5, 0.6, 0.7)], {"cores": 2})
    assert read_ratios(file) == {"name": pytest.approx(0.6)}


@pytest.mark.parametrize("content", ["[]", "{}", '{"results": {"x": 1}}', "no JSON"])
def test_a_file_without_results_is_refused(tmp_path: Path, content: str) -> None:
    file = tmp_path / "run.json"
    file.write_text(content)
    with pytest.raises(ValueError):
        read_ratios(file)


def test_scenarios_are_chosen_by_name_and_group() -> None:
    assert choose(None, full=True) == SCENARIOS
    assert [each for each in SCENARIOS if each.is_long] == [each for each in SCENARIOS if each not in choose(None)]
    assert [scenario.name for scenario in choose("create, startup")] == ["start", "start-sample", "create"]
    with pytest.raises(ValueError, match="unknown: nothing"):
        choose("create,nothing")


def test_names_of_scenarios_and_groups_differ() -> None:
    names = [scenario.name for scenario in SCENARIOS]
    assert len(set(names)) == len(names)
    doubles = {scenario.name for scenario in SCENARIOS if scenario.name == scenario.group}
    assert all(sum(other.group == name for other in SCENARIOS) == 1 for name in doubles)


def test_the_command_lists_scenarios_and_refuses_unknown_ones(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--list", "--only", "reset"]) == 0
    assert capsys.readouterr().out.split() == ["reset", "reset"]
    assert main(["--only", "nothing"]) == 2
