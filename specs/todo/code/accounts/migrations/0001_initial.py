# shared: accounts/migrations/0001_initial.py
