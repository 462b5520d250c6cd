from __future__ import annotations

from bench.__main__ import found, main
from bench.measure import Result, compare, cpu_seconds, python, result_of

BUSY = "sum(i * i for i in range(3_000_000))"


def test_a_result_is_median_and_spread():
    assert result_of([1.3, 1.0, 1.1]) == Result(1.1, 1.0, 1.3)


def test_a_line_says_whether_the_goal_is_met():
    assert Result(1.1, 1.0, 1.3).line("x", 1.1).endswith("1.100 median (1.000..1.300)  goal 1.1  ok")
    assert Result(1.11, 1.0, 1.3).line("x", 1.1).endswith("goal 1.1  missed")


def test_cpu_time_counts_the_children_of_a_command():
    child = f"import subprocess, sys; subprocess.run([sys.executable, '-c', '{BUSY}'], check=True)"
    assert cpu_seconds(python("-c", child)) > cpu_seconds(python("-c", "pass")) + 0.05


def test_more_work_gives_a_larger_ratio():
    assert compare(python("-c", BUSY), python("-c", "pass"), pairs=1).median > 1.5


def test_every_benchmark_has_a_name_of_its_own():
    names = [module.NAME for module in found()]
    assert "invoice_pdf" in names
    assert len(set(names)) == len(names)


def test_an_unknown_benchmark_is_named(capsys):
    assert main(["nothing"]) == 2
    assert "There is no benchmark nothing." in capsys.readouterr().err
