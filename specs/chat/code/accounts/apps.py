# shared: accounts/apps.py
