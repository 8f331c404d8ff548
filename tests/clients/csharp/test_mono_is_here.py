"""Whether this machine can run the tests of the C# client at all."""

import pytest

from tests.clients.csharp import mono


@pytest.mark.slow
def test_the_csharp_client_can_be_compiled_and_run() -> None:
    if not mono.is_here():
        pytest.skip(f"C# is not tested here: apt-get install {mono.NEEDED}")
    assert mono.is_here()
