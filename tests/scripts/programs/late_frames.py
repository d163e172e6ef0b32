"""Case 4 as planted, then trained further: in its second fit the start is long gone.

late_frames.py examples/volatile_frames.py FURTHER_EPOCHS ARGUMENTS_OF_THE_SCRIPT
"""

import runpy
import sys
from pathlib import Path

script, epochs, *rest = sys.argv[1:]
sys.path.insert(0, str(Path(script).parent))
sys.argv = [script, *rest]
case = runpy.run_path(script)
case["model"].fit(case["train_gen"], epochs=int(epochs), validation_data=case["test_gen"])
