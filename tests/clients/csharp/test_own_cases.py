"""What only the C# client has to prove: threads, its timer, its JSON, its digits, its fake."""

import math
import random
import struct
from pathlib import Path

import pytest

from registry.domain.template import as_text
from tests.clients.csharp import mono

pytestmark = pytest.mark.slow

ODD = (5e-324, 2.2250738585072014e-308, 1.7976931348623157e308, 1e23, 1e22, 9007199254740993.0)
PLAIN = (0.1, -0.5, 0.30000000000000004, 1e-7, 1e21, 123456.789, -0.0, 1e15 + 0.5, 2**-44)


def test_the_runners_own_cases_hold(program: Path) -> None:
    lines = mono.run(program, "own", str(mono.CONTRACT)).stdout.splitlines()
    assert len(lines) > 10
    assert [line for line in lines if not line.endswith("\t")] == []


def test_any_number_reads_as_the_server_writes_it(program: Path) -> None:
    rng = random.Random(7)
    some = [struct.unpack("d", rng.randbytes(8))[0] for _ in range(2000)]
    numbers = [*ODD, *PLAIN, *(number for number in some if math.isfinite(number))]
    numbers += [round(rng.uniform(-1000, 1000), rng.randrange(1, 12)) for _ in range(2000)]
    said = "".join(f"{struct.unpack('q', struct.pack('d', number))[0]}\n" for number in numbers)
    seen = mono.run(program, "numbers", said=said).stdout.split()
    expected = [as_text("a", number) for number in numbers]
    assert [pair for pair in zip(numbers, seen) if as_text("a", pair[0]) != pair[1]] == []
    assert len(seen) == len(expected)


def test_a_fraction_as_people_write_it_stays_what_it_is(program: Path) -> None:
    rng = random.Random(8)
    numbers = [rng.randrange(1, 10**9) / 10 ** rng.randrange(2, 9) for _ in range(20_000)]
    written = [repr(number) for number in numbers if number % 1 and number > 0.001]
    seen = mono.run(program, "numbers", said="\n".join([*written, ""])).stdout.split()
    assert seen == written
