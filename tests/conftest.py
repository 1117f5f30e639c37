"""What every test session needs: a screen where there is none, and a process apart for TensorFlow."""

pytest_plugins = ["pytester", "own_process", "virtual_display"]
