"""`python -m valgap`: the command line."""

import sys

from valgap.cli.main import main

sys.exit(main())
