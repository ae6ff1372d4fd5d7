"""The kinds of engine a stand-in can play: one file each, one line in `registry.ENGINES`."""
