import sys

from audioclf.cli.entry import main

sys.exit(main())
