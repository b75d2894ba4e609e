"""What the command line calls beyond one examination: settings, many configs, telling, pages, lr-find, init."""
