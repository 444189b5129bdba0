from audioclf.cli.entry import run

run()
