"""`manage.py test`: two runs, one answer."""

from pathlib import Path

import pytest

from tests.processes.product import manage


@pytest.mark.slow
def test_tests_without_a_database_run_once_and_the_rest_on_both_engines(tmp_path: Path) -> None:
    answer = manage(
        tmp_path,
        "test",
        "-n0",
        "tests/processes/test_ports_and_claims.py",
        "tests/test_house_rules.py::test_no_model_change_lacks_its_migration",
    )
    assert answer.returncode == 0, answer.stdout
    sqlite, postgresql = answer.stdout.split("PostgreSQL, Redis:")
    assert "8 passed" in sqlite
    assert "1 passed" in postgresql
    assert "files: " in postgresql  # the sizes of files and functions


@pytest.mark.slow
def test_one_failing_run_fails_the_command_and_no_test_at_all_is_no_success(tmp_path: Path) -> None:
    failing = tmp_path / "test_failing.py"
    failing.write_text("def test_that_fails():\n    assert 1 == 2\n")
    options = ("-n0", "-c", "/dev/null", "--rootdir", str(tmp_path), "-p", "no:django")
    answer = manage(tmp_path, "test", *options, str(failing))
    assert answer.returncode == 1, answer.stdout
    assert "FAILED (1)" in answer.stdout
    nothing = manage(tmp_path, "test", "-n0", "tests/processes/test_up.py")
    assert nothing.returncode == 5
    assert "tests marked slow need --full" in nothing.stdout


@pytest.mark.parametrize(
    ("name", "url", "kind"),
    [("DATABASE_URL", "sqlite:///x", "postgres"), ("REDIS_URL", "amqp://x", "redis")],
)
def test_a_given_server_of_another_kind_is_refused(
    tmp_path: Path, name: str, url: str, kind: str
) -> None:
    answer = manage(tmp_path, "test", "tests/domain", **{name: url})
    assert answer.returncode == 2
    assert f"{name} must name a {kind} server" in answer.stderr
