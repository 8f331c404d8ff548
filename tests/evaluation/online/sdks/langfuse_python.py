"""The same as langfuse_5.mjs with Langfuse's SDK for Python."""

import sys
import time

from langfuse import Langfuse

langfuse = Langfuse()
prompt = langfuse.get_prompt(sys.argv[1])

with langfuse.start_as_current_observation(
    name="answer", as_type="generation", prompt=prompt, input="A secret."
) as call:
    call.score(name="tone", value=0.75)
    call.score(name="mood", value="good", data_type="CATEGORICAL")
    time.sleep(2)  # scores are sent after one second
    call.update(output="An answer.", usage_details={"input": 100, "output": 20})

with langfuse.start_as_current_observation(
    name="answer", as_type="generation", prompt=prompt
) as failing:
    failing.update(level="ERROR", status_message="timeout")
langfuse.flush()
langfuse.shutdown()
