# shared: tests/test_smoke.py
